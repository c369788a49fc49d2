/**
 * Queries that reach a socket before it is known who answers them: a start opens all sockets
 * before it points them at servers, and where ports are shared with a predecessor, clients are
 * sent to the new sockets from the moment they are bound.
 */

import type { Exchange } from '@fingerpost/sdk'
import type { Serve } from './serve.ts'

/** Queries that one place holds; more of them are left to the client's next try. */
export const MAX_EARLY_QUERIES = 8192

/** The queries of one place. */
export class EarlyQueries {
  readonly #held: Held[] = []

  /** Stands in for the server: keeps the query until {@link answer}. */
  readonly serve: Serve = (bytes, exchange) => {
    if (this.#held.length >= MAX_EARLY_QUERIES) return undefined
    // Both are the socket's, and used again for its next query.
    const held = { bytes: bytes.slice(), exchange: { ...exchange } }
    return new Promise((resolve) => this.#held.push({ ...held, resolve }))
  }

  /** Has everything that is held answered. */
  answer(serve: Serve): void {
    for (const { bytes, exchange, resolve } of this.#held.splice(0)) {
      resolve(serve(bytes, exchange))
    }
  }

  /** Gives everything up that is held. */
  drop(): void {
    for (const { resolve } of this.#held.splice(0)) resolve(undefined)
  }
}

interface Held {
  readonly bytes: Uint8Array
  readonly exchange: Exchange
  resolve(reply: ReturnType<Serve>): void
}
