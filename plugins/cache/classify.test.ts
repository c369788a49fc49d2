import { compose, Message, Name, Type, writeUint16, writeUint32 } from '@fingerpost/sdk'
import { makeQuery, type ReplyText, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { answersQuestion, type ClassifyRules, classify } from './classify.ts'
import { Kind } from './entry.ts'

const rules: ClassifyRules = {
  success: { minTtlSeconds: 7, maxTtlSeconds: 100 },
  denial: { minTtlSeconds: 3, maxTtlSeconds: 50 },
  servfailSeconds: 9,
}
const wallMs = Date.UTC(2026, 0, 1)

function soa(ttlSeconds: number): string {
  return `example.org. ${ttlSeconds} IN SOA ns.example.org. m.example.org. 1 7200 1800 86400 1`
}

const { SUCCESS, DENIAL } = Kind
const cases: [string, ReplyText, number | undefined, number][] = [
  ['an answer', { answer: ['a. 60 IN A 192.0.2.1'] }, SUCCESS, 60],
  ['an answer with a low TTL', { answer: ['a. 0 IN A 192.0.2.1'] }, SUCCESS, 7],
  ['an answer with a high TTL', { answer: ['a. 2147483647 IN A 192.0.2.1'] }, SUCCESS, 100],
  [
    'the least TTL of all sections',
    {
      answer: ['a. 60 IN A 192.0.2.1', 'a. 50 IN A 192.0.2.2'],
      authority: ['a. 40 IN NS b.'],
      additional: ['b. 30 IN A 192.0.2.3'],
    },
    SUCCESS,
    30,
  ],
  [
    'an alias and what it leads to',
    { answer: ['a. 60 IN CNAME b.', 'b. 50 IN A 192.0.2.1'] },
    SUCCESS,
    50,
  ],
  ['an answer of another type', { answer: ['a. 60 IN TXT "x"'] }, SUCCESS, 60],
  ['an answer with a SOA', { answer: ['a. 60 IN A 192.0.2.1'], authority: [soa(20)] }, SUCCESS, 20],
  ['an alias that leads nowhere', { answer: ['a. 60 IN CNAME b.'] }, undefined, 60],
  ['an alias to no data', { answer: ['a. 60 IN CNAME b.'], authority: [soa(40)] }, DENIAL, 40],
  ['no data', { authority: [soa(60)] }, DENIAL, 50],
  ['no data, low TTL', { authority: [soa(1)] }, DENIAL, 3],
  [
    'a delegation',
    { authority: ['a. 60 IN NS b.'], additional: ['b. 60 IN A 192.0.2.1'] },
    SUCCESS,
    7,
  ],
  ['nothing at all', {}, SUCCESS, 7],
  ['additional records alone', { additional: ['b. 60 IN A 192.0.2.1'] }, SUCCESS, 60],
  ['a denied name', { rcode: 'NXDOMAIN', authority: [soa(40)] }, DENIAL, 40],
  ['a denied name without SOA', { rcode: 'NXDOMAIN' }, undefined, 5],
  ['a denied name with NS', { rcode: 'NXDOMAIN', authority: ['a. 60 IN NS b.'] }, undefined, 50],
  [
    'an alias to a denied name',
    { rcode: 'NXDOMAIN', answer: ['a. 60 IN CNAME b.'], authority: [soa(60)] },
    undefined,
    7,
  ],
  ['SERVFAIL', { rcode: 'SERVFAIL' }, DENIAL, 9],
  ['NOTIMP', { rcode: 'NOTIMP', authority: [soa(60)] }, DENIAL, 9],
  ['REFUSED', { rcode: 'REFUSED' }, undefined, 7],
  ['FORMERR', { rcode: 'FORMERR' }, undefined, 7],
  ['YXDOMAIN', { rcode: 'YXDOMAIN', authority: [soa(60)] }, undefined, 7],
  ['a truncated answer', { answer: ['a. 60 IN A 192.0.2.1'], flags: 'tc' }, undefined, 60],
]

describe('classify', () => {
  it.each(cases)('%s', (_, reply, kind, ttlSeconds) => {
    const query = makeQuery('a', 'A')
    expect(classify(query, replyWith(reply)(query), rules, wallMs)).toMatchObject({
      kind,
      ttlSeconds,
    })
  })

  it('takes a TTL with its uppermost bit set for a high one', () => {
    const query = makeQuery('a', 'A')
    const reply = replyWith({ answer: ['a. 60 IN A 192.0.2.1'] })(query)
    reply.forEachRr((fixedAt, _, wire) => writeUint32(wire, fixedAt + 4, 0xffffffff))
    expect(classify(query, reply, rules, wallMs)).toMatchObject({ kind: SUCCESS, ttlSeconds: 100 })
  })

  it.each([
    [['a. 60 IN A 192.0.2.1', 'a. 60 IN A 192.0.2.2'], true],
    [['a. 60 IN A 192.0.2.1', 'a. 61 IN A 192.0.2.2'], false],
    // More than may be.
    [['a. 300 IN A 192.0.2.1'], false],
    [[], false],
  ])('tells whether %j has the TTL already', (answer, isUniform) => {
    const query = makeQuery('a', 'A')
    expect(classify(query, replyWith({ answer })(query), rules, wallMs).isUniform).toBe(isUniform)
  })

  it('keeps nothing whose lifetime is 0', () => {
    const query = makeQuery('a', 'A')
    const reply = replyWith({ answer: ['a. 0 IN A 192.0.2.1'] })(query)
    const success = { minTtlSeconds: 0, maxTtlSeconds: 100 }
    expect(classify(query, reply, { ...rules, success }, wallMs).kind).toBeUndefined()
    const failure = replyWith({ rcode: 'SERVFAIL' })(query)
    expect(classify(query, failure, { ...rules, servfailSeconds: 0 }, wallMs).kind).toBeUndefined()
  })

  it('takes any records as an answer to ANY', () => {
    const query = makeQuery('a', 'ANY')
    const reply = replyWith({ answer: ['a. 60 IN CNAME b.'] })(query)
    expect(classify(query, reply, rules, wallMs).kind).toBe(SUCCESS)
  })

  it.each([
    ['expired', -1, true, undefined],
    ['valid', 1, true, SUCCESS],
    ['expired', -1, false, SUCCESS],
  ])('an answer with a signature that is %s by %i s and DO %s', (_, seconds, isDo, kind) => {
    const query = makeQuery('a', 'A', { edns: { size: 1232, do: isDo } })
    const rdata = new Uint8Array(20)
    writeUint16(rdata, 0, Type.A)
    writeUint32(rdata, 8, wallMs / 1000 + seconds)
    const owner = Name.parseText('a')
    const { wire } = compose({
      id: 0,
      flags: 0x8000,
      question: query.wire.slice(12, query.questionEnd),
      answer: [
        { owner, type: Type.A, class: 1, ttlSeconds: 60, rdata: new Uint8Array(4) },
        { owner, type: Type.RRSIG, class: 1, ttlSeconds: 60, rdata },
      ],
    })
    expect(classify(query, new Message(wire), rules, wallMs).kind).toBe(kind)
  })
})

describe('answersQuestion', () => {
  const reply = replyWith({ answer: ['a.test. 60 IN A 192.0.2.1'] })
  it.each([
    ['the same question', makeQuery('a.test', 'A'), true],
    ['another spelling', makeQuery('A.test', 'A'), true],
    ['another name', makeQuery('b.test', 'A'), false],
    ['a longer name', makeQuery('aa.test', 'A'), false],
    ['another type', makeQuery('a.test', 'NS'), false],
    ['another class', makeQuery('a.test', 'A', { qclass: 'CH' }), false],
  ])('%s', (_, query, expected) => {
    expect(answersQuestion(query, reply(makeQuery('a.test', 'A')))).toBe(expected)
  })

  it('is false for a message that is no response or has no question', () => {
    const query = makeQuery('a.test', 'A')
    const asked = reply(query)
    asked.flags &= 0x7fff
    expect(answersQuestion(query, asked)).toBe(false)
    expect(answersQuestion(query, new Message(new Uint8Array(12).fill(0x80, 2, 3)))).toBe(false)
  })
})
