/** What a plugin that keeps answers lets people look at and throw away. */

import type { Name } from './wire/name.ts'

/** A cache seen from outside. */
export interface InspectableCache {
  /** Zones whose names it keeps. */
  readonly zones: readonly string[]
  readonly stores: readonly InspectableStore[]
  /** At most `limit` entries that match, the most recently used first. */
  list(filter: CacheFilter, limit: number): CachedAnswer[]
  /** Forgets the entries that match; returns how many. */
  flush(filter: CacheFilter): number
}

export interface InspectableStore {
  readonly kind: 'success' | 'denial'
  readonly count: number
  readonly capacity: number
  readonly sizeBytes: number
}

/** Which entries are meant; all of them when nothing is said. */
export interface CacheFilter {
  readonly name: Name | undefined
  /** Whether names below `name` are meant as well. */
  readonly isSubtree: boolean
  readonly type: number | undefined
}

/** One entry in words. */
export interface CachedAnswer {
  readonly name: string
  readonly type: string
  readonly kind: 'success' | 'denial'
  readonly rcode: string
  /** Below 0 for one that is past its time and kept to be served stale. */
  readonly ttlSeconds: number
  readonly ageSeconds: number
  /** Records in presentation form. */
  readonly answer: readonly string[]
}
