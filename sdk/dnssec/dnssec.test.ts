import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Type } from '../dns/type.ts'
import { parseRdata } from '../record/rdata.ts'
import { parseRrText } from '../record/rr-text.ts'
import { Name } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'
import { canonicalRdata, compareOctets } from './canonical.ts'
import { signedOctets, signRrset } from './sign-rrset.ts'
import { ecdsaKey, ed25519Key } from './test-keys.ts'
import { keyTagOf, readZoneKey } from './zone-key.ts'

const ecdsa = readZoneKey(ecdsaKey.publicText, ecdsaKey.privateText)
const ed25519 = readZoneKey(ed25519Key.publicText, ed25519Key.privateText)
const zone = Name.parseText('Example.org')
const validity = { inceptionSeconds: 1_700_000_000, expirationSeconds: 1_800_000_000 }

describe('keys of zones', () => {
  it("are read from the files of BIND's tools", () => {
    expect(ecdsa).toMatchObject({ algorithm: 13, keyTag: 17329, isEntryPoint: true })
    expect(ecdsa.zone.toString()).toBe('example.org.')
    expect(ed25519).toMatchObject({ algorithm: 15, isEntryPoint: false })
    expect(keyTagOf(ecdsa.dnskey.rdata)).toBe(17329)
  })

  it.each([
    ['', ecdsaKey.privateText, /no DNSKEY/],
    ['example.org. IN A 192.0.2.1', ecdsaKey.privateText, /no DNSKEY/],
    [ecdsaKey.publicText, 'Private-key-format: v1.3', /no PrivateKey/],
    [ecdsaKey.publicText.replace(' 3 13 ', ' 3 16 '), '', /algorithm 16 is not served/],
    [ecdsaKey.publicText, 'PrivateKey: AAAA', /./],
    [ecdsaKey.publicText, ed25519Key.privateText, /does not belong to the public key/],
  ])('are refused when they are none', (publicText, privateText, message) => {
    expect(() => readZoneKey(publicText, privateText)).toThrow(message)
  })
})

describe('signatures of RRsets', () => {
  const rrset = ['b.Example.org. 300 IN A 192.0.2.20', 'b.example.org. 300 IN A 192.0.2.3'].map(
    (text) => parseRrText(text),
  )

  it.each([
    ['ECDSA', ecdsa, { kty: 'EC', crv: 'P-256' }, 'sha256'],
    ['Ed25519', ed25519, { kty: 'OKP', crv: 'Ed25519' }, null],
  ] as const)('of %s are right', (_, key, kind, hash) => {
    const rrsig = signRrset(rrset, key, zone, validity)
    const data = parseRdata(Type.RRSIG, rrsig.rdata)
    if (data === undefined) throw new Error('malformed')
    expect(data).toMatchObject({ labels: 3, typeCovered: Type.A, originalTtlSeconds: 300 })
    expect(data.signer.toString()).toBe('example.org.')
    // Put together by hand from RFC 4034 3.1.8.1: names in lower case, addresses in order.
    const head = rrsig.rdata.subarray(0, rrsig.rdata.length - data.signature.length)
    const record = (last: number) =>
      Buffer.from(`0162076578616d706c65036f726700${'0001'}${'0001'}0000012c0004c00002`, 'hex')
        .toString('hex')
        .concat(last.toString(16).padStart(2, '0'))
    const signed = Buffer.concat([head, Buffer.from(record(3) + record(20), 'hex')])
    const octets = parseRdata(Type.DNSKEY, key.dnskey.rdata)?.publicKey ?? new Uint8Array(0)
    const text = (part: Uint8Array) => Buffer.from(part).toString('base64url')
    const half = octets.length / 2
    const point = { x: text(octets.subarray(0, half)), y: text(octets.subarray(half)) }
    const jwk = { ...kind, ...(kind.kty === 'EC' ? point : { x: text(octets) }) }
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    const options = { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
    expect(verify(hash, signed, options, data.signature)).toBe(true)
  })

  it('are over each record once, names in RDATA in lower case', () => {
    const mx = (text: string): Rr => parseRrText(`Example.org. 60 IN MX ${text}`)
    const one = signedOctets([mx('10 A.test.'), mx('5 b.test.')], new Uint8Array(0))
    const other = signedOctets(
      [mx('5 B.Test.'), mx('10 a.test.'), mx('10 a.TEST.')],
      new Uint8Array(0),
    )
    expect(one).toEqual(other)
  })

  it('do not count the labels of a wildcard', () => {
    const wildcard = parseRrText('*.a.example.org. 60 IN TXT "x"')
    const { rdata } = signRrset([wildcard], ecdsa, zone, validity)
    expect(parseRdata(Type.RRSIG, rdata)?.labels).toBe(3)
  })
})

describe('canonical RDATA', () => {
  it.each([
    ['SRV 1 2 3 A.Test.', 'SRV 1 2 3 a.test.'],
    ['SOA A.Test. B.Test. 1 2 3 4 5', 'SOA a.test. b.test. 1 2 3 4 5'],
    ['NAPTR 1 2 "U" "Sip" "!X!" A.Test.', 'NAPTR 1 2 "U" "Sip" "!X!" a.test.'],
    ['TXT "A.Test."', 'TXT "A.Test."'],
  ])('of %s is that of %s', (text, canonical) => {
    const rdataOf = (data: string) => parseRrText(`x. 1 IN ${data}`)
    expect(canonicalRdata(rdataOf(text))).toEqual(rdataOf(canonical).rdata)
  })

  it('is ordered as octets without a sign', () => {
    const ordered = [[], [1], [1, 0], [1, 200], [127], [128]].map((list) => Uint8Array.from(list))
    expect([...ordered].reverse().sort(compareOctets)).toEqual(ordered)
  })
})
