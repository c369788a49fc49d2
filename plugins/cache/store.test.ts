import { compose, type Query } from '@fingerpost/sdk'
import { makeQuery, seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { Entry, hashOf, Kind } from './entry.ts'
import { AVERAGE_ENTRY_BYTES, MAX_SAME_HASH, MIN_CAPACITY, Store } from './store.ts'

const CAPACITY = MIN_CAPACITY

function queryFor(i: number): Query {
  return makeQuery(`name-${i}.example.org`, 'A')
}

function entryFor(query: Query, size = 0, hash = hashOf(query, 0, 1)): Entry {
  const { wire } = compose({ id: 0, flags: 0x8000, question: query.wire.slice(12) }, size)
  return new Entry(wire, Kind.SUCCESS, hash, query, 60, 0)
}

function find(store: Store, query: Query): Entry | undefined {
  return store.find(hashOf(query, 0, 1), query, 0)
}

describe('a store', () => {
  it('finds what was put in, and nothing else', () => {
    const store = new Store(CAPACITY)
    const entry = entryFor(queryFor(1))
    store.put(entry)
    expect(find(store, queryFor(1))).toBe(entry)
    expect(find(store, queryFor(2))).toBeUndefined()
    expect(store.count).toBe(1)
    expect(store.sizeBytes).toBe(entry.bytes.length)
  })

  it('replaces the entry for the same question without evicting', () => {
    const store = new Store(CAPACITY)
    store.put(entryFor(queryFor(1)))
    const second = entryFor(queryFor(1), 100)
    expect(store.put(second)).toBe(0)
    expect(find(store, queryFor(1))).toBe(second)
    expect(store.count).toBe(1)
    expect(store.sizeBytes).toBe(second.bytes.length)
  })

  it('evicts the least recently used entry when it is full', () => {
    const store = new Store(CAPACITY)
    for (let i = 0; i < CAPACITY; i++) store.put(entryFor(queryFor(i)))
    for (const i of [0, 1, 3]) store.touch(find(store, queryFor(i)) as Entry)
    expect(store.put(entryFor(queryFor(CAPACITY)))).toBe(1)
    expect(store.put(entryFor(queryFor(CAPACITY + 1)))).toBe(1)
    expect(store.count).toBe(CAPACITY)
    const gone = [0, 1, 2, 3, 4, 5].filter((i) => find(store, queryFor(i)) === undefined)
    expect(gone).toEqual([2, 4])
  })

  it('holds no more octets than its capacity stands for', () => {
    const store = new Store(CAPACITY)
    const size = AVERAGE_ENTRY_BYTES * 64
    for (let i = 0; i < 100; i++) {
      store.put(entryFor(queryFor(i), size))
      expect(store.sizeBytes).toBeLessThanOrEqual(store.maxBytes)
    }
    expect(store.count).toBe(15)
    expect(find(store, queryFor(99))).toBeDefined()
  })

  it.each([
    [1, 1024],
    [-5, 1024],
    [1500, 1500],
    [10_000, 10_000],
    [2 ** 40, 2 ** 24],
  ])('asked for a capacity of %i takes %i', (asked, taken) => {
    expect(new Store(asked).capacity).toBe(taken)
  })

  it('holds few entries of one hash, so that a lookup stays short', () => {
    const store = new Store(CAPACITY)
    let evicted = 0
    for (let i = 0; i < 100; i++) evicted += store.put(entryFor(queryFor(i), 0, 42))
    expect(store.count).toBe(MAX_SAME_HASH)
    expect(evicted).toBe(100 - MAX_SAME_HASH)
    expect(store.find(42, queryFor(99), 0)).toBeDefined()
  })

  it('lets an entry that has left already be touched and removed', () => {
    const store = new Store(CAPACITY)
    const entry = entryFor(queryFor(1))
    store.put(entry)
    store.put(entryFor(queryFor(2)))
    store.remove(entry)
    store.touch(entry)
    store.remove(entry)
    expect(store.count).toBe(1)
    expect(find(store, queryFor(1))).toBeUndefined()
    expect(find(store, queryFor(2))).toBeDefined()
  })

  it('agrees with a simple model over many changes', () => {
    const random = seededRandom(7)
    const store = new Store(CAPACITY)
    // A Map in order of use: its first key is the least recently used.
    const model = new Map<number, Entry>()
    for (let step = 0; step < 30_000; step++) {
      const i = random.below(3000)
      const query = queryFor(i)
      // Few hashes, near one another: long probes that wrap around.
      const hash = (i % 1500) - 700
      const found = store.find(hash, query, 0)
      expect(found).toBe(model.get(i))
      const action = random.below(4)
      if (action === 0 && found !== undefined) {
        store.remove(found)
        model.delete(i)
      } else if (action === 1 && found !== undefined) {
        store.touch(found)
        model.delete(i)
        model.set(i, found)
      } else if (action > 1) {
        const entry = entryFor(query, 0, hash)
        store.put(entry)
        model.delete(i)
        if (model.size === CAPACITY) model.delete(model.keys().next().value as number)
        model.set(i, entry)
      }
      expect(store.count).toBe(model.size)
    }
  })
})
