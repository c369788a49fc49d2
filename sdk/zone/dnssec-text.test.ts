import { describe, expect, it } from 'vitest'
import { Type } from '../dns/type.ts'
import { arbitraryRr } from '../record/arbitrary.ts'
import { formatRdata, parseRdataText } from '../record/rdata.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { Name } from '../wire/name.ts'
import { readDenial, readSignature } from './dnssec-text.ts'
import { EntryScanner } from './entry-scanner.ts'

const origin = Name.parseText('example.org')
const octets = new Uint8Array(0x10000)

/** What is read off the octets; undefined for a form that is left to the codec. */
function read(type: number, text: string): Uint8Array | undefined {
  const scanner = new EntryScanner(new TextEncoder().encode(text), 'z')
  scanner.next()
  const reader = type === Type.RRSIG ? readSignature : readDenial
  const size = reader(scanner, 0, origin.wire, octets)
  return size < 0 ? undefined : octets.slice(0, size)
}

const signature = (changes: Record<number, string> = {}): string => {
  const words = 'A 13 3 3600 20261222115353 20000229235959 42671 @ AQIDBA=='.split(' ')
  return words.map((word, i) => changes[i] ?? word).join(' ')
}

describe('RRSIG and NSEC off their octets', () => {
  it.each([
    [Type.RRSIG, signature()],
    [Type.RRSIG, signature({ 8: 'AQID BAUG' })],
    [Type.RRSIG, signature({ 8: 'AQI=' })],
    [Type.RRSIG, signature({ 4: '21060207062816' })],
    [Type.RRSIG, signature({ 4: '19700101000000', 7: 'b' })],
    [Type.NSEC, 'b A NS SOA MX TXT RRSIG NSEC DNSKEY CAA'],
    [Type.NSEC, 'b.example.com. TYPE511 A'],
    [Type.NSEC, '@'],
  ])('are what the codec says: %s %s', (type, text) => {
    expect(read(type, text)).toEqual(parseRdataText(type, text, origin))
  })

  it.each([
    [Type.RRSIG, signature({ 1: 'ECDSAP256SHA256' })],
    [Type.RRSIG, signature({ 4: '1798000000' })],
    [Type.RRSIG, signature({ 3: '1h' })],
    [Type.RRSIG, signature({ 4: '20260230000000' })],
    [Type.RRSIG, signature({ 4: '20261301000000' })],
    [Type.RRSIG, signature({ 4: '20261201240000' })],
    [Type.RRSIG, signature({ 7: 'a..b' })],
    [Type.RRSIG, signature({ 8: 'AQIDBA' })],
    [Type.RRSIG, signature({ 8: 'AQ==AQ==' })],
    [Type.RRSIG, signature({ 8: 'AR==' })],
    [Type.RRSIG, signature({ 8: '"AQID"' })],
    [Type.RRSIG, signature({ 8: '' })],
    [Type.NSEC, 'b TYPE512'],
    [Type.NSEC, 'b FOO'],
    [Type.NSEC, '"b" A'],
  ])('are left to the codec: %s %s', (type, text) => {
    expect(read(type, text)).toBeUndefined()
  })

  it('are what the codec says for any record that it writes', () => {
    const random = seededRandom(5)
    let count = 0
    for (let i = 0; i < 2000; i++) {
      const type = i % 2 === 0 ? Type.RRSIG : Type.NSEC
      const { rdata } = arbitraryRr(random, type)
      const found = read(type, formatRdata(type, rdata))
      if (found === undefined) continue
      expect(found).toEqual(rdata)
      count++
    }
    expect(count).toBeGreaterThan(500)
  })
})
