import { describe, expect, it } from 'vitest'
import { arbitraryName } from '../record/arbitrary.ts'
import { fakeListener } from '../testing/make-query.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { Name } from './name.ts'
import { ParseFault, parseQuery } from './parse-query.ts'
import { composeQuery, Query, type QueryParts } from './query.ts'

const exchange = { listener: fakeListener(), clientAddress: '192.0.2.1', clientPort: 1024 }
const parts: QueryParts = {
  id: 0x1234,
  flags: 0x0100,
  qname: Name.parseText('www.Example.org'),
  qtype: 28,
  qclass: 1,
  edns: { udpSize: 1232, flags: 0x8000, options: [{ code: 10, data: new Uint8Array(8) }] },
  exchange,
  depth: 0,
}
const bare = composeQuery({ ...parts, edns: undefined }).wire
const full = composeQuery(parts).wire

/** The octets with some of them replaced. */
const patched = (wire: Uint8Array, patches: Record<number, number>): Uint8Array => {
  const copy = wire.slice()
  for (const [at, octet] of Object.entries(patches)) copy[Number(at)] = octet
  return copy
}
const joined = (...pieces: (Uint8Array | number[])[]): Uint8Array =>
  Uint8Array.from(pieces.flatMap((piece) => [...piece]))

describe('a query', () => {
  it('is read with its OPT record', () => {
    const query = parseQuery(full, exchange)
    if (!(query instanceof Query)) throw new Error(`fault ${query}`)
    expect(query).toMatchObject({ id: 0x1234, qtype: 28, qclass: 1, optAt: bare.length })
    expect(query).toMatchObject({ ednsSize: 1232, isDnssecOk: true, isRecursionDesired: true })
    expect(query).toMatchObject({ clientAddress: '192.0.2.1', clientPort: 1024, depth: 0 })
    expect(String(query.qname)).toBe('www.Example.org.')
    expect(query.qnameHash).toBe(Name.parseText('WWW.example.org').hash)
    expect(query.ednsOptions).toEqual(parts.edns?.options)
  })

  it('is read without one', () => {
    expect(parseQuery(bare, exchange)).toMatchObject({ optAt: -1, hasEdns: false, ednsSize: 0 })
  })

  it('of any name is what was composed', () => {
    const random = seededRandom(31)
    for (let i = 0; i < 300; i++) {
      const qname = arbitraryName(random)
      const composed = composeQuery({ ...parts, qname })
      const query = parseQuery(composed.wire, exchange)
      if (!(query instanceof Query)) throw new Error(`fault ${query}`)
      expect(query.qnameHash).toBe(composed.qnameHash)
      expect(query.questionEnd).toBe(composed.questionEnd)
      expect(query.optAt).toBe(composed.optAt)
      expect(query.qname.equals(qname)).toBe(true)
    }
  })

  it('may have up to 255 octets of name, in up to 127 labels', () => {
    for (const text of ['a.'.repeat(127), `${`${'x'.repeat(63)}.`.repeat(3)}${'x'.repeat(61)}.`]) {
      const qname = Name.parseText(text)
      expect(qname.wire.length).toBe(255)
      expect(parseQuery(composeQuery({ ...parts, qname }).wire, exchange)).toBeInstanceOf(Query)
    }
    const header = bare.subarray(0, 12)
    const question = [0, 0, 1, 0, 1]
    const labels = Array.from({ length: 128 }, () => [1, 0x61]).flat()
    expect(parseQuery(joined(header, labels, question), exchange)).toBe(ParseFault.FORMAT_ERROR)
  })

  it('may have fewer records than its header promises', () => {
    expect(parseQuery(patched(bare, { 11: 1 }), exchange)).toMatchObject({ optAt: -1 })
    expect(parseQuery(patched(full, { 11: 2 }), exchange)).toMatchObject({ optAt: bare.length })
  })

  it('may have octets behind its last record', () => {
    expect(parseQuery(joined(bare, [1, 2, 3]), exchange)).toBeInstanceOf(Query)
    expect(parseQuery(joined(full, [1, 2, 3]), exchange)).toBeInstanceOf(Query)
  })

  it('may carry a TSIG behind the OPT', () => {
    const tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0]
    const query = parseQuery(joined(patched(full, { 11: 2 }), tsig), exchange)
    expect(query).toMatchObject({ optAt: bare.length })
  })

  it('may be a NOTIFY with an SOA as its answer', () => {
    const rr = [0, 0, 6, 0, 1, 0, 0, 0, 0, 0, 0]
    const opt = full.subarray(bare.length)
    const wire = joined(patched(bare, { 2: 0x20, 7: 1, 11: 1 }), rr, opt)
    expect(parseQuery(wire, exchange)).toMatchObject({ opcode: 4, optAt: bare.length + 11 })
  })
})

describe('octets that are no query', () => {
  const optAt = bare.length
  const { SILENCE, NOT_IMPLEMENTED, FORMAT_ERROR, FORMAT_ERROR_IN_RECORDS, NO_QUESTION } =
    ParseFault
  const opt = full.subarray(optAt + 1)
  it.each([
    ['a response', patched(bare, { 2: 0x80 }), SILENCE],
    ['opcode 1', patched(bare, { 2: 0x08 }), NOT_IMPLEMENTED],
    ['opcode 5', patched(bare, { 2: 0x28 }), NOT_IMPLEMENTED],
    ['no question', patched(bare, { 5: 0 }), FORMAT_ERROR],
    ['two questions', patched(bare, { 5: 2 }), FORMAT_ERROR],
    ['256 questions more', patched(bare, { 4: 1 }), FORMAT_ERROR],
    ['two answers', patched(bare, { 7: 2 }), FORMAT_ERROR],
    ['two authority records', patched(bare, { 9: 2 }), FORMAT_ERROR],
    ['three additional records', patched(bare, { 11: 3 }), FORMAT_ERROR],
    ['a pointer in the question', patched(bare, { 12: 0xc0, 13: 12 }), FORMAT_ERROR],
    ['a label of kind 01', patched(bare, { 12: 0x43 }), FORMAT_ERROR],
    ['an RDLENGTH past the end', patched(full, { [optAt + 9]: 1 }), FORMAT_ERROR_IN_RECORDS],
    ['an option past the OPT', patched(full, { [optAt + 14]: 9 }), FORMAT_ERROR_IN_RECORDS],
    ['an option cut to three octets', patched(full, { [optAt + 10]: 3 }), FORMAT_ERROR_IN_RECORDS],
    [
      'an option that ends before the OPT',
      patched(full, { [optAt + 14]: 7 }),
      FORMAT_ERROR_IN_RECORDS,
    ],
  ])('%s', (_, wire, fault) => {
    expect(parseQuery(wire, exchange)).toBe(fault)
  })

  it('are a query when its OPT is not at the root, as for CoreDNS', () => {
    const query = parseQuery(joined(patched(bare, { 11: 1 }), [1, 0x61, 0], opt), exchange)
    expect(query).toMatchObject({ hasEdns: true, ednsSize: 1232 })
  })

  it('are faulty when a query is cut short, but between its fields', () => {
    const nameEnd = bare.length - 4
    for (let size = 0; size < full.length; size++) {
      const query = parseQuery(full.subarray(0, size), exchange)
      // Without its type or class it is read as if they were 0, and without its OPT as it is.
      const isWhole = size === nameEnd || size === nameEnd + 2 || size === bare.length
      if (isWhole) expect(query, `${size}`).toBeInstanceOf(Query)
      else if (size < 12) expect(query).toBe(SILENCE)
      else if (size === 12) expect(query).toBe(NO_QUESTION)
      else expect(query).toBe(size < bare.length ? FORMAT_ERROR : FORMAT_ERROR_IN_RECORDS)
    }
  })

  it('may lack the type and class of the question, which are 0 then', () => {
    const nameEnd = bare.length - 4
    const named = parseQuery(bare.subarray(0, nameEnd), exchange)
    expect(named).toMatchObject({ qtype: 0, qclass: 0, qnameHash: parts.qname.hash })
    const typed = parseQuery(bare.subarray(0, nameEnd + 2), exchange)
    expect(typed).toMatchObject({ qtype: 28, qclass: 0 })
  })

  it('never make it throw', () => {
    const random = seededRandom(32)
    for (let i = 0; i < 3000; i++) {
      const wire = full.slice(0, random.below(full.length + 1))
      for (let changes = random.below(4); changes > 0 && wire.length > 0; changes--) {
        wire[random.below(wire.length)] = random.below(256)
      }
      const query = parseQuery(wire, exchange)
      if (!(query instanceof Query)) continue
      expect(String(query)).not.toBe('')
      expect(query.reply({ rcode: 5 }).qtype).toBe(query.qtype)
      expect(query.ednsOptions.length).toBeGreaterThanOrEqual(query.echoedOptions.length)
    }
  })
})
