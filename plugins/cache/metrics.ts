/** CoreDNS's metrics of *cache*, looked up once per listener. */

import type { Counter, Gauge, Host, Listener } from '@fingerpost/sdk'

/** The metrics of one listener; pairs are indexed by `Kind`. */
export interface CacheMetrics {
  readonly requests: Counter
  readonly misses: Counter
  readonly hits: readonly [Counter, Counter]
  readonly entries: readonly [Gauge, Gauge]
  readonly evictions: readonly [Counter, Counter]
  readonly prefetches: Counter
  readonly drops: Counter
  readonly servedStale: Counter
  readonly shared: Counter
}

/** Declares the metrics; the function returned gives those of one listener, to be kept. */
export function declareMetrics(
  host: Host,
  zonesLabel: string,
): (listener: Listener) => CacheMetrics {
  const labels = ['server', 'zones', 'view']
  const typeLabels = ['server', 'type', 'zones', 'view']
  const requests = host.counter('requests_total', 'Queries looked up in the cache.', labels)
  const misses = host.counter('misses_total', 'Queries the cache had no answer for.', labels)
  const hits = host.counter('hits_total', 'Queries answered from the cache.', typeLabels)
  const entries = host.gauge('entries', 'Entries in the cache, expired ones included.', typeLabels)
  const evictions = host.counter('evictions_total', 'Entries that made room.', typeLabels)
  const prefetches = host.counter('prefetch_total', 'Refreshes in the background.', labels)
  const drops = host.counter('drops_total', 'Replies to another question, not stored.', labels)
  const servedStale = host.counter('served_stale_total', 'Expired entries served.', labels)
  const shared = host.counter(
    'fingerpost_cache_shared_total',
    "Misses answered with the reply to another client's query.",
    labels,
  )
  return ({ label }) => {
    const view = host.settings.viewName
    const pair = <T>(family: { labels(...values: readonly string[]): T }): readonly [T, T] => [
      family.labels(label, 'success', zonesLabel, view),
      family.labels(label, 'denial', zonesLabel, view),
    ]
    const one = (family: Counter): Counter => family.labels(label, zonesLabel, view)
    return {
      requests: one(requests),
      misses: one(misses),
      hits: pair(hits),
      entries: pair(entries),
      evictions: pair(evictions),
      prefetches: one(prefetches),
      drops: one(drops),
      servedStale: one(servedStale),
      shared: one(shared),
    }
  }
}
