/** What an exchange with an upstream knows of a query that waits for its reply. */

import type { DnsError } from '@fingerpost/sdk'

/**
 * A query on its way to one upstream. An exchange gives it an id, sends it, and calls exactly one
 * of `onReply` and `onFault`, unless it is told to forget it. Either may be called before `send`
 * returns.
 */
export interface Pending {
  /** The query's octets; the id in them is not the one that is sent, and they aren't changed. */
  readonly wire: Uint8Array
  /** The id it was sent with; the exchange's to write. */
  id: number
  /** When to give up, by the clock's `now`. */
  expiresAt: number
  /** A connection had to be made first and now stands: the time to wait for a reply begins. */
  onConnected(now: number): void
  /** `reply` has the right id and comes from the upstream; nothing else of it is checked. */
  onReply(reply: Uint8Array): void
  onFault(fault: DnsError): void
}

/** A copy of the query's octets under its id, with `prefix` octets of room in front. */
export function toWire(pending: Pending, prefix: number): Uint8Array {
  const copy = new Uint8Array(prefix + pending.wire.length)
  copy.set(pending.wire, prefix)
  copy[prefix] = pending.id >>> 8
  copy[prefix + 1] = pending.id
  return copy
}
