/** Asks the rest of the chain for what is not in the cache, once for all who wait for it. */

import { Flag, HeaderOffset, Message, type Next, Query, Rcode, writeUint16 } from '@fingerpost/sdk'
import { type Flight, Flights } from './flight.ts'
import type { Intake, Taken } from './intake.ts'
import type { CacheMetrics } from './metrics.ts'
import { wantsAd } from './reply.ts'

/** A query on its way through the cache. */
export interface Inquiry {
  readonly query: Query
  /** See `Stores.hashOf`. */
  readonly hash: number
  readonly next: Next
  readonly metrics: CacheMetrics
  readonly nowMs: number
  /** Nothing is stored for the name, so its reply is for clients alike in what {@link wantsAd} says. */
  readonly isUnstored?: boolean
}

/** Says what a reply is worth; undefined rejects it. */
export type Take = (reply: Message) => Taken | undefined

/** The way to the rest of the chain. */
export class Asker {
  readonly #flights = new Flights()
  readonly #intake: Intake

  constructor(intake: Intake) {
    this.#intake = intake
  }

  /** Answers a miss. */
  ask(inquiry: Inquiry): Message | Promise<Message> {
    const take: Take = (reply) => this.take(inquiry, reply)
    const answer = this.askShared(inquiry, take)
    if (answer === undefined || answer instanceof Message) return answer as Message
    // Who got nothing from another's reply asks alone, so that nobody waits twice.
    return answer.then((message) => message ?? (this.#lead(inquiry, take) as Promise<Message>))
  }

  /** Answers what is not for the stores; mostly there is an answer at once, and nothing to share. */
  askUnstored(inquiry: Inquiry): Message | Promise<Message> {
    if (!this.#flights.isEmpty) return this.ask(inquiry)
    const { query } = inquiry
    const response = this.#askOn(inquiry)
    if (response instanceof Message) return withoutAd(query, this.#intake.settle(query, response))
    const take: Take = (reply) => this.take(inquiry, reply)
    return this.#follow(inquiry, response, take) as Promise<Message>
  }

  /** As `ask` but with another judge; undefined when it, or the query joined, gave nothing. */
  askShared(inquiry: Inquiry, take: Take): Message | undefined | Promise<Message | undefined> {
    const flight = this.#flights.find(inquiry.hash, inquiry.query, inquiry.nowMs)
    return flight === undefined ? this.#lead(inquiry, take) : this.#join(inquiry, flight)
  }

  /** Takes in a reply to an inquiry. */
  take({ query, hash, metrics }: Inquiry, reply: Message): Taken {
    return this.#intake.take(query, reply, hash, metrics)
  }

  async #join({ query, metrics }: Inquiry, flight: Flight): Promise<Message | undefined> {
    const message = await this.#flights.join(flight, query)
    if (message !== undefined) metrics.shared.add()
    return message
  }

  #lead(inquiry: Inquiry, take: Take): Message | undefined | Promise<Message | undefined> {
    const response = this.#askOn(inquiry)
    if (response instanceof Message) return finished(inquiry.query, take(response))
    return this.#follow(inquiry, response, take)
  }

  #askOn({ query, next, isUnstored = false }: Inquiry): ReturnType<Next> {
    // A copy of a query costs as much as many an answer.
    return next(isUnstored && !wantsAd(query) ? query : upstreamQuery(query))
  }

  /** Lets others wait for a reply as well. */
  async #follow(
    { query, hash, nowMs }: Inquiry,
    response: Promise<Message>,
    take: Take,
  ): Promise<Message | undefined> {
    const flight = this.#flights.start(hash, query, nowMs)
    const reply = await response
    let taken: Taken | undefined
    try {
      taken = take(reply)
    } finally {
      this.#flights.land(flight, isShareable(taken) ? taken.message : undefined)
    }
    return finished(query, taken)
  }
}

/** Whether a reply says something about the name, as opposed to about the server asked. */
export function isUseful(reply: Message): boolean {
  if (reply.isDropped || reply.isLocalFailure || reply.cause !== undefined) return false
  return reply.rcode === Rcode.NOERROR || reply.rcode === Rcode.NXDOMAIN
}

/**
 * The query that the rest of the chain sees: with AD, so that the reply says what it would say to
 * a client that looks at AD, and one entry serves both kinds (RFC 6840 5.7).
 */
export function upstreamQuery(query: Query): Query {
  if ((query.flags & Flag.AD) !== 0) return query
  const wire = query.wire.slice()
  writeUint16(wire, HeaderOffset.FLAGS, query.flags | Flag.AD)
  return new Query(wire, query.questionEnd, query.qnameHash, query.optAt, query, query.depth)
}

/**
 * Whether others may have it too: if they could have had it from the cache a moment later, or if
 * asking again would only add to a failure.
 */
function isShareable(taken: Taken | undefined): taken is Taken {
  if (taken === undefined) return false
  const { entry, message } = taken
  if (entry !== undefined) return true
  if (message.isDropped || message.isTruncated) return false
  return message.rcode !== Rcode.NOERROR && message.rcode !== Rcode.NXDOMAIN
}

function finished(query: Query, taken: Taken | undefined): Message | undefined {
  return taken && withoutAd(query, taken.message)
}

/** Clears AD for who does not look at it. */
function withoutAd(query: Query, message: Message): Message {
  const { isDropped, isLocalFailure, cause } = message
  if (!isDropped && !isLocalFailure && cause === undefined && !wantsAd(query)) {
    message.flags &= ~Flag.AD
  }
  return message
}
