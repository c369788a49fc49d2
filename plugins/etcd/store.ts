/** What etcd knows about a name: its entries, with the TTLs they may be given on. */

import type { Host, Name } from '@fingerpost/sdk'
import type { Client } from './client.ts'
import { type Entry, readEntry } from './entry.ts'
import { oneGroup } from './group.ts'
import type { Keys } from './keys.ts'
import { MAX_KEYS, type Range } from './range.ts'

export interface StoreParts {
  readonly host: Host
  readonly client: Client
  readonly keys: Keys
  /** What a lease makes of a TTL is never less or more. */
  readonly minLeaseSeconds: number
  readonly maxLeaseSeconds: number
}

/** What is wanted of a name. */
export interface Wanted {
  /** Only what the name itself has, not what is below. */
  readonly isExact?: boolean
  /** Whether an entry that has a text and nothing else counts. */
  readonly isText?: boolean
}

const DEFAULT_TTL_SECONDS = 300
/** Leases that are asked for with one name; what has another is given the least TTL. */
const MAX_LEASES = 32
const WARNING_PAUSE_MS = 60_000

export class Store {
  readonly #parts: StoreParts
  #warnedMs = Number.NEGATIVE_INFINITY

  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  /**
   * Undefined for a name that isn't there.
   * @throws DnsError (rejects) when etcd doesn't answer, or a value is no message of SkyDNS
   */
  async find(name: Name, { isExact, isText }: Wanted): Promise<readonly Entry[] | undefined> {
    const { client, keys } = this.#parts
    const place = keys.placeOf(name)
    if (place === undefined) return undefined
    const range = await (isExact ? client.get(place.key) : client.read(place.key))
    if (range.items.length === 0) return undefined
    if (range.isCut) this.#warn(name)
    const entries = this.#read(range, place.pattern).filter(
      ({ address, target, text }) =>
        address !== undefined || target !== undefined || (isText && text !== ''),
    )
    return oneGroup(await this.#withTtls(entries))
  }

  #read({ items }: Range, pattern: readonly string[] | undefined): Entry[] {
    const { keys } = this.#parts
    return items.flatMap((item) => {
      if (pattern !== undefined && !keys.isLike(item.key, pattern)) return []
      const name = keys.nameOf(item.key)
      return name === undefined ? [] : [readEntry(item, name)]
    })
  }

  async #withTtls(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { client, minLeaseSeconds, maxLeaseSeconds } = this.#parts
    const leases = new Set(entries.flatMap(({ lease }) => lease ?? []))
    const asked = [...leases].slice(0, MAX_LEASES).map(async (lease) => {
      // A lease that can't be asked for must not keep its keys from being served.
      const left = (await client.leaseSeconds(lease).catch(() => undefined)) ?? minLeaseSeconds
      return [lease, Math.min(maxLeaseSeconds, Math.max(minLeaseSeconds, left))] as const
    })
    const known = new Map(await Promise.all(asked))
    return entries.map((entry) => {
      const { lease, ttlSeconds: own } = entry
      if (lease === undefined) return { ...entry, ttlSeconds: own || DEFAULT_TTL_SECONDS }
      const left = known.get(lease) ?? minLeaseSeconds
      return { ...entry, ttlSeconds: own === 0 ? left : Math.min(own, left) }
    })
  }

  #warn(name: Name): void {
    const { clock, log } = this.#parts.host
    const now = clock.now()
    if (now - this.#warnedMs < WARNING_PAUSE_MS) return
    this.#warnedMs = now
    log.warning(`more than ${MAX_KEYS} keys below ${name}: the others are left out of answers`)
  }
}
