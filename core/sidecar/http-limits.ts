/** What an HTTP listener of the sidecar grants its clients: everything they could use up is bounded. */

export interface HttpLimits {
  /** Connections of a listener; for a further one, the one that waits longest is closed. */
  readonly maxConnections: number
  /** Octets of a request's first line and headers. */
  readonly maxHeaderBytes: number
  /** From the connection's start, or the last response, to the end of the next request. */
  readonly requestTimeoutMs: number
  /** From the end of a request until its response is with the client. */
  readonly responseTimeoutMs: number
  /** For responses under way when a listener is closed. */
  readonly closeGraceMs: number
}

export const defaultHttpLimits: HttpLimits = {
  maxConnections: 128,
  maxHeaderBytes: 16 * 1024,
  requestTimeoutMs: 10_000,
  // A reload may wait for plugins that fetch what they serve.
  responseTimeoutMs: 60_000,
  closeGraceMs: 5000,
}

/** Octets of a request's body where a DNS message is expected (RFC 1035 4.2.2). */
export const MAX_MESSAGE_BODY_BYTES = 0xffff
/** Octets of any other request's body. */
export const MAX_BODY_BYTES = 1024
