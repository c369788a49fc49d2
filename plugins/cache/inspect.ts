/** The cache as people see it: listed, looked up, emptied by name or subtree. */

import {
  type CachedAnswer,
  type CacheFilter,
  type Clock,
  formatRcode,
  formatRr,
  formatType,
  type InspectableCache,
  Message,
  type Name,
} from '@fingerpost/sdk'
import { type Entry, Kind } from './entry.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { Stores } from './stores.ts'

/** Makes the view of one cache. */
export function inspectable(
  settings: Settings,
  { success, denial }: Stores,
  clock: Clock,
): InspectableCache {
  const stores = [success, denial]
  return {
    zones: settings.zonesLabel.split(','),
    get stores() {
      return stores.map((store, i) => ({
        kind: i === Kind.SUCCESS ? ('success' as const) : ('denial' as const),
        count: store.count,
        capacity: store.capacity,
        sizeBytes: store.sizeBytes,
      }))
    },
    list(filter, limit) {
      const found: CachedAnswer[] = []
      for (const store of stores) {
        for (const { entry, message } of matching(store, filter)) {
          if (found.length >= limit) return found
          found.push(describe(entry, message, clock.now()))
        }
      }
      return found
    },
    flush(filter) {
      let count = 0
      for (const store of stores) {
        for (const { entry } of [...matching(store, filter)]) {
          store.remove(entry)
          count++
        }
      }
      return count
    },
  }
}

function* matching(
  store: Store,
  { name, isSubtree, type }: CacheFilter,
): Generator<{ entry: Entry; message: Message }> {
  for (const entry of store.entries()) {
    if (type !== undefined && entry.qtype !== type) continue
    const message = new Message(entry.bytes.slice())
    if (name === undefined || isMeant(message.qname, name, isSubtree)) yield { entry, message }
  }
}

function isMeant(qname: Name, name: Name, isSubtree: boolean): boolean {
  return isSubtree ? qname.isSubdomainOf(name) : qname.equals(name)
}

function describe(entry: Entry, message: Message, nowMs: number): CachedAnswer {
  const ageSeconds = Math.floor((nowMs - entry.storedMs) / 1000)
  return {
    name: message.qname.toString(),
    type: formatType(entry.qtype),
    kind: entry.kind === Kind.SUCCESS ? 'success' : 'denial',
    rcode: formatRcode(message.rcode),
    ttlSeconds: entry.ttlSeconds - ageSeconds,
    ageSeconds,
    answer: message.answer.map(formatRr),
  }
}
