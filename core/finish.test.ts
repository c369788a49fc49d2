import {
  type Message,
  makeA,
  Name,
  type Query,
  type Rr,
  Message as WireMessage,
} from '@fingerpost/sdk'
import { formatMessage, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { finish } from './finish.ts'

const parse = (octets: Uint8Array | undefined): Message => {
  const message = octets && WireMessage.parse(octets)
  if (message === undefined) throw new Error('no message')
  return message
}
const answer = (query: Query): Message =>
  replyWith({ answer: ['www.example.org. 300 IN A 192.0.2.1'] })(query)
const addresses = (count: number): Rr[] =>
  Array.from({ length: count }, (_, i) =>
    makeA(Name.parseText('www.example.org'), 60, Uint8Array.of(10, 0, i >> 8, i & 255)),
  )

describe('finish', () => {
  it('sends nothing for a dropped response', () => {
    expect(finish(makeQuery('a.test', 'A'), makeQuery('a.test', 'A').drop())).toBeUndefined()
  })

  it("puts the client's id, flags and spelling on a response made for another client", () => {
    const response = answer(makeQuery('www.example.org', 'A', { id: 1, flags: '' }))
    const query = makeQuery('wWw.eXample.org', 'A', { id: 4711, flags: 'rd cd' })
    const sent = parse(finish(query, response))
    expect(sent.id).toBe(4711)
    expect(sent.qname.toString()).toBe('wWw.eXample.org.')
    expect(formatMessage(sent).flags).toBe('aa rd cd')
  })

  it("gives a stored response the query's opcode, and leaves an upstream's alone", () => {
    const notify = makeQuery('www.example.org', 'A', { opcode: 4 })
    const stored = answer(makeQuery('www.example.org', 'A'))
    expect((parse(finish(notify, stored)).flags >> 11) & 15).toBe(4)
    const foreign = answer(makeQuery('www.example.org', 'A'))
    foreign.keepsQuestion = true
    expect((parse(finish(notify, foreign)).flags >> 11) & 15).toBe(0)
  })

  it('restores the question of a response to another one', () => {
    const response = replyWith({ answer: ['other.test. 300 IN A 192.0.2.1'] })(
      makeQuery('other.test', 'A'),
    )
    const sent = parse(finish(makeQuery('www.example.org', 'A'), response))
    expect(sent.qname.toString()).toBe('www.example.org.')
    expect(formatMessage(sent).answer).toEqual(['other.test. 300 IN A 192.0.2.1'])
  })

  it('adds no OPT to a reply for a client without EDNS', () => {
    const query = makeQuery('www.example.org', 'A')
    expect(parse(finish(query, answer(query))).edns).toBeUndefined()
  })

  it('echoes the size and the DO bit, and those options that go back as they came', () => {
    const options = [
      { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      { code: 8, data: Uint8Array.of(0, 1, 0, 0) },
    ]
    const query = makeQuery('www.example.org', 'A', { edns: { size: 100, do: true, options } })
    const sent = parse(finish(query, answer(query)))
    expect(sent.edns).toEqual({
      udpSize: 100,
      extendedRcode: 0,
      version: 0,
      flags: 0x8000,
      options: [options[0]],
    })
  })

  it('leaves the flags that a plugin claims for itself', () => {
    const query = makeQuery('www.example.org', 'A', { flags: 'rd cd' })
    const response = answer(query)
    response.flags &= ~0x0110
    response.ownFlags = 0x0100
    expect(parse(finish(query, response)).flags & 0x0110).toBe(0x0010)
  })

  it("keeps a plugin's own OPT with its DO bit and gives it the client's size", () => {
    const query = makeQuery('www.example.org', 'A', { edns: 1232 })
    const options = [{ code: 15, data: Uint8Array.of(0, 17) }]
    const response = query.reply({ edns: { udpSize: 4096, flags: 0x8000, options } })
    expect(parse(finish(query, response)).edns).toMatchObject({
      udpSize: 1232,
      flags: 0x8000,
      options,
    })
  })

  it.each([
    ['512 octets without EDNS', makeQuery('www.example.org', 'A'), 512],
    ["the client's size", makeQuery('www.example.org', 'A', { edns: 1232 }), 1232],
    ['512 for less', makeQuery('www.example.org', 'A', { edns: 100 }), 512],
  ])('cuts whole records over UDP at %s and sets TC', (_, query, limit) => {
    const octets = finish(query, query.reply({ answer: addresses(300) }))
    const sent = parse(octets)
    expect(octets?.length).toBeLessThanOrEqual(limit)
    expect(octets?.length).toBeGreaterThan(limit - 32)
    expect(sent.isTruncated).toBe(true)
    expect(sent.answer).toHaveLength(sent.answerCount)
    expect(sent.edns === undefined).toBe(!query.hasEdns)
  })

  it('sets TC when only additional records are cut', () => {
    const query = makeQuery('www.example.org', 'A')
    const response = query.reply({ answer: addresses(1), additional: addresses(100) })
    const sent = parse(finish(query, response))
    expect(sent.isTruncated).toBe(true)
    expect(sent.answerCount).toBe(1)
  })

  it('sends up to 65,535 octets over TCP', () => {
    const query = makeQuery('www.example.org', 'A', { transport: 'tcp' })
    const sent = parse(finish(query, query.reply({ answer: addresses(4000) })))
    expect(sent.isTruncated).toBe(false)
    expect(sent.answerCount).toBe(4000)
  })

  it('compresses a response that would not fit otherwise', () => {
    const query = makeQuery('www.example.org', 'A')
    const whole = query.reply({ answer: addresses(28) })
    expect(whole.size).toBeLessThanOrEqual(512)
    expect(parse(finish(query, whole)).isTruncated).toBe(false)
  })
})
