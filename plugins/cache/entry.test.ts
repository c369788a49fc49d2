import { HEADER_SIZE, type Message, type Query } from '@fingerpost/sdk'
import { formatMessage, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { type Entry, hashOf, Kind, makeEntry, variantOf } from './entry.ts'
import { replyFrom } from './reply.ts'

function entryOf(query: Query, ...answer: string[]): Entry {
  const reply = replyWith({ answer, flags: 'ra ad' })(query)
  return makeEntry(Kind.SUCCESS, 0, query, reply, 60, 0)
}

/** What a client gets: its own spelling of the question is written over the stored one. */
function sentTo(query: Query, entry: Entry): Message {
  const reply = replyFrom(entry, query, 60)
  reply.wire.set(query.wire.subarray(HEADER_SIZE, query.questionEnd), HEADER_SIZE)
  return reply
}

describe('an entry', () => {
  it('writes a TTL into all its records', () => {
    const query = makeQuery('www.example.org', 'A')
    const entry = entryOf(
      query,
      'www.example.org. 60 IN CNAME a.example.org.',
      'a.example.org. 60 IN A 192.0.2.1',
    )
    for (const ttl of [59, 0, 2 ** 31 - 1]) {
      expect(formatMessage(replyFrom(entry, query, ttl)).answer).toEqual([
        `www.example.org. ${ttl} IN CNAME a.example.org.`,
        `a.example.org. ${ttl} IN A 192.0.2.1`,
      ])
    }
  })

  it('keeps the spelling of owners after it was detached from its question', () => {
    const query = makeQuery('CaSe.Example.org', 'MX')
    const answer = [
      'CaSe.Example.org. 60 IN MX 1 mx.CaSe.Example.org.',
      'CaSe.Example.org. 60 IN MX 2 mx.example.ORG.',
    ]
    const entry = entryOf(query, ...answer)
    const sizeBefore = entry.bytes.length
    const grown = entry.detach()
    expect(entry.bytes.length).toBe(sizeBefore + grown)
    expect(grown).toBeGreaterThan(0)
    expect(entry.detach()).toBe(0)
    const other = makeQuery('cAsE.eXAMPLE.oRG', 'MX')
    expect(formatMessage(sentTo(other, entry)).answer).toEqual(answer)
    expect(formatMessage(sentTo(query, entry)).answer).toEqual(answer)
  })

  it('stays as it is when not all of its records can be decoded', () => {
    const query = makeQuery('a.test', 'CNAME')
    const entry = entryOf(query, 'a.test. 60 IN CNAME b.test.', 'a.test. 60 IN A 192.0.2.1')
    // The alias leads to itself.
    const rdataAt = query.questionEnd + 12
    entry.bytes.set([0xc0, rdataAt], rdataAt)
    const before = entry.bytes.slice()
    expect(entry.detach()).toBe(0)
    expect(entry.bytes).toEqual(before)
  })

  it('compares names without case, everything else exactly', () => {
    const query = makeQuery('www.example.org', 'A')
    const entry = entryOf(query)
    const spelled = makeQuery('WWW.example.org', 'A')
    expect(entry.isSpelledAs(query, 0)).toBe(true)
    expect(entry.isSpelledAs(spelled, 0)).toBe(false)
    expect(entry.isAskedBy(spelled, 0)).toBe(true)
    expect(entry.isAskedBy(spelled, 1)).toBe(false)
    expect(entry.isAskedBy(makeQuery('www.example.org', 'NS'), 0)).toBe(false)
    expect(entry.isAskedBy(makeQuery('wwx.example.org', 'A'), 0)).toBe(false)
  })
})

describe('the hash of a question', () => {
  it('is the same for all spellings, and depends on type, variant and seed', () => {
    const query = makeQuery('www.example.org', 'A')
    const hash = hashOf(query, 0, 1)
    expect(hashOf(makeQuery('WWW.EXAMPLE.ORG', 'A'), 0, 1)).toBe(hash)
    const others = [
      hashOf(makeQuery('www.example.org', 'NS'), 0, 1),
      hashOf(query, 1, 1),
      hashOf(query, 2, 1),
      hashOf(query, 0, 2),
    ]
    expect(new Set([hash, ...others]).size).toBe(5)
  })

  it('has a variant for each of DO and CD', () => {
    const variants = [
      makeQuery('a', 'A', { edns: 1232 }),
      makeQuery('a', 'A', { flags: 'rd cd' }),
      makeQuery('a', 'A', { edns: { size: 1232, do: true } }),
      makeQuery('a', 'A', { edns: { size: 1232, do: true }, flags: 'cd' }),
    ].map(variantOf)
    expect(variants).toEqual([0, 1, 2, 3])
  })
})
