/**
 * Single flight: clients that miss the same entry at the same time share one query to the rest of
 * the chain.
 */

import { equalFold, Flag, HEADER_SIZE, Message, type Query, Type } from '@fingerpost/sdk'
import { variantOf } from './entry.ts'
import { wantsAd } from './reply.ts'

/** Clients that may wait for one query; more ask themselves. */
export const MAX_WAITERS = 1000
/** How long a query may be under way before others no longer join it. */
export const MAX_JOIN_MS = 5000

const UNSHARED_SLOTS = 256

interface Waiter {
  readonly query: Query
  readonly resolve: (message: Message | undefined) => void
}

/** One query under way, and who waits for its reply. */
export interface Flight {
  readonly hash: number
  readonly query: Query
  readonly startedMs: number
  readonly waiters: Waiter[]
}

/** The queries under way. Their number is that of the queries the server works on. */
export class Flights {
  readonly #flights = new Map<number, Flight>()
  // Hashes whose last reply was not for sharing. Waiting for the next one would only take longer.
  readonly #unshared = new Int32Array(UNSHARED_SLOTS)

  /** Whether no query is under way. */
  get isEmpty(): boolean {
    return this.#flights.size === 0
  }

  /** The query under way that a client's may wait for. */
  find(hash: number, query: Query, nowMs: number): Flight | undefined {
    // A lookup made for another query must not wait: it could be its own leader's.
    if (query.depth > 0) return undefined
    // *loop* looks for its own HINFO query to come back: it must not be caught here on its way.
    if (query.qtype === Type.HINFO) return undefined
    const flight = this.#flights.get(hash)
    if (flight === undefined || nowMs - flight.startedMs > MAX_JOIN_MS) return undefined
    if (this.#unshared[hash & (UNSHARED_SLOTS - 1)] === hash) return undefined
    if (flight.waiters.length >= MAX_WAITERS || !isSameQuery(flight.query, query)) return undefined
    return flight
  }

  /** Lets others wait for `query`. Must be followed by `land`. */
  start(hash: number, query: Query, nowMs: number): Flight {
    const flight = { hash, query, startedMs: nowMs, waiters: [] }
    this.#flights.set(hash, flight)
    return flight
  }

  /** Waits; undefined when the reply is not for sharing. Its octets are the waiter's own. */
  join(flight: Flight, query: Query): Promise<Message | undefined> {
    return new Promise((resolve) => flight.waiters.push({ query, resolve }))
  }

  /** Gives the waiters their copies of `message`, or nothing. Returns how many there were. */
  land(flight: Flight, message: Message | undefined): number {
    const { hash } = flight
    if (this.#flights.get(hash) === flight) this.#flights.delete(hash)
    const slot = hash & (UNSHARED_SLOTS - 1)
    if (message === undefined) this.#unshared[slot] = hash
    else if (this.#unshared[slot] === hash) this.#unshared[slot] = 0
    for (const { query, resolve } of flight.waiters) {
      resolve(message === undefined ? undefined : copyFor(query, message))
    }
    return flight.waiters.length
  }
}

/** Whether two queries differ in nothing that the rest of the chain may answer by. */
function isSameQuery(left: Query, right: Query): boolean {
  const { questionEnd } = left
  return (
    questionEnd === right.questionEnd &&
    left.qtype === right.qtype &&
    variantOf(left) === variantOf(right) &&
    ((left.flags ^ right.flags) & Flag.RD) === 0 &&
    equalFold(left.wire, HEADER_SIZE, right.wire, HEADER_SIZE, questionEnd - 4 - HEADER_SIZE)
  )
}

/** A copy of the octets; none if they hold an OPT that `query` has no place for. */
function copyFor(query: Query, message: Message): Message | undefined {
  if (message.optAt >= 0 && !query.hasEdns) return undefined
  const wire = new Uint8Array(message.size + query.replySlack)
  wire.set(message.wire.subarray(0, message.size))
  const copy = new Message(wire, message.size)
  copy.cause = message.cause
  copy.isLocalFailure = message.isLocalFailure
  copy.answeredBy = message.answeredBy
  if (!wantsAd(query)) copy.flags &= ~Flag.AD
  return copy
}
