/**
 * Counts queries that are refused before any server block sees them, as CoreDNS does: like those
 * of a zone named `dropped`, which is no name of a zone. The metrics are those of *prometheus*.
 */

import {
  type Counter,
  DURATION_BOUNDS,
  formatRcode,
  formatType,
  type Histogram,
  type Listener,
  type Message,
  type Query,
} from '@fingerpost/sdk'
import type { Metrics } from './metrics.ts'

/** The counters of refused queries, by listener. */
export class DroppedQueries {
  readonly #metrics: Metrics
  readonly #counts: (ListenerCounts | undefined)[] = []

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  /** `response` is what the client gets. */
  count(query: Query, response: Message): void {
    const { listener } = query
    let counts = this.#counts[listener.index]
    if (counts === undefined) {
      counts = new ListenerCounts(this.#metrics, listener)
      this.#counts[listener.index] = counts
    }
    counts.count(query, response)
  }
}

const ZONE = 'dropped'
// Neither a view nor a plugin had a part in it.
const VIEW = ''
const PLUGIN = ''
const MONITORED_TYPES = new Set(
  'A AAAA CNAME DNSKEY DS MX NS NSEC NSEC3 PTR RRSIG SOA SRV TXT HTTPS SVCB IXFR AXFR ANY'.split(
    ' ',
  ),
)
const SIZE_BOUNDS = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]

/** Label sets are kept, because such queries may come in floods. */
class ListenerCounts {
  readonly #where: readonly [server: string, zone: string, view: string]
  readonly #proto: string
  readonly #requests: Counter
  readonly #responses: Counter
  readonly #durations: Histogram
  readonly #requestSizes: Histogram
  readonly #responseSizes: Histogram
  readonly #dnssecRequests: Counter
  readonly #requestsByKey = new Map<number, Counter>()
  readonly #responsesByRcode = new Map<number, Counter>()

  constructor(metrics: Metrics, listener: Listener) {
    this.#where = [listener.label, ZONE, VIEW]
    this.#proto = listener.transport === 'udp' ? 'udp' : 'tcp'
    const where = ['server', 'zone', 'view']
    const counter = (name: string, help: string, labels: readonly string[]): Counter =>
      metrics.counter(`coredns_dns_${name}`, help, [...where, ...labels])
    const sizes = (name: string, help: string): Histogram =>
      metrics
        .histogram(`coredns_dns_${name}`, help, SIZE_BOUNDS, [...where, 'proto'])
        .labels(...this.#where, this.#proto)
    this.#requests = counter('requests_total', 'Queries.', ['proto', 'family', 'type'])
    this.#responses = counter(
      'responses_total',
      'Responses by RCODE and by the plugin that answered.',
      ['rcode', 'plugin'],
    )
    this.#dnssecRequests = counter('do_requests_total', 'Queries with DO set.', [])
    this.#durations = metrics
      .histogram(
        'coredns_dns_request_duration_seconds',
        'How long queries took to be answered.',
        DURATION_BOUNDS,
        where,
      )
      .labels(...this.#where)
    this.#requestSizes = sizes('request_size_bytes', 'Sizes of queries.')
    this.#responseSizes = sizes('response_size_bytes', 'Sizes of responses.')
  }

  count(query: Query, response: Message): void {
    this.#requestsOf(query).add()
    this.#requestSizes.observe(query.wire.length)
    if (query.isDnssecOk) this.#dnssecRequests.labels(...this.#where).add()
    // No time to speak of has passed.
    this.#durations.observe(0)
    this.#responseSizes.observe(response.size)
    this.#responsesOf(response.rcode).add()
  }

  #requestsOf({ qtype, clientAddress }: Query): Counter {
    const isIpv6 = clientAddress.includes(':')
    const name = formatType(qtype)
    const isMonitored = MONITORED_TYPES.has(name)
    const key = (isMonitored ? 2 * qtype : 0) + (isIpv6 ? 1 : 0)
    let counter = this.#requestsByKey.get(key)
    if (counter === undefined) {
      const type = isMonitored ? name : 'other'
      const family = isIpv6 ? '2' : '1'
      counter = this.#requests.labels(...this.#where, this.#proto, family, type)
      this.#requestsByKey.set(key, counter)
    }
    return counter
  }

  #responsesOf(rcode: number): Counter {
    let counter = this.#responsesByRcode.get(rcode)
    if (counter === undefined) {
      counter = this.#responses.labels(...this.#where, formatRcode(rcode), PLUGIN)
      this.#responsesByRcode.set(rcode, counter)
    }
    return counter
  }
}
