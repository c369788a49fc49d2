/** Takes in the replies of the rest of the chain: settles their TTLs and stores what may be kept. */

import {
  type Clock,
  compose,
  HEADER_SIZE,
  HeaderOffset,
  Message,
  type Query,
  writeUint16,
} from '@fingerpost/sdk'
import { answersQuestion, type Classified, classify } from './classify.ts'
import { type Entry, Kind, makeEntry, writeTtls } from './entry.ts'
import type { CacheMetrics } from './metrics.ts'
import type { Settings } from './settings.ts'
import type { Stores } from './stores.ts'

/** A reply that was taken in. */
export interface Taken {
  readonly message: Message
  /** What was stored of it, if anything. */
  readonly entry: Entry | undefined
}

/** The way into the stores. */
export class Intake {
  readonly #settings: Settings
  readonly #stores: Stores
  readonly #clock: Clock

  constructor(settings: Settings, stores: Stores, clock: Clock) {
    this.#settings = settings
    this.#stores = stores
    this.#clock = clock
  }

  /**
   * Takes in a reply to `query` that is not to be kept: gives all its RRs the TTL it would be kept
   * for, and removes OPT. What a fault of ours made (it has a cause) stays as it is, like a dropped
   * reply.
   */
  settle(query: Query, reply: Message): Message {
    return isOfFault(reply) ? reply : settled(query, reply, this.#classify(query, reply))
  }

  /** As {@link settle}, and stores a copy if it may be kept. */
  take(query: Query, reply: Message, hash: number, metrics: CacheMetrics): Taken {
    if (isOfFault(reply)) return { message: reply, entry: undefined }
    const classified = this.#classify(query, reply)
    const { kind, ttlSeconds } = classified
    const isToQuestion = answersQuestion(query, reply)
    const message = settled(query, reply, classified)
    if (message.optAt >= 0) return { message, entry: undefined }
    if (kind === undefined) return { message, entry: undefined }
    if (!isToQuestion) {
      metrics.drops.add()
      return { message, entry: undefined }
    }
    const isSuccess = kind === Kind.SUCCESS
    const { successDisabled, denialDisabled } = this.#settings
    const isDisabled = (isSuccess ? successDisabled : denialDisabled).contains(query)
    if (isDisabled) return { message, entry: undefined }
    const entry = makeEntry(kind, hash, query, message, ttlSeconds, this.#clock.now())
    if (!this.#isWorse(entry, query)) this.#store(entry, metrics)
    return { message, entry }
  }

  #classify(query: Query, reply: Message): Classified {
    const wallMs = query.isDnssecOk ? this.#clock.wallNow() : 0
    return classify(query, reply, this.#settings, wallMs)
  }

  #store(entry: Entry, metrics: CacheMetrics): void {
    const store = this.#stores.of(entry)
    const evicted = store.put(entry)
    if (evicted > 0) metrics.evictions[entry.kind].add(evicted)
    metrics.entries[entry.kind].set(store.count)
  }

  /** With *prefer_positive*, a reply without answers does not replace an answer still of use. */
  #isWorse(entry: Entry, query: Query): boolean {
    const { prefersPositive, stale } = this.#settings
    if (!prefersPositive || stale === undefined || entry.kind !== Kind.SUCCESS) return false
    if (entry.hasAnswer) return false
    const known = this.#stores.success.find(entry.hash, query, entry.variant)
    return known?.hasAnswer === true && entry.storedMs < known.expiresMs + stale.maxStaleMs
  }
}

function isOfFault(reply: Message): boolean {
  return reply.isDropped || reply.isLocalFailure || reply.cause !== undefined
}

function settled(query: Query, reply: Message, { ttlSeconds, isUniform }: Classified): Message {
  const message = withoutOpt(query, reply)
  message.answeredBy = 'cache'
  if (!isUniform && message.optAt < 0) {
    writeTtls(message.wire, message.answerAt, message.size, ttlSeconds)
  }
  return message
}

/**
 * Removes the OPT record, which is between two hops only (RFC 6891 6.1.1). One with upper bits of
 * the RCODE stays: the reply would say something else without it.
 */
function withoutOpt(query: Query, message: Message): Message {
  const { optAt, optEnd, wire } = message
  if (optAt < 0 || wire[optAt + 5] !== 0) return message
  if (optEnd === message.size) {
    writeUint16(wire, HeaderOffset.ARCOUNT, message.additionalCount - 1)
    message.relaid(optAt)
    return message
  }
  // Names behind it may point at one another, so the message is made anew.
  const { answer, authority, additional, id, flags } = message
  const question = query.wire.subarray(HEADER_SIZE, query.questionEnd)
  const { wire: anew } = compose({ id, flags, question, answer, authority, additional })
  return new Message(anew)
}
