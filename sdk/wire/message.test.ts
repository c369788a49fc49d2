import { describe, expect, it } from 'vitest'
import { Type } from '../dns/type.ts'
import { arbitraryRr } from '../record/arbitrary.ts'
import { makeA, makeNs, makeSoa, makeTxt } from '../record/make-rr.ts'
import { makeQuery } from '../testing/make-query.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { compose } from './compose.ts'
import { Flag } from './header.ts'
import { Message } from './message.ts'
import { Name } from './name.ts'
import type { ReplyParts } from './query.ts'

const owner = Name.parseText('www.example.org')
const zone = Name.parseText('example.org')
const soa = makeSoa(zone, 60, {
  mname: zone,
  rname: zone,
  serial: 1,
  refreshSeconds: 2,
  retrySeconds: 3,
  expireSeconds: 4,
  minimumSeconds: 5,
})
const edns = { udpSize: 1232, flags: 0x8000, options: [{ code: 3, data: Uint8Array.of(1) }] }
const reply = (parts: ReplyParts = {}): Message =>
  makeQuery('www.example.org', 'A', { id: 7, edns: true }).reply({
    answer: [makeA(owner, 300, '192.0.2.1'), makeA(owner, 30, '192.0.2.2')],
    authority: [makeNs(zone, 3600, owner)],
    additional: [makeTxt(zone, 5, 'x')],
    edns,
    ...parts,
  })

describe('a message', () => {
  it('gives its header, question and sections', () => {
    const message = reply()
    expect(message.id).toBe(7)
    expect([message.isAuthoritative, message.isTruncated, message.isDropped]).toEqual([
      ...[true, false, false],
    ])
    expect([String(message.qname), message.qtype, message.qclass]).toEqual([
      ...['www.example.org.', Type.A, 1],
    ])
    const { questionCount, answerCount, authorityCount, additionalCount } = message
    expect([questionCount, answerCount, authorityCount, additionalCount]).toEqual([1, 2, 1, 2])
    expect(message.answer.map((rr) => rr.ttlSeconds)).toEqual([300, 30])
    expect(message.authority.map((rr) => rr.type)).toEqual([Type.NS])
    expect(message.additional.map((rr) => rr.type)).toEqual([Type.TXT])
    expect(message.minTtlSeconds).toBe(5)
    expect(message.edns).toEqual({ ...edns, version: 0, extendedRcode: 0 })
  })

  it('has the same answer in octets as an independent walk says', () => {
    const message = reply()
    expect(message.answerAt).toBe(12 + 17 + 4)
    expect(message.authorityAt).toBe(message.answerAt + 2 * 16)
    expect(message.additionalAt).toBe(message.authorityAt + 2 + 10 + 2)
    expect(message.optAt).toBe(message.additionalAt + 2 + 10 + 2)
    expect(message.optEnd).toBe(message.size)
  })

  it('joins the RCODE with the upper bits in OPT', () => {
    expect(reply({ rcode: 3 }).rcode).toBe(3)
    expect(reply({ rcode: 23 }).rcode).toBe(23)
    expect(reply({ rcode: 3, edns: undefined as never }).rcode).toBe(3)
  })

  it('is patched in place', () => {
    const message = reply().withMaxTtl(60).withRcode(2)
    expect(message.answer.map((rr) => rr.ttlSeconds)).toEqual([60, 30])
    expect(message.authority[0]?.ttlSeconds).toBe(60)
    expect(message.rcode).toBe(2)
    // The OPT's TTL field holds flags, which are no TTL.
    expect(message.edns).toMatchObject(edns)
    message.flags |= Flag.TC
    expect(message.isTruncated).toBe(true)
  })

  it('is cut at a boundary between records', () => {
    const message = reply()
    message.truncateAt(message.authorityAt, [2, 0, 0])
    expect(message.isTruncated).toBe(true)
    expect(message.optAt).toBe(-1)
    expect([message.answer.length, message.authority.length, message.additional.length]).toEqual([
      ...[2, 0, 0],
    ])
    expect(Message.parse(message.toBytes())?.answer).toHaveLength(2)
  })

  it('has no minimum TTL without records, and OPT does not count', () => {
    expect(reply({ answer: [], authority: [], additional: [] }).minTtlSeconds).toBeUndefined()
    expect(reply({ answer: [], authority: [soa], additional: [] }).minTtlSeconds).toBe(60)
  })

  it('without a question says so', () => {
    const { wire } = compose({ id: 1, flags: 0x8000, question: new Uint8Array() })
    const message = Message.parse(wire)
    expect(message).toMatchObject({ questionCount: 0, qtype: 0, qclass: 0, answerAt: 12 })
    expect(message?.qname.isRoot).toBe(true)
  })
})

describe('octets of strangers', () => {
  const random = seededRandom(21)
  const types = [Type.A, Type.SOA, Type.MX, Type.SRV, Type.TXT, Type.NAPTR, Type.RRSIG] as const
  const rrs = types.map((type) => arbitraryRr(random, type))
  const whole = reply({ answer: rrs }).toBytes()

  it('cut short at any octet are no message', () => {
    for (let size = 0; size < whole.length; size++) {
      expect(Message.parse(whole.slice(0, size)), `${size}`).toBeUndefined()
    }
    expect(Message.parse(whole.slice())).toBeDefined()
  })

  it('may have octets behind the last record, which do not belong to the message', () => {
    const wire = new Uint8Array(whole.length + 5).fill(0xff)
    wire.set(whole)
    const message = Message.parse(wire)
    expect(message?.size).toBe(whole.length)
    expect(message?.toBytes()).toEqual(whole)
  })

  it('changed anywhere never make anything throw', () => {
    for (let i = 0; i < 3000; i++) {
      const wire = whole.slice()
      for (let changes = 1 + random.below(3); changes > 0; changes--) {
        wire[random.below(wire.length)] = random.below(4) === 0 ? 0xc0 : random.below(256)
      }
      const message = Message.parse(wire)
      if (message === undefined) continue
      const { answer, authority, additional, edns: opt, qname, rcode, minTtlSeconds } = message
      expect([answer, authority, additional].flat().every((rr) => rr.rdata.length < 65536)).toBe(
        true,
      )
      expect([typeof opt, typeof rcode, typeof minTtlSeconds]).toBeDefined()
      expect(String(qname)).toMatch(/\.$/)
      // What can be decoded can be composed again.
      const again = compose({ id: 1, flags: 0, question: new Uint8Array(), answer })
      expect(again.isCut || Message.parse(again.wire)?.answer.length === answer.length).toBe(true)
    }
  })

  it('with a malformed record end that section there', () => {
    const wire = reply({ answer: [makeNs(owner, 1, zone), makeA(owner, 1, '192.0.2.1')] }).toBytes()
    const message = Message.parse(wire)
    if (message === undefined) throw new Error('unreachable')
    // A pointer of the NS record's RDATA is made to point forwards.
    wire[message.answerAt + 12] = 0xff
    expect(message.answer).toEqual([])
    expect(message.authority).toHaveLength(1)
  })
})
