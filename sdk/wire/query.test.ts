import { describe, expect, it } from 'vitest'
import { Type } from '../dns/type.ts'
import { makeA, makeTxt } from '../record/make-rr.ts'
import { makeQuery } from '../testing/make-query.ts'
import { Flag } from './header.ts'
import { Message } from './message.ts'
import { Name } from './name.ts'
import { parseQuery } from './parse-query.ts'
import { Query } from './query.ts'

const owner = Name.parseText('www.example.org')

describe('a reply', () => {
  it('echoes the question in its spelling, with id, opcode, RD and CD', () => {
    const query = makeQuery('wWw.eXample.org', 'MX', { id: 99, flags: 'rd cd ad', opcode: 4 })
    const reply = query.reply({ answer: [makeA(owner, 5, '192.0.2.1')] })
    expect(reply.id).toBe(99)
    expect(reply.flags).toBe(Flag.QR | Flag.AA | Flag.RD | Flag.CD | (4 << 11))
    expect(String(reply.qname)).toBe('wWw.eXample.org.')
    expect([reply.qtype, reply.answerCount]).toEqual([Type.MX, 1])
    expect(Message.parse(reply.toBytes())).toBeDefined()
  })

  it.each([
    [0, true],
    [1, false],
    [2, false],
    [3, true],
    [4, false],
    [5, false],
  ])('with RCODE %i is authoritative: %s', (rcode, isAuthoritative) => {
    const query = makeQuery('www.example.org')
    expect(query.reply({ rcode }).isAuthoritative).toBe(isAuthoritative)
    expect(query.reply({ rcode, isAuthoritative: !isAuthoritative }).isAuthoritative).toBe(
      !isAuthoritative,
    )
    expect(query.reply({ rcode }).rcode).toBe(rcode)
  })

  it('has room for an OPT behind it when the query has one', () => {
    const plain = makeQuery('a').reply()
    expect(plain.wire.length).toBe(plain.size)
    const reply = makeQuery('a', 'A', { edns: true }).reply()
    expect(reply.wire.length).toBe(reply.size + 11)
    expect(reply.optAt).toBe(-1)
  })

  it('carries an OPT of the plugin', () => {
    const option = { code: 15, data: Uint8Array.of(0, 22) }
    const edns = { udpSize: 512, flags: 0, options: [option] }
    for (const query of [makeQuery('a'), makeQuery('a', 'A', { edns: true })]) {
      const reply = query.reply({ rcode: 2, edns, answer: [makeA(owner, 5, '192.0.2.1')] })
      expect(reply.edns?.options).toEqual([option])
      expect(reply.optEnd).toBe(reply.size)
      expect(Message.parse(reply.toBytes())?.additionalCount).toBe(1)
    }
  })

  it('too long for any message is cut and says so', () => {
    const answer = Array.from({ length: 300 }, () => makeTxt(owner, 5, 'x'.repeat(255)))
    const reply = makeQuery('a', 'TXT', { transport: 'tcp' }).reply({ answer })
    expect(reply.isTruncated).toBe(true)
    expect(reply.size).toBeLessThanOrEqual(65535)
    expect(Message.parse(reply.toBytes())?.answerCount).toBe(reply.answerCount)
  })

  it('keeps its cause, and dropping is a reply of its own', () => {
    const cause = new Error('why')
    const query = makeQuery('a')
    expect(query.reply({ rcode: 2, cause }).cause).toBe(cause)
    expect(query.drop().isDropped).toBe(true)
    expect(query.reply().isDropped).toBe(false)
  })
})

describe('a query', () => {
  it.each([
    [undefined, 'udp', 512],
    [100, 'udp', 512],
    [512, 'udp', 512],
    [4096, 'udp', 4096],
    [undefined, 'tcp', 65535],
    [1232, 'tls', 65535],
  ] as const)('with payload size %s over %s takes %i octets', (edns, transport, size) => {
    expect(makeQuery('a', 'A', { edns, transport }).maxReplySize).toBe(size)
  })

  it('echoes NSID, EXPIRE, COOKIE, KEEPALIVE and PADDING', () => {
    const options = [1, 3, 8, 9, 10, 11, 12, 13, 15].map((code) => ({
      code,
      data: Uint8Array.of(1),
    }))
    const query = makeQuery('a', 'A', { edns: { options } })
    expect(query.echoedOptions.map((option) => option.code)).toEqual([3, 9, 10, 11, 12])
    expect(makeQuery('a', 'A', { edns: true }).echoedOptions).toEqual([])
    expect(makeQuery('a').echoedOptions).toEqual([])
  })

  it('changed in parts keeps the others', () => {
    const options = [{ code: 10, data: new Uint8Array(8) }]
    const edns = { size: 1400, do: true, options }
    const query = makeQuery('www.example.org', 'AAAA', { id: 5, edns, flags: 'rd cd', depth: 2 })
    const changed = query.with({ qname: Name.parseText('x.example') })
    expect(String(changed)).toBe('x.example. IN AAAA')
    expect(changed).toMatchObject({ id: 5, flags: query.flags, ednsSize: 1400, depth: 2 })
    expect(changed).toMatchObject({ isDnssecOk: true, clientAddress: query.clientAddress })
    expect(changed.ednsOptions).toEqual(options)
    expect(query.with({ edns: undefined }).hasEdns).toBe(false)
    expect(query.with({}).wire).toEqual(query.wire)
    expect(query.with({ qtype: Type.A }).qtype).toBe(Type.A)
  })

  it('is parsed to the same query from its own octets', () => {
    const query = makeQuery('www.example.org', 'SRV', { edns: { do: true, version: 1 } })
    const parsed = parseQuery(query.wire.slice(), query)
    expect(parsed).toBeInstanceOf(Query)
    expect(parsed).toEqual(query)
    expect((parsed as Query).edns).toEqual({
      udpSize: 1232,
      version: 1,
      flags: 0x8000,
      options: [],
    })
  })
})
