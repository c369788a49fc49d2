/** What a TCP, TLS or HTTPS listener grants its clients. RFC 7766 sections 6.2 and 10. */

import type { StreamSettings } from '@fingerpost/sdk'

export interface TcpLimits {
  /** Connections of a listener; for a further one the longest idle one is closed. */
  readonly maxConnections: number
  /** Queries of one connection that are worked on at the same time. */
  readonly maxInFlight: number
  /** Queries of one connection in all; -1 for any number. */
  readonly maxQueries: number
  /** From the connection's start to the end of its first query. */
  readonly firstQueryTimeoutMs: number
  /** From the last answer to the end of the next query. */
  readonly idleTimeoutMs: number
  /** For the client to take what is written. */
  readonly writeTimeoutMs: number
  /** Answers that wait for the client to read; beyond, no more queries are read. */
  readonly maxOutputBytes: number
  /** A longer query ends the connection. */
  readonly maxQueryBytes: number
}

/** CoreDNS's timeouts; its numbers are without limit. */
export const DEFAULT_TCP_LIMITS: TcpLimits = {
  maxConnections: 1000,
  maxInFlight: 64,
  maxQueries: -1,
  firstQueryTimeoutMs: 3000,
  idleTimeoutMs: 10_000,
  writeTimeoutMs: 5000,
  maxOutputBytes: 128 * 1024,
  maxQueryBytes: 65_535,
}

/** The limits that *timeouts* sets; those it doesn't name are left out. */
export function limitsOf({
  readMs,
  writeMs,
  idleMs,
  maxQueries,
}: StreamSettings): Partial<TcpLimits> {
  return {
    ...(readMs !== undefined && { firstQueryTimeoutMs: readMs }),
    ...(writeMs !== undefined && { writeTimeoutMs: writeMs }),
    ...(idleMs !== undefined && { idleTimeoutMs: idleMs }),
    ...(maxQueries !== undefined && { maxQueries }),
  }
}
