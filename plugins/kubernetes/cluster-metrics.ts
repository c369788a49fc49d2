/** Metrics of what is known of a cluster: objects, and how long changes took to get here. */

import type { Host } from '@fingerpost/sdk'
import type { EndpointSlice } from './objects.ts'
import type { ServiceIndex } from './service-index.ts'
import type { Store } from './store.ts'

const KINDS = ['Service', 'EndpointSlice', 'Namespace', 'Pod', 'ServiceImport'] as const
// 1 ms, 2 ms, 4 ms … as CoreDNS has it.
const BUCKETS = Array.from({ length: 20 }, (_, i) => 0.001 * 2 ** i)

export class ClusterMetrics {
  readonly #host: Host
  readonly #durations
  readonly #objects

  constructor(host: Host) {
    this.#host = host
    this.#durations = host.histogram(
      'dns_programming_duration_seconds',
      'Time from a change of endpoints to answers that show it.',
      BUCKETS,
      ['service_kind'],
    )
    this.#objects = host.gauge(
      'fingerpost_kubernetes_objects',
      'Objects known when a kind was last delivered whole.',
      ['kind'],
    )
  }

  /** Takes note of a slice; those of the first list say nothing about how long a change took. */
  observe(slice: EndpointSlice, index: ServiceIndex, isSynced: boolean): void {
    if (!isSynced || slice.changedAtMs === undefined) return
    const service = index.find(slice.namespace, slice.service)?.service
    if (service === undefined) return
    const kind = service.clusterIps[0] === 'None' ? 'headless_with_selector' : 'cluster_ip'
    const seconds = (this.#host.clock.wallNow() - slice.changedAtMs) / 1000
    this.#durations.labels(kind).observe(seconds)
  }

  /** Counts what there is. */
  count(store: Store): void {
    for (const kind of KINDS) this.#objects.labels(kind).set(store.count(kind))
  }
}
