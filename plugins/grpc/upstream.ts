/** One upstream: its connection, which is made when it is needed, and what it answers. */

import {
  type AddressWithPort,
  DnsError,
  DURATION_BOUNDS,
  formatAddressWithPort,
  formatRcode,
  type Host,
  type Http2Connection,
  Message,
  type Query,
  type TlsOptions,
} from '@fingerpost/sdk'
import { composePacket, readPacket } from './dns-packet.ts'

const PATH = '/coredns.dns.DnsService/Query'
const FIELDS = { 'content-type': 'application/grpc', te: 'trailers' }
const DIAL_TIMEOUT_MS = 2000
const MAX_RESPONSE_BYTES = 65_535 + 64

export class Upstream {
  readonly label: string
  readonly #address: AddressWithPort
  readonly #tls: (() => Promise<TlsOptions>) | undefined
  readonly #host: Host
  readonly #metrics: ReturnType<typeof makeMetrics>
  #connection: Promise<Http2Connection> | undefined

  constructor(address: AddressWithPort, tls: (() => Promise<TlsOptions>) | undefined, host: Host) {
    this.#address = address
    this.#tls = tls
    this.#host = host
    this.label = formatAddressWithPort(address)
    this.#metrics = makeMetrics(host, this.label)
  }

  /**
   * Asks; the response is to this query.
   * @throws DnsError (rejects) when there is none in time
   */
  async ask(query: Query, timeoutMs: number): Promise<Message> {
    const { clock } = this.#host
    const startMs = clock.now()
    this.#metrics.requests.add()
    try {
      const connection = await this.#connect(Math.min(timeoutMs, DIAL_TIMEOUT_MS))
      const { status, fields, body } = await connection.post({
        path: PATH,
        fields: FIELDS,
        body: composePacket(query.wire),
        timeoutMs: Math.max(timeoutMs - (clock.now() - startMs), 1),
        maxBytes: MAX_RESPONSE_BYTES,
      })
      const isGood = status === 200 && (fields['grpc-status'] ?? '0') === '0'
      if (!isGood) throw new Error(reasonOf(status, fields))
      const message = Message.parse(readPacket(body) ?? new Uint8Array())
      if (message === undefined) throw new Error('no DNS message in the response')
      this.#metrics.responses(formatRcode(message.rcode)).add()
      this.#metrics.durations.observe((clock.now() - startMs) / 1000)
      return message
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DnsError('upstream-unreachable', `${this.label}: ${reason}`, { cause })
    }
  }

  close(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.then(
      (open) => open.close(),
      () => {},
    )
  }

  async #connect(timeoutMs: number): Promise<Http2Connection> {
    const known = await this.#connection?.catch(() => undefined)
    if (known?.isOpen) return known
    const dialled = this.#dial(timeoutMs)
    this.#connection = dialled
    return dialled
  }

  async #dial(timeoutMs: number): Promise<Http2Connection> {
    const { host: address, port } = this.#address
    const tls = this.#tls && (await this.#tls())
    return this.#host.network.dialHttp2({ address, port, timeoutMs, tls })
  }
}

function reasonOf(status: number, fields: Readonly<Record<string, string>>): string {
  if (status !== 200) return `HTTP status ${status}`
  const message = fields['grpc-message'] ?? ''
  return `gRPC status ${fields['grpc-status']}${message === '' ? '' : `, ${message}`}`
}

function makeMetrics(host: Host, to: string) {
  const responses = host.counter('responses_total', 'Counter of requests made per upstream.', [
    'rcode',
    'to',
  ])
  return {
    requests: host
      .counter('requests_total', 'Counter of requests made per upstream.', ['to'])
      .labels(to),
    responses: (rcode: string) => responses.labels(rcode, to),
    durations: host
      .histogram(
        'request_duration_seconds',
        'Histogram of the time each request took.',
        DURATION_BOUNDS,
        ['to'],
      )
      .labels(to),
  }
}
