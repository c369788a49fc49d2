/**
 * Asks anew for what is stored: in the background, before a popular entry expires or after one was
 * served expired (RFC 8767), or first, with the expired entry to fall back on.
 */

import { type Clock, Flag, type Listener, Message, Query } from '@fingerpost/sdk'
import { type Asker, type Inquiry, isUseful, type Take, upstreamQuery } from './ask.ts'
import { type Entry, Kind } from './entry.ts'
import type { StaleOptions } from './options.ts'
import type { Stores } from './stores.ts'

/** Refreshes in the background at one time; entries that come later wait for their next hit. */
export const MAX_REFRESHES = 1000

/** What a refresh goes by. */
export interface RefreshRules {
  readonly stale: StaleOptions | undefined
  readonly prefersPositive: boolean
}

/** Refreshes the entries of one cache. */
export class Refresher {
  readonly #rules: RefreshRules
  readonly #stores: Stores
  readonly #asker: Asker
  readonly #clock: Clock
  #running = 0

  constructor(rules: RefreshRules, stores: Stores, asker: Asker, clock: Clock) {
    this.#rules = rules
    this.#stores = stores
    this.#asker = asker
    this.#clock = clock
  }

  /** Refreshes an entry, after the client has its answer and without regard to what it does. */
  refresh(inquiry: Inquiry, entry: Entry): void {
    const { next, metrics, nowMs } = inquiry
    if (entry.isRefreshing || nowMs < entry.retryAtMs || this.#running >= MAX_REFRESHES) return
    entry.isRefreshing = true
    this.#running++
    metrics.prefetches.add()
    const query = upstreamQuery(inquiry.query)
    const land = (reply: Message): void => this.#land(inquiry, entry, reply)
    const landOrRetry = (reply: Message): void => {
      // No client waits for it, so one that was cut short is of no use.
      if (reply.isTruncated && !query.isStream) settle(next(overStream(query)), land)
      else land(reply)
    }
    settle(next(query), landOrRetry)
  }

  /**
   * Asks before an expired entry is served. Undefined when there was no useful reply, or none in
   * time: one that is late is stored all the same.
   */
  verify(inquiry: Inquiry, entry: Entry): Message | undefined | Promise<Message | undefined> {
    const timeoutMs = this.#rules.stale?.timeoutMs ?? 0
    const take: Take = (reply) => {
      if (!isUseful(reply)) {
        this.#markFailed(entry)
        return undefined
      }
      const taken = this.#asker.take(inquiry, reply)
      if (this.#isLastKnownGood(entry) && isNegative(taken.message)) return undefined
      if (timeoutMs > 0) {
        // CoreDNS then refreshes in the background too, and answers from the cache.
        this.#supersede(inquiry, taken.entry)
        taken.message.flags |= Flag.AA
      }
      return taken
    }
    const answer = this.#asker.askShared(inquiry, take)
    if (answer === undefined || answer instanceof Message) return answer
    const useful = answer.then((reply) =>
      reply !== undefined && isUseful(reply) ? reply : undefined,
    )
    return timeoutMs === 0 ? useful : this.#within(timeoutMs, useful)
  }

  #within(timeoutMs: number, answer: Promise<Message | undefined>): Promise<Message | undefined> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => resolve(undefined))
      answer.finally(() => timer.cancel()).then(resolve, reject)
    })
  }

  #land(inquiry: Inquiry, entry: Entry, reply: Message): void {
    this.#running--
    entry.isRefreshing = false
    if (!isUseful(reply) || reply.isTruncated) {
      this.#markFailed(entry)
      return
    }
    const { entry: fresh } = this.#asker.take(inquiry, reply)
    if (fresh === undefined) return
    fresh.hits = entry.hits
    fresh.lastHitMs = entry.lastHitMs
    this.#supersede(inquiry, fresh)
  }

  /** Forgets a denial that an answer has proven wrong: it would come first in a lookup. */
  #supersede({ query, hash }: Inquiry, fresh: Entry | undefined): void {
    if (fresh?.kind !== Kind.SUCCESS) return
    const denied = this.#stores.denial.find(hash, query, fresh.variant)
    if (denied !== undefined) this.#stores.denial.remove(denied)
  }

  #markFailed(entry: Entry): void {
    const pauseMs = this.#rules.stale?.failureRecheckMs ?? 0
    if (pauseMs > 0) entry.retryAtMs = this.#clock.now() + pauseMs
  }

  #isLastKnownGood(entry: Entry): boolean {
    return this.#rules.prefersPositive && entry.kind === Kind.SUCCESS && entry.hasAnswer
  }
}

function isNegative(message: Message): boolean {
  return message.rcode !== 0 || message.answerCount === 0
}

/** Hands a reply on at once if it is there, or when it comes. The chain's `next` never rejects. */
function settle(response: Message | Promise<Message>, land: (reply: Message) => void): void {
  if (response instanceof Message) land(response)
  else void response.then(land)
}

/** The same query as if it had come over a stream: then *forward* asks over one. */
function overStream(query: Query): Query {
  const listener: Listener = { ...query.listener, transport: 'tcp' }
  const { clientAddress, clientPort } = query
  const exchange = { listener, clientAddress, clientPort }
  return new Query(
    query.wire,
    query.questionEnd,
    query.qnameHash,
    query.optAt,
    exchange,
    query.depth,
  )
}
