/** One *forward* line: which names it takes, its limits, and its upstreams. */

import {
  type Counter,
  createUpstreamPolicy,
  DnsError,
  equalFold,
  type Host,
  type Message,
  Name,
  type Query,
  Rcode,
  type UpstreamObserver,
  type UpstreamPolicy,
} from '@fingerpost/sdk'
import type { LineOptions } from './options.ts'
import type { Upstream } from './upstream.ts'

export class Line {
  /** Replaced as a whole when a file of upstreams changes. */
  upstreams: readonly Upstream[]
  /** Who wants to know what upstreams are asked; undefined for nobody. */
  observer: UpstreamObserver | undefined
  readonly policy: UpstreamPolicy
  readonly readTimeoutMs: number
  readonly maxFails: number
  readonly forcesTcp: boolean
  readonly prefersUdp: boolean
  readonly failsFast: boolean
  readonly passesNodata: boolean
  readonly #maxAttempts: number | undefined
  readonly #maxConcurrent: number
  readonly #nextRcodes: readonly number[]
  readonly #failoverRcodes: readonly number[]
  readonly #zones: readonly Uint8Array[]
  readonly #except: readonly Uint8Array[]
  readonly #takesAll: boolean
  readonly #rejects: Counter
  readonly #broken: Counter
  #concurrent = 0

  constructor({ args: [from], block }: LineOptions, upstreams: readonly Upstream[], host: Host) {
    this.upstreams = upstreams
    this.policy = createUpstreamPolicy(block.policy, host.random)
    this.readTimeoutMs = block.read_timeout
    this.maxFails = block.max_fails
    this.forcesTcp = block.force_tcp
    this.prefersUdp = block.prefer_udp
    this.failsFast = block.failfast_all_unhealthy_upstreams
    this.passesNodata = block.next_on_nodata
    this.#maxAttempts = block.max_connect_attempts
    this.#maxConcurrent = block.max_concurrent
    this.#nextRcodes = block.next
    this.#failoverRcodes = block.failover
    this.#zones = from.map(toWire)
    this.#except = block.except.flatMap(({ zones }) => zones).map(toWire)
    for (const { text, zones } of block.except) {
      if (zones.length === 0) host.log.warning(`except: "${text}" is no name and excepts nothing`)
    }
    this.#takesAll = from.includes('.') && this.#except.length === 0
    this.#rejects = host.counter(
      'max_concurrent_rejects_total',
      'Counter of the number of queries rejected because the concurrent queries were at maximum.',
    )
    this.#broken = host.counter(
      'healthcheck_broken_total',
      'Counter of the number of complete failures of the healthchecks.',
    )
  }

  /** Whether the name is in FROM and in no exception; FROM itself is never an exception. */
  takes(query: Query): boolean {
    if (this.#takesAll) return true
    for (const zone of this.#zones) {
      if (!isWithin(query, zone)) continue
      if (zone.length === query.questionEnd - 16) return true
      return !this.#except.some((except) => isWithin(query, except))
    }
    return false
  }

  /** Failed attempts after which a query of `count` upstreams is given up; 0 for no limit. */
  maxAttempts(count: number): number {
    return this.#maxAttempts ?? 2 * count
  }

  /** Takes a place among the concurrent queries; false when there is none. */
  enter(): boolean {
    if (this.#maxConcurrent > 0 && this.#concurrent >= this.#maxConcurrent) return false
    this.#concurrent++
    return true
  }

  leave(): void {
    this.#concurrent--
  }

  /** The reply to a query for which there was no place. */
  refuse(query: Query): Message {
    this.#rejects.add()
    const text = `concurrent queries exceeded maximum ${this.#maxConcurrent}`
    const cause = new DnsError('too-many-queries', text, { rcode: Rcode.REFUSED })
    return query.reply({ rcode: Rcode.REFUSED, cause })
  }

  /** Whether a reply with this RCODE sends the query to the next upstream. */
  failsOver(rcode: number): boolean {
    return this.#failoverRcodes.length > 0 && this.#failoverRcodes.includes(rcode)
  }

  /** Whether a reply sends the query to the next line. */
  passes(rcode: number, answerCount: number): boolean {
    if (this.passesNodata && rcode === Rcode.NOERROR && answerCount === 0) return true
    return this.#nextRcodes.length > 0 && this.#nextRcodes.includes(rcode)
  }

  countBroken(): void {
    this.#broken.add()
  }
}

function toWire(zone: string): Uint8Array {
  return Name.parseText(zone).wire
}

/** Tells whether the query's name is the zone or below it, without making a `Name` of it. */
function isWithin({ wire, questionEnd }: Query, zone: Uint8Array): boolean {
  const start = questionEnd - 4 - zone.length
  if (start < 12 || !equalFold(wire, start, zone, 0, zone.length)) return false
  let at = 12
  while (at < start) at += (wire[at] as number) + 1
  return at === start
}
