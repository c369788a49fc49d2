/**
 * What core counts itself, under CoreDNS's names: faults of plugins, which plugins are at work,
 * HTTP responses of DNS over HTTPS, and queries that no server block took.
 */

import type { Counter, Handler, Message, Query } from '@fingerpost/sdk'
import { DroppedQueries } from './dropped-queries.ts'
import type { Metrics } from './metrics.ts'

/** A server block that runs, as `coredns_plugin_enabled` shows it. */
export interface RunningBlock {
  /** One for each key and address: `example.org.` at `dns://:53`. */
  readonly places: readonly { readonly server: string; readonly zone: string }[]
  readonly links: readonly { readonly name: string; readonly handler: Handler }[]
  /** The name of the block's *view*; empty without one. */
  readonly view: string
}

/** The metrics of core; one for each process. */
export class ServerMetrics {
  /** Faults of plugins that were caught. */
  readonly panics: Counter
  readonly #metrics: Metrics
  readonly #httpsResponses: Counter
  readonly #dropped: DroppedQueries

  constructor(metrics: Metrics) {
    this.#metrics = metrics
    this.panics = metrics.counter('coredns_panics_total', 'Faults of plugins that were caught.')
    this.#httpsResponses = metrics.counter(
      'coredns_dns_https_responses_total',
      'Responses of DNS over HTTPS by HTTP status.',
      ['server', 'status'],
    )
    this.#dropped = new DroppedQueries(metrics)
  }

  /** Says which plugins are at work in blocks that are watched, and forgets what it said before. */
  showPlugins(blocks: readonly RunningBlock[]): void {
    this.#metrics.clear(ENABLED)
    const enabled = this.#metrics.gauge(ENABLED, 'Plugins at work; always 1.', [
      'server',
      'zone',
      'view',
      'name',
    ])
    for (const { places, links, view } of blocks) {
      if (!links.some(({ name }) => name === 'prometheus')) continue
      // As in CoreDNS, only plugins that have a part in answering.
      const names = links.filter(({ handler }) => handler.onQuery || handler.onResponse)
      for (const { server, zone } of places) {
        for (const { name } of names) enabled.labels(server, zone, view, name).set(1)
      }
    }
  }

  /** Counts a query that was refused before any server block saw it. */
  readonly onDropped = (query: Query, response: Message): void => {
    this.#dropped.count(query, response)
  }

  /** Counts a response of DNS over HTTPS. */
  onHttps(server: string, status: number): void {
    this.#httpsResponses.labels(server, String(status)).add()
  }
}

const ENABLED = 'coredns_plugin_enabled'
