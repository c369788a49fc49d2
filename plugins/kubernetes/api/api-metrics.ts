/**
 * The metrics of requests to API servers, as CoreDNS has them, and of how well a server is heard,
 * kind by kind.
 */

import type { Host } from '@fingerpost/sdk'
import type { FaultReason } from './api-fault.ts'

/** Why everything of a kind was listed: the first time, or because changes could not be followed. */
export type ListReason = 'start' | 'gone' | 'refused'
/** Why a watch had to be begun again; `ended` when its time was over, which is as it should be. */
export type WatchEnd = FaultReason | 'ended'

/** What is counted for one API server. */
export interface ApiMetrics {
  /** A request got an answer with this status, or none: undefined. */
  answered(status: number | undefined, method: 'GET' | 'POST'): void
  /** The head of an answer came so much later than the request was begun. */
  took(durationMs: number): void
  kind(kind: string): KindMetrics
}

/** What is told of one kind of objects. */
export interface KindMetrics {
  /** The server was heard at this moment, in milliseconds since the Unix epoch. */
  heard(wallMs: number): void
  listed(reason: ListReason): void
  watchEnded(reason: WatchEnd): void
  /** Whether a watch is open. */
  connected(isConnected: boolean): void
  /** Nobody asks the server any more. */
  end(): void
}

/** CoreDNS's buckets: those of Prometheus's clients. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What makes metrics. */
export type Meter = Pick<Host, 'counter' | 'gauge' | 'histogram'>

/** The metrics for the server with this name. */
export function apiMetrics(host: Meter, server: string): ApiMetrics {
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
  return {
    answered: (status, method) =>
      requests.labels(String(status ?? '<error>'), method, server).add(),
    took: (durationMs) => durations.observe(durationMs / 1000),
    kind: (kind) => kindMetrics(host, server, kind),
  }
}

function kindMetrics(host: Meter, server: string, kind: string): KindMetrics {
  const lastSync = host.gauge(
    'fingerpost_kubernetes_last_sync_seconds',
    'Unix time at which an API server was last heard about objects of a kind; 0 for never.',
    ['host', 'kind'],
  )
  const connected = host.gauge(
    'fingerpost_kubernetes_connected',
    'Whether changes of objects of a kind are being watched.',
    ['host', 'kind'],
  )
  const lists = host.counter(
    'fingerpost_kubernetes_lists_total',
    'Lists that were taken over whole, by why they were needed.',
    ['host', 'kind', 'reason'],
  )
  const restarts = host.counter(
    'fingerpost_kubernetes_watch_restarts_total',
    'Watches that were begun again, by why the last one ended.',
    ['host', 'kind', 'reason'],
  )
  lastSync.labels(server, kind).set(0)
  connected.labels(server, kind).set(0)
  // Looked up each time: another source for the same server may have removed them.
  return {
    heard: (wallMs) => lastSync.labels(server, kind).set(wallMs / 1000),
    listed: (reason) => lists.labels(server, kind, reason).add(),
    watchEnded: (reason) => restarts.labels(server, kind, reason).add(),
    connected: (isConnected) => connected.labels(server, kind).set(isConnected ? 1 : 0),
    end() {
      lastSync.remove(server, kind)
      connected.remove(server, kind)
    },
  }
}
