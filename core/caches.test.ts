import type { CachedAnswer } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { mergeCaches } from './caches.ts'

const entry = (name: string): CachedAnswer => ({
  name,
  type: 'A',
  kind: 'success',
  rcode: 'NOERROR',
  ttlSeconds: 1,
  ageSeconds: 0,
  answer: [],
})

const view = (key: string, ...names: string[]) => ({
  keys: [key],
  zones: ['.'],
  stores: [
    { kind: 'success' as const, count: names.length, capacity: 100, sizeBytes: 10 * names.length },
  ],
  entries: names.map(entry),
})

describe('caches of several processes', () => {
  it('are one for each server block', () => {
    const merged = mergeCaches(
      [view('dns://.', 'a.'), view('dns://b.', 'b.'), view('dns://.', 'c.', 'd.')],
      100,
    )
    expect(merged.map(({ keys }) => keys)).toEqual([['dns://.'], ['dns://b.']])
    expect(merged[0]?.stores).toEqual([{ kind: 'success', count: 3, capacity: 100, sizeBytes: 30 }])
    expect(merged[0]?.entries.map(({ name }) => name)).toEqual(['a.', 'c.', 'd.'])
  })

  it('have no more entries in all than are asked for', () => {
    const merged = mergeCaches([view('dns://.', 'a.', 'b.'), view('dns://.', 'c.', 'd.')], 3)
    expect(merged[0]?.entries.map(({ name }) => name)).toEqual(['a.', 'b.', 'c.'])
    expect(merged[0]?.stores[0]?.count).toBe(4)
  })
})
