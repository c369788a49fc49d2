/** A resource record with its RDATA in wire form (RFC 1035 3.2.1). */

import type { Name } from './name.ts'

/** A resource record. RDATA is in wire form with uncompressed names; see `sdk/record`. */
export interface Rr {
  readonly owner: Name
  readonly type: number
  readonly class: number
  /** Seconds, 0 to 2^31 - 1 (RFC 2181 section 8). */
  readonly ttlSeconds: number
  readonly rdata: Uint8Array
}

/** The sections of a message that hold RRs, in their order. */
export type Section = 'answer' | 'authority' | 'additional'
