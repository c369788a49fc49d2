/** The metrics of requests to API servers, as CoreDNS has them, and one about staleness. */

import type { Gauge, Host } from '@fingerpost/sdk'

/** What is counted for one API server. */
export interface ApiMetrics {
  /** A request got an answer with this status, or none: undefined. */
  answered(status: number | undefined, method: 'GET' | 'POST'): void
  /** The head of an answer came so much later than the request was begun. */
  took(durationMs: number): void
  /** The moment in Unix seconds at which the server was last heard about a kind. */
  lastSync(kind: string): Gauge
}

/** CoreDNS's buckets: those of Prometheus's clients. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The metrics for the server with this name. */
export function apiMetrics(
  host: Pick<Host, 'counter' | 'gauge' | 'histogram'>,
  server: string,
): ApiMetrics {
  const requests = host.counter(
    'coredns_kubernetes_rest_client_requests_total',
    'HTTP requests to API servers, by status code, method and host.',
    ['code', 'method', 'host'],
  )
  const durations = host
    .histogram(
      'coredns_kubernetes_rest_client_request_duration_seconds',
      'Time from a request to an API server to the head of its answer, by verb and host.',
      BUCKETS,
      ['verb', 'host'],
    )
    .labels('GET', server)
  const lastSync = host.gauge(
    'fingerpost_kubernetes_last_sync_seconds',
    'Unix time at which an API server was last heard about objects of a kind.',
    ['host', 'kind'],
  )
  return {
    answered: (status, method) =>
      requests.labels(String(status ?? '<error>'), method, server).add(),
    took: (durationMs) => durations.observe(durationMs / 1000),
    lastSync: (kind) => lastSync.labels(server, kind),
  }
}
