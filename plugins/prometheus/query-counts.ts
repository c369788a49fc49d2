/**
 * Counts the queries of one listener and zone. Hot path: label sets are found by small numbers and
 * made when they are first needed; counting is adding.
 */

import { type Counter, formatRcode, type Listener, type Message, type Query } from '@fingerpost/sdk'
import type { Families } from './families.ts'
import { queryTypeIndex, queryTypes } from './query-type.ts'

const IPV4 = '1'
const IPV6 = '2'
const DOT = 0x2e
// RCODEs above have no meaning yet (IANA "DNS RCODEs").
const RCODES = 24

/** The counters of one listener and zone. */
export class QueryCounts {
  readonly #families: Families
  readonly #server: string
  readonly #zone: string
  readonly #view: string
  readonly #proto: string
  readonly #durations: Families['durations']
  readonly #requestSizes: Families['requestSizes']
  readonly #responseSizes: Families['responseSizes']
  /** By type, those over IPv4 before those over IPv6. */
  readonly #requests: (Counter | undefined)[]
  #dnssecRequests: Counter | undefined
  readonly #responsesByPlugin = new Map<string, (Counter | undefined)[]>()
  // Nearly always the same plugin answers as before.
  #plugin = ''
  #responses: (Counter | undefined)[]

  constructor(families: Families, listener: Listener, zone: string, view: string) {
    this.#families = families
    this.#server = listener.label
    this.#zone = zone
    this.#view = view
    this.#proto = listener.transport === 'udp' ? 'udp' : 'tcp'
    this.#durations = families.durations.labels(this.#server, zone, this.#view)
    this.#requestSizes = families.requestSizes.labels(this.#server, zone, this.#view, this.#proto)
    this.#responseSizes = families.responseSizes.labels(this.#server, zone, this.#view, this.#proto)
    this.#requests = emptyList(2 * queryTypes.length)
    this.#responses = emptyList(RCODES)
    this.#responsesByPlugin.set(this.#plugin, this.#responses)
  }

  /** Counts a query that was answered, be it by silence. */
  count(query: Query, response: Message, durationMs: number): void {
    const type = queryTypeIndex(query.qtype)
    const request = isIpv4(query.clientAddress) ? type : type + queryTypes.length
    ;(this.#requests[request] ?? this.#addRequests(request)).add()
    this.#requestSizes.observe(query.wire.length)
    this.#durations.observe(durationMs / 1000)
    if (query.optAt >= 0 && query.isDnssecOk) {
      ;(this.#dnssecRequests ?? this.#addDnssecRequests()).add()
    }
    if (response.isDropped) return
    this.#responseSizes.observe(response.size)
    // The upper bits of an RCODE are in OPT: finding that one takes a walk over all records, which
    // has to be made anyway if the client sent one.
    const rcode = query.optAt < 0 ? (response.wire[3] as number) & 0x0f : response.rcode
    // A failure is written by nobody: core makes the response.
    const isFailure = response.isLocalFailure && response.cause !== undefined
    const plugin = isFailure ? '' : response.answeredBy
    if (plugin !== this.#plugin) this.#turnTo(plugin)
    ;(this.#responses[rcode] ?? this.#addResponses(rcode)).add()
  }

  #addRequests(index: number): Counter {
    const isIpv6 = index >= queryTypes.length
    const type = queryTypes[index % queryTypes.length] as string
    const family = isIpv6 ? IPV6 : IPV4
    const { requests } = this.#families
    const counter = requests.labels(this.#server, this.#zone, this.#view, this.#proto, family, type)
    this.#requests[index] = counter
    return counter
  }

  #addDnssecRequests(): Counter {
    this.#dnssecRequests = this.#families.dnssecRequests.labels(
      this.#server,
      this.#zone,
      this.#view,
    )
    return this.#dnssecRequests
  }

  #turnTo(plugin: string): void {
    this.#plugin = plugin
    this.#responses = this.#responsesByPlugin.get(plugin) ?? emptyList(RCODES)
    this.#responsesByPlugin.set(plugin, this.#responses)
  }

  #addResponses(rcode: number): Counter {
    const { responses } = this.#families
    const label = formatRcode(rcode)
    const counter = responses.labels(this.#server, this.#zone, this.#view, label, this.#plugin)
    if (rcode < RCODES) this.#responses[rcode] = counter
    return counter
  }
}

function emptyList(count: number): (Counter | undefined)[] {
  return new Array<Counter | undefined>(count).fill(undefined)
}

/** Addresses come without prefixes: only IPv4 has a dot among the first four characters. */
function isIpv4(address: string): boolean {
  return (
    address.charCodeAt(1) === DOT || address.charCodeAt(2) === DOT || address.charCodeAt(3) === DOT
  )
}
