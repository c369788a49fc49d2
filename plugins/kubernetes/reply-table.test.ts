import type { Query } from '@fingerpost/sdk'
import { makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { Note, ReplyTable } from './reply-table.ts'
import { Versions } from './versions.ts'

const versions = new Versions()
const basis = versions.add()
const wireOf = (query: Query): Uint8Array => query.wire.slice(0, query.questionEnd)
const put = (table: ReplyTable, hash: number, query: Query, note = 0, on = basis): void =>
  table.put(hash, query, { wire: wireOf(query), size: query.questionEnd, note, basis: on })

describe('ReplyTable', () => {
  it('finds a reply by name and type, whatever else has the same hash', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    const queries = [makeQuery('a.test'), makeQuery('b.test'), makeQuery('a.test', 'AAAA')]
    for (const query of queries) put(table, 7, query)
    for (const query of queries) {
      expect(table.copy(table.find(7, query), 0)).toEqual(wireOf(query))
    }
    expect(table.find(7, makeQuery('c.test'))).toBe(-1)
    expect(table.find(8, makeQuery('a.test'))).toBe(-1)
  })

  it('gives a reply to other spellings only where that is noted', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    put(table, 1, makeQuery('a.test'))
    put(table, 2, makeQuery('b.test'), Note.ANY_CASE)
    expect(table.find(1, makeQuery('A.test'))).toBe(-1)
    const place = table.find(2, makeQuery('B.tEST'))
    expect(table.note(place)).toBe(Note.ANY_CASE)
  })

  it('gives a reply until what it is made from changes', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    const own = versions.add()
    put(table, 1, makeQuery('a.test'), 0, own)
    expect(table.find(1, makeQuery('a.test'))).toBeGreaterThanOrEqual(0)
    versions.changed(own)
    expect(table.find(1, makeQuery('a.test'))).toBe(-1)
    put(table, 1, makeQuery('a.test'), 0, own)
    expect(table.find(1, makeQuery('a.test'))).toBeGreaterThanOrEqual(0)
  })

  it('does not take the count of a new thing for that of one that is gone', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    const gone = versions.add()
    put(table, 1, makeQuery('a.test'), 0, gone)
    versions.release(gone)
    expect(versions.add()).toBe(gone)
    expect(table.find(1, makeQuery('a.test'))).toBe(-1)
  })

  it('takes the place of what no longer holds before that of what does', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    const gone = versions.add()
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((label) => `${label}.test`)
    for (const name of names) put(table, 3, makeQuery(name), 0, name === 'c.test' ? gone : basis)
    versions.release(gone)
    put(table, 3, makeQuery('i.test'))
    const found = [...names, 'i.test'].filter((name) => table.find(3, makeQuery(name)) >= 0)
    expect(found).toEqual([...names, 'i.test'].filter((name) => name !== 'c.test'))
  })

  it('keeps all that it has while it grows', () => {
    const table = new ReplyTable(versions, 16_384, 1 << 20)
    const queries = Array.from({ length: 15_000 }, (_, i) => makeQuery(`name-${i}.test`))
    for (const query of queries) put(table, query.qnameHash, query)
    const found = queries.filter((one) => table.find(one.qnameHash, one) >= 0)
    // Two full sets may meet; that is rare.
    expect(found.length).toBeGreaterThan(14_900)
    for (const one of found) {
      expect(table.copy(table.find(one.qnameHash, one), 0)).toEqual(wireOf(one))
    }
  })

  it('lets the oldest go when its octets are used up', () => {
    const table = new ReplyTable(versions, 16_384, 65_536)
    const queries = Array.from({ length: 10_000 }, (_, i) => makeQuery(`name-${i}.test`))
    for (const query of queries) {
      put(table, query.qnameHash, query)
      expect(table.sizeBytes).toBeLessThanOrEqual(65_536)
    }
    const found = queries.map((one) => table.find(one.qnameHash, one) >= 0)
    const first = found.indexOf(true)
    expect(first).toBeGreaterThan(7000)
    expect(found.slice(first).filter((isFound) => isFound).length).toBeGreaterThan(1900)
    for (const one of queries.slice(first)) {
      const place = table.find(one.qnameHash, one)
      if (place >= 0) expect(table.copy(place, 0)).toEqual(wireOf(one))
    }
  })

  it('writes a reply over the one it replaces if it fits', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    const own = versions.add()
    put(table, 1, makeQuery('a.test'), 0, own)
    const before = table.sizeBytes
    for (let i = 0; i < 100; i++) {
      versions.changed(own)
      put(table, 1, makeQuery('a.test'), 0, own)
    }
    expect(table.sizeBytes).toBe(before)
    expect(table.find(1, makeQuery('a.test'))).toBeGreaterThanOrEqual(0)
  })

  it('does not take a reply that is too large', () => {
    const table = new ReplyTable(versions, 1024, 65_536)
    const query = makeQuery('a.test')
    const wire = new Uint8Array(40_000)
    wire.set(wireOf(query))
    table.put(1, query, { wire, size: wire.length, note: 0, basis })
    expect(table.find(1, query)).toBe(-1)
  })
})
