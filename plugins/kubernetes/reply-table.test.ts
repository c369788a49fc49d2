import type { Query } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { Note, ReplyTable } from './reply-table.ts'

const basis = { version: 0 }
const wireOf = (query: Query): Uint8Array => query.wire.slice(0, query.questionEnd)
const put = (table: ReplyTable, hash: number, query: Query, note = 0, on = basis): void =>
  table.put(hash, query, note, { wire: wireOf(query), basis: on })

describe('ReplyTable', () => {
  it('finds a reply by name and type, whatever else has the same hash', () => {
    const table = new ReplyTable(100, 10_000)
    const queries = [makeQuery('a.test'), makeQuery('b.test'), makeQuery('a.test', 'AAAA')]
    for (const query of queries) put(table, 7, query)
    for (const query of queries) {
      expect(table.wire(table.find(7, query))).toEqual(wireOf(query))
    }
    expect(table.find(7, makeQuery('c.test'))).toBe(-1)
    expect(table.find(8, makeQuery('a.test'))).toBe(-1)
  })

  it('gives a reply to other spellings only where that is noted', () => {
    const table = new ReplyTable(100, 10_000)
    put(table, 1, makeQuery('a.test'))
    put(table, 2, makeQuery('b.test'), Note.ANY_CASE)
    expect(table.find(1, makeQuery('A.test'))).toBe(-1)
    const place = table.find(2, makeQuery('B.tEST'))
    expect(table.note(place)).toBe(Note.ANY_CASE)
  })

  it('gives a reply until what it is made from changes', () => {
    const table = new ReplyTable(100, 10_000)
    const own = { version: 5 }
    put(table, 1, makeQuery('a.test'), 0, own)
    expect(table.find(1, makeQuery('a.test'))).toBeGreaterThanOrEqual(0)
    own.version++
    expect(table.find(1, makeQuery('a.test'))).toBe(-1)
    put(table, 1, makeQuery('a.test'), 0, own)
    expect(table.find(1, makeQuery('a.test'))).toBeGreaterThanOrEqual(0)
    expect(table.count).toBe(1)
  })

  it('takes the place of what no longer holds before that of what does', () => {
    const table = new ReplyTable(100, 10_000)
    const gone = { version: 0 }
    const names = ['a.test', 'b.test', 'c.test', 'd.test']
    for (const name of names) put(table, 3, makeQuery(name), 0, name === 'c.test' ? gone : basis)
    gone.version++
    put(table, 3, makeQuery('e.test'))
    const found = [...names, 'e.test'].filter((name) => table.find(3, makeQuery(name)) >= 0)
    expect(found).toEqual(['a.test', 'b.test', 'd.test', 'e.test'])
  })

  it('keeps what it has while it grows, up to its bounds', () => {
    const table = new ReplyTable(5000, 200_000)
    const queries = Array.from({ length: 20_000 }, (_, i) => makeQuery(`name-${i}.test`))
    for (const [i, query] of queries.entries()) {
      put(table, query.qnameHash, query)
      expect(table.count).toBeLessThanOrEqual(5000)
      expect(table.sizeBytes).toBeLessThanOrEqual(200_000)
      if (i === 2000) {
        const known = queries.slice(0, i).filter((one) => table.find(one.qnameHash, one) >= 0)
        // Sets may be full before the table is.
        expect(known.length).toBeGreaterThan(1800)
      }
    }
    const held = queries.filter((one) => table.find(one.qnameHash, one) >= 0)
    expect(held).toHaveLength(table.count)
    const sizes = held.map((one) => wireOf(one).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(table.sizeBytes)
    for (const one of held) table.remove(one.qnameHash, one)
    expect([table.count, table.sizeBytes]).toEqual([0, 0])
  })

  it('does not take a reply that is larger than all of them may be', () => {
    const table = new ReplyTable(100, 20)
    put(table, 1, makeQuery('a-name-of-some-length.test'))
    expect(table.count).toBe(0)
  })
})
