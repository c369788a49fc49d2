/**
 * The two stores of a cache, success and denial, and which of their entries answers a query. They
 * outlive a reload. Hot path: `find`.
 */

import type { Query } from '@fingerpost/sdk'
import { type Entry, hashOf, Kind } from './entry.ts'
import type { Settings } from './settings.ts'
import { Store } from './store.ts'

/** What a generation hands over to the next. */
export class Stores {
  readonly success: Store
  readonly denial: Store
  /** See {@link Settings.signature}. */
  readonly signature: string
  readonly #seed: number

  constructor(settings: Settings, seed: number) {
    this.success = new Store(settings.successCapacity)
    this.denial = new Store(settings.denialCapacity)
    this.signature = settings.signature
    this.#seed = seed
  }

  /** The hash of a query's question, for `find` and for entries. */
  hashOf(query: Query, variant: number): number {
    return hashOf(query, variant, this.#seed)
  }

  /** The store of an entry. */
  of(entry: Entry): Store {
    return entry.kind === Kind.SUCCESS ? this.success : this.denial
  }

  /**
   * The entry to answer with, as CoreDNS chooses: denial comes first, but a failure only if there
   * is nothing better. `bestBeforeMs` is the moment an entry must not have expired before.
   */
  find(hash: number, query: Query, variant: number, bestBeforeMs: number): Entry | undefined {
    const denial = this.denial.find(hash, query, variant)
    if (denial !== undefined && bestBeforeMs < denial.expiresMs && !denial.isFailure) return denial
    const success = this.success.find(hash, query, variant)
    if (success !== undefined && bestBeforeMs < success.expiresMs) return success
    return denial !== undefined && bestBeforeMs < denial.expiresMs ? denial : undefined
  }

  /** As `find`, but the last good answer comes before a later denial (`prefer_positive`). */
  findPositive(
    hash: number,
    query: Query,
    variant: number,
    bestBeforeMs: number,
  ): Entry | undefined {
    const success = this.success.find(hash, query, variant)
    if (success !== undefined && bestBeforeMs < success.expiresMs) return success
    const denial = this.denial.find(hash, query, variant)
    return denial !== undefined && bestBeforeMs < denial.expiresMs ? denial : undefined
  }
}
