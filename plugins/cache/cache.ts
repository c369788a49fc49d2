/**
 * Answers from the stores and, where they have nothing, from the rest of the chain. A hit is
 * synchronous and allocates nothing but its reply. RFC 1035 7.4, RFC 2308, RFC 8767. Hot path:
 * `answer`.
 */

import {
  type Answer,
  Class,
  type Clock,
  Flag,
  type Host,
  type Listener,
  type Message,
  type Next,
  type Query,
  Type,
} from '@fingerpost/sdk'
import { Asker, type Inquiry } from './ask.ts'
import { type Entry, variantOf } from './entry.ts'
import { Intake } from './intake.ts'
import { type CacheMetrics, declareMetrics } from './metrics.ts'
import { Refresher } from './refresh.ts'
import { replyFrom, wantsAd } from './reply.ts'
import type { Settings } from './settings.ts'
import type { Stores } from './stores.ts'

/** The cache of one server block. */
export class Cache {
  readonly #settings: Settings
  readonly #stores: Stores
  readonly #clock: Clock
  readonly #asker: Asker
  readonly #refresher: Refresher
  readonly #maxStaleMs: number
  readonly #metricsOf: (listener: Listener) => CacheMetrics
  // By the index of the listener.
  readonly #metrics: (CacheMetrics | undefined)[] = []

  constructor(settings: Settings, stores: Stores, host: Host) {
    this.#settings = settings
    this.#stores = stores
    this.#clock = host.clock
    this.#asker = new Asker(new Intake(settings, stores, host.clock))
    this.#refresher = new Refresher(settings, stores, this.#asker, host.clock)
    this.#maxStaleMs = settings.stale?.maxStaleMs ?? 0
    this.#metricsOf = declareMetrics(host, settings.zonesLabel)
  }

  /** Answers a query; passes what is not for caches. */
  answer(query: Query, next: Next): Answer {
    if (query.qclass !== Class.IN || (query.flags & Flag.OPCODE) !== 0) return undefined
    if (query.qtype === Type.AXFR || query.qtype === Type.IXFR) return undefined
    if (!this.#settings.zones.contains(query)) return undefined
    const metrics = this.#metrics[query.listener.index] ?? this.#addListener(query.listener)
    metrics.requests.add()
    const nowMs = this.#clock.now()
    const variant = variantOf(query)
    const hash = this.#stores.hashOf(query, variant)
    if (this.#settings.unstored.contains(query)) {
      metrics.misses.add()
      const isUnstored = true
      // Who looks at AD must not wait for a query without it.
      const ownHash = wantsAd(query) ? hash : ~hash
      return this.#asker.askUnstored({ query, hash: ownHash, next, metrics, nowMs, isUnstored })
    }
    const bestBeforeMs = nowMs - this.#maxStaleMs
    const entry = this.#settings.prefersPositive
      ? this.#stores.findPositive(hash, query, variant, bestBeforeMs)
      : this.#stores.find(hash, query, variant, bestBeforeMs)
    if (entry === undefined) {
      metrics.misses.add()
      query.trace?.('miss')
      return this.#asker.ask({ query, hash, next, metrics, nowMs })
    }
    metrics.hits[entry.kind].add()
    query.trace?.(describeHit(entry, nowMs))
    this.#stores.of(entry).touch(entry)
    if (nowMs >= entry.expiresMs) {
      return this.#answerExpired({ query, hash, next, metrics, nowMs }, entry)
    }
    const leftSeconds = entry.ttlSeconds - Math.floor((nowMs - entry.storedMs) / 1000)
    const reply = replyFrom(entry, query, this.#settings.keepsTtl ? entry.ttlSeconds : leftSeconds)
    if (this.#settings.prefetch !== undefined && this.#isDue(entry, nowMs, leftSeconds)) {
      this.#refresher.refresh({ query, hash, next, metrics, nowMs }, entry)
    }
    return reply
  }

  /** Counts a hit, and tells whether the entry is so popular and so old that it is prefetched. */
  #isDue(entry: Entry, nowMs: number, leftSeconds: number): boolean {
    const { prefetch } = this.#settings
    if (prefetch === undefined) return false
    const isPause = nowMs - entry.lastHitMs > prefetch.maxPauseMs
    entry.hits = isPause ? 1 : entry.hits + 1
    entry.lastHitMs = nowMs
    const thresholdSeconds = Math.ceil((prefetch.percentage / 100) * entry.ttlSeconds)
    return entry.hits >= prefetch.minHits && leftSeconds <= thresholdSeconds
  }

  #answerExpired(inquiry: Inquiry, entry: Entry): Message | Promise<Message> {
    const { nowMs } = inquiry
    if (this.#settings.stale?.mode !== 'verify') {
      const reply = this.#staleReply(inquiry, entry)
      if (!this.#isDeniedSince(inquiry, entry)) this.#refresher.refresh(inquiry, entry)
      return reply
    }
    if (nowMs < entry.retryAtMs || this.#isDeniedSince(inquiry, entry)) {
      return this.#staleReply(inquiry, entry)
    }
    const answer = this.#refresher.verify(inquiry, entry)
    if (answer instanceof Promise) {
      return answer.then((message) => message ?? this.#staleReply(inquiry, entry))
    }
    return answer ?? this.#staleReply(inquiry, entry)
  }

  /** With *prefer_positive*: whether a newer denial, still fresh, already is known. */
  #isDeniedSince({ query, hash, nowMs }: Inquiry, entry: Entry): boolean {
    if (!this.#settings.prefersPositive) return false
    const denial = this.#stores.denial.find(hash, query, entry.variant)
    return denial !== undefined && denial !== entry && nowMs < denial.expiresMs
  }

  #staleReply({ query, metrics }: Inquiry, entry: Entry): Message {
    metrics.servedStale.add()
    const { keepsTtl, stale } = this.#settings
    const responseTtlSeconds = Math.floor((stale?.responseTtlMs ?? 0) / 1000)
    return replyFrom(entry, query, keepsTtl ? entry.ttlSeconds : responseTtlSeconds)
  }

  #addListener(listener: Listener): CacheMetrics {
    const metrics = this.#metricsOf(listener)
    this.#metrics[listener.index] = metrics
    return metrics
  }
}

function describeHit({ kind, ttlSeconds, storedMs, expiresMs }: Entry, nowMs: number): string {
  const age = Math.floor((nowMs - storedMs) / 1000)
  const state = nowMs < expiresMs ? `${ttlSeconds - age} s left` : 'expired'
  return `hit in the ${kind} cache, ${age} s old, ${state}`
}
