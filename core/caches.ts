/** The caches of a generation as the administration shows them. */

import type { CacheFilter, InspectableCache } from '@fingerpost/sdk'
import { keyText } from './config-text.ts'
import type { Generation } from './generation.ts'
import type { CacheView } from './sidecar/admin-source.ts'

/** Each cache, with at most `limit` entries that match in all. */
export function viewCaches(
  generation: Generation | undefined,
  filter: CacheFilter,
  limit: number,
): CacheView[] {
  let left = limit
  return cachesOf(generation).map(({ keys, cache }) => {
    const entries = left > 0 ? cache.list(filter, left) : []
    left -= entries.length
    return { keys, zones: cache.zones, stores: cache.stores, entries }
  })
}

/** Forgets the entries that match; returns how many. */
export function flushCaches(generation: Generation | undefined, filter: CacheFilter): number {
  return cachesOf(generation).reduce((sum, { cache }) => sum + cache.flush(filter), 0)
}

/** Those of several processes as those of one: the entries of the first come first. */
export function mergeCaches(views: readonly CacheView[], limit: number): CacheView[] {
  const merged = new Map<string, CacheView>()
  let left = limit
  for (const view of views) {
    const key = JSON.stringify([view.keys, view.zones])
    const entries = view.entries.slice(0, left)
    left -= entries.length
    const known = merged.get(key)
    const stores = known?.stores.map((store, i) => ({
      kind: store.kind,
      count: store.count + (view.stores[i]?.count ?? 0),
      capacity: store.capacity,
      sizeBytes: store.sizeBytes + (view.stores[i]?.sizeBytes ?? 0),
    }))
    merged.set(key, {
      keys: view.keys,
      zones: view.zones,
      stores: stores ?? view.stores,
      entries: [...(known?.entries ?? []), ...entries],
    })
  }
  return [...merged.values()]
}

function cachesOf(
  generation: Generation | undefined,
): { readonly keys: readonly string[]; readonly cache: InspectableCache }[] {
  return (generation?.blocks ?? []).flatMap(({ keys, links }) =>
    links.flatMap(({ handler: { cache } }) =>
      cache === undefined ? [] : [{ keys: keys.map(keyText), cache }],
    ),
  )
}
