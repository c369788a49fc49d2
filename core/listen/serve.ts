/** What a listener needs to know of the server behind it. RFC 1035 section 4.2. */

import type { Exchange, Listener } from '@fingerpost/sdk'

/**
 * A message to send. A response may go on in further messages (RFC 5936 2.2), which are made as
 * they are sent: streams send all of them, other listeners the first only.
 */
export type Reply = Uint8Array & { following?: Iterator<Uint8Array> | undefined }

/**
 * Answers one message. `undefined` sends nothing. Never throws and never rejects (a listener that
 * meets one that does drops the query and reports it). `exchange` is only valid during the call:
 * the listener uses the same object for the next query.
 */
export type Serve = (
  wire: Uint8Array,
  exchange: Exchange,
) => Reply | undefined | Promise<Reply | undefined>

/** Where to listen, and who hears about what goes wrong there. */
export interface ListenOptions {
  /** `''`, `0.0.0.0` and `::` mean every address of both families, as in CoreDNS. */
  readonly address: string
  /** 0 for any free port. */
  readonly port: number
  /** What queries name as their listener; the function gets the port that was bound. */
  readonly listener: Listener | ((port: number) => Listener)
  /** Hears of a `serve` that failed and of addresses that could not be bound later on. */
  readonly onFault?: ((error: unknown) => void) | undefined
  /** Hears of datagrams that were dropped before they were read. */
  readonly onShed?: ((count: number, heaviest: string | undefined) => void) | undefined
  /**
   * Whether other processes may have the port as well: a server and its successor. That somebody
   * has it by mistake goes unnoticed then.
   */
  readonly isShared?: boolean | undefined
}

/** Numbers of one listener since it was opened. */
export interface ListenCounts {
  /** Messages received. */
  received: number
  /** Replies dropped because the client or the network didn't take them. */
  dropped: number
  /** Errors of the socket and failures of {@link Serve}. */
  errors: number
}

/** An exchange that a socket reuses for all its queries. */
export interface MutableExchange extends Exchange {
  listener: Listener
  clientAddress: string
  clientPort: number
}

/** Who asks: whom answers are for, as plugins and logs see it. */
export interface Client {
  readonly address: string
  readonly port: number
}

/** Who is at the other end of a connection. */
export function clientOf(end: {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}): Client {
  return { address: formatClientAddress(end.remoteAddress ?? ''), port: end.remotePort ?? 0 }
}

/** Whether `address` stands for all addresses of the host. */
export function isWildcard(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::'
}

/**
 * The text of a client's address: IPv4 addresses seen through an IPv6 socket as IPv4, and without
 * a zone.
 */
export function formatClientAddress(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice(7)
  const zoneAt = address.indexOf('%')
  return zoneAt < 0 ? address : address.slice(0, zoneAt)
}
