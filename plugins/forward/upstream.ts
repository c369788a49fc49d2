/** One upstream: its sockets, its health, its metrics. It may outlive a configuration. */

import {
  type Counter,
  DURATION_BOUNDS,
  formatAddressWithPort,
  formatRcode,
  type Histogram,
  type Host,
  type TlsOptions,
} from '@fingerpost/sdk'
import type { Destination } from './destination.ts'
import { HealthCheck } from './health-check.ts'
import { HttpsExchange } from './https-exchange.ts'
import type { HealthCheckOptions } from './options.ts'
import type { Pending } from './pending.ts'
import { StreamExchange } from './stream-exchange.ts'
import { UdpExchange } from './udp-exchange.ts'
import type { Upkeep } from './upkeep.ts'

/** Time to make a connection. */
const DIAL_TIMEOUT_MS = 2000
const NAME = 'forward'

/** What sockets towards an upstream depend on. */
export interface TransportOptions {
  readonly localAddress: string | undefined
  readonly idleMs: number
  readonly maxAgeMs: number
  readonly maxIdle: number
  readonly method: 'POST' | 'GET'
  readonly tls: TlsOptions
}

/** What its health checks depend on. */
export interface CheckOptions extends HealthCheckOptions {
  readonly overTcp: boolean
}

export class Upstream {
  /** Equal for upstreams that may take each other's place; see {@link upstreamKey}. */
  readonly key: string
  /** Its address and port, for people and labels. */
  readonly label: string
  readonly destination: Destination
  /** Health checks that failed since the last one that did not. */
  fails = 0
  readonly #check: HealthCheck
  readonly #udp: UdpExchange
  readonly #stream: StreamExchange
  readonly #https: HttpsExchange | undefined
  readonly #metrics: UpstreamMetrics
  #ownerCount = 0

  constructor(
    destination: Destination,
    transport: TransportOptions,
    check: CheckOptions,
    host: Host,
    upkeep: Upkeep,
  ) {
    const { host: address, port, serverName } = destination
    const { localAddress, idleMs } = transport
    const isTls = destination.transport === 'tls'
    this.key = upstreamKey(destination, transport)
    this.destination = destination
    this.label = formatAddressWithPort({ host: address, port })
    const metrics = new UpstreamMetrics(host, this.label)
    this.#metrics = metrics
    const surroundings = { network: host.network, random: host.random, upkeep }
    this.#udp = new UdpExchange({ address, port, localAddress }, idleMs, {
      ...surroundings,
      countReuse: metrics.reuseCounter('udp'),
    })
    const tls = serverName === undefined ? transport.tls : { ...transport.tls, serverName }
    this.#stream = new StreamExchange(
      {
        address,
        port,
        localAddress,
        timeoutMs: DIAL_TIMEOUT_MS,
        tls: isTls ? tls : undefined,
      },
      transport,
      { ...surroundings, countReuse: metrics.reuseCounter(isTls ? 'tcp-tls' : 'tcp') },
    )
    if (destination.transport === 'https') {
      const remote = { address, port, method: transport.method, tls }
      this.#https = new HttpsExchange(remote, host.fetch, upkeep)
    }
    this.#check = new HealthCheck(this, check, host.clock)
  }

  /** Whether UDP is possible at all. */
  get hasUdp(): boolean {
    return this.destination.transport === 'dns'
  }

  isDown(maxFails: number): boolean {
    return maxFails > 0 && this.fails > maxFails
  }

  /** Sends a query by the upstream's transport, over UDP only if `overUdp` and possible. */
  send(pending: Pending, overUdp: boolean): void {
    if (this.#https !== undefined) this.#https.send(pending)
    else if (overUdp && this.hasUdp) this.#udp.send(pending)
    else this.#stream.send(pending)
  }

  /** Notes a reply. */
  observe(rcode: number, durationMs: number): void {
    this.#metrics.duration(rcode).observe(durationMs / 1000)
  }

  /** Checks whether the upstream still answers, until it does. */
  startCheck(): void {
    this.#check.start()
  }

  /** Notes what a check found. */
  checked(isHealthy: boolean): void {
    if (!isHealthy) this.#metrics.checkFailures.add()
    this.fails = isHealthy ? 0 : this.fails + 1
  }

  /** Counts one more instance that uses the upstream; its check options replace the old ones. */
  claim(check: CheckOptions): this {
    this.#ownerCount++
    this.#check.options = check
    return this
  }

  /**
   * Counts one less. With the last, sockets close: at once if `isShutdown`, else when what is in
   * flight on them was answered or timed out.
   */
  release(isShutdown: boolean): void {
    if (--this.#ownerCount > 0) return
    this.#check.stop()
    for (const exchange of [this.#udp, this.#stream, this.#https]) {
      if (isShutdown) exchange?.close()
      else exchange?.retire()
    }
  }
}

/** Tells which upstreams are the same but for the generation that configured them. */
export function upstreamKey(destination: Destination, transport: TransportOptions): string {
  return JSON.stringify([destination, transport])
}

/** The metrics of one upstream, looked up once. */
class UpstreamMetrics {
  readonly checkFailures: Counter
  readonly #to: string
  readonly #host: Host
  readonly #durations: Histogram
  readonly #byRcode: Histogram[] = []

  constructor(host: Host, to: string) {
    this.#to = to
    this.#host = host
    this.#durations = host.histogram(
      'coredns_proxy_request_duration_seconds',
      'Histogram of the time each request took.',
      DURATION_BOUNDS,
      ['proxy_name', 'to', 'rcode'],
    )
    this.checkFailures = host
      .counter(
        'coredns_proxy_healthcheck_failures_total',
        'Counter of the number of failed healthchecks.',
        ['proxy_name', 'to'],
      )
      .labels(NAME, to)
  }

  duration(rcode: number): Histogram {
    const known = this.#byRcode[rcode]
    if (known !== undefined) return known
    const made = this.#durations.labels(NAME, this.#to, rcodeLabel(rcode))
    this.#byRcode[rcode] = made
    return made
  }

  /** A counter of reuse, as CoreDNS counts its cached connections. */
  reuseCounter(proto: 'udp' | 'tcp' | 'tcp-tls'): (isReused: boolean) => void {
    const labels = ['proxy_name', 'to', 'proto']
    const hits = this.#host.counter(
      'coredns_proxy_conn_cache_hits_total',
      'Counter of connection cache hits per upstream and protocol.',
      labels,
    )
    const misses = this.#host.counter(
      'coredns_proxy_conn_cache_misses_total',
      'Counter of connection cache misses per upstream and protocol.',
      labels,
    )
    // Series of transports that are never used are not made.
    let hit: Counter | undefined
    let miss: Counter | undefined
    return (isReused) => {
      if (isReused) {
        hit ??= hits.labels(NAME, this.#to, proto)
        hit.add()
      } else {
        miss ??= misses.labels(NAME, this.#to, proto)
        miss.add()
      }
    }
  }
}

function rcodeLabel(rcode: number): string {
  const text = formatRcode(rcode)
  return text.startsWith('RCODE') ? String(rcode) : text
}
