/** One server of an etcd cluster, asked over a few connections that are kept. */

import {
  DnsError,
  type Host,
  HttpConnection,
  type StreamOptions,
  type TlsOptions,
} from '@fingerpost/sdk'
import { authorityOf, type Endpoint } from './endpoint.ts'

/** Connections to one server. */
export const MAX_CONNECTIONS = 16
/** Questions that wait for one of them. */
export const MAX_WAITING = 256
/** An answer; etcd's values may be of 1.5 MiB each, those of SkyDNS are far from it. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** Longer at rest, a connection may have died unseen behind a firewall. */
const MAX_IDLE_MS = 60_000

/** What a server answers. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Pooled {
  readonly connection: HttpConnection
  usedMs: number
}

type Waiting = (pooled: Pooled | undefined) => void

export class Member {
  /** For people: `http://localhost:2379`. */
  readonly url: string
  readonly #host: Host
  readonly #endpoint: Endpoint
  readonly #tls: (() => Promise<TlsOptions>) | undefined
  readonly #all = new Set<Pooled>()
  readonly #idle: Pooled[] = []
  readonly #waiting: Waiting[] = []
  #isClosed = false

  /** `tls` reads the files for a new connection, since certificates are renewed. */
  constructor(host: Host, endpoint: Endpoint, tls: (() => Promise<TlsOptions>) | undefined) {
    this.#host = host
    this.#endpoint = endpoint
    this.#tls = tls
    this.url = `${tls === undefined ? 'http' : 'https'}://${authorityOf(endpoint)}`
  }

  /**
   * Posts JSON, and gives what comes back, whatever its status.
   * @throws DnsError (rejects) when nothing that can be read has come until `endMs`
   */
  async post(
    path: string,
    body: object,
    token: string | undefined,
    endMs: number,
  ): Promise<Answer> {
    const pooled = await this.#take()
    try {
      return await this.#ask(pooled.connection, path, body, token, endMs)
    } finally {
      this.#giveBack(pooled)
    }
  }

  /** Ends all connections for good, and with them what is under way. */
  close(): void {
    this.#isClosed = true
    for (const { connection } of this.#all) connection.close()
    for (const wait of this.#waiting.splice(0)) wait(undefined)
  }

  async #ask(
    connection: HttpConnection,
    path: string,
    body: object,
    token: string | undefined,
    endMs: number,
  ): Promise<Answer> {
    const { clock } = this.#host
    const leftMs = endMs - clock.now()
    if (leftMs <= 0) throw new DnsError('upstream-timeout', `${this.url}: no answer in time`)
    const decoder = new TextDecoder()
    let status = 0
    let text = ''
    let sizeBytes = 0
    try {
      await connection.ask({
        target: path,
        fields: [
          ['user-agent', 'fingerpost'],
          ...(token === undefined ? [] : [['authorization', token] as const]),
        ],
        body: new TextEncoder().encode(JSON.stringify(body)),
        headMs: leftMs,
        silenceMs: leftMs,
        totalMs: leftMs,
        onHead: (head) => {
          status = head.status
        },
        onBody: (bytes, from, end) => {
          sizeBytes += end - from
          if (sizeBytes > MAX_ANSWER_BYTES) {
            throw new RangeError(`the answer is longer than ${MAX_ANSWER_BYTES} octets`)
          }
          text += decoder.decode(bytes.subarray(from, end), { stream: true })
        },
      })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DnsError('upstream-unreachable', `${this.url}: ${reason}`, { cause })
    }
    return { status, body: parseJson(text) }
  }

  async #take(): Promise<Pooled> {
    const { clock } = this.#host
    let pooled = this.#isClosed ? undefined : (this.#idle.pop() ?? this.#open())
    if (pooled === undefined && !this.#isClosed) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new DnsError('too-many-queries', `${this.url}: too many questions wait`)
      }
      pooled = await new Promise<Pooled | undefined>((resolve) => this.#waiting.push(resolve))
    }
    if (pooled === undefined) {
      throw new DnsError('upstream-unreachable', `${this.url}: the connection was closed`)
    }
    if (clock.now() - pooled.usedMs > MAX_IDLE_MS) {
      pooled.connection.reset(new Error('the connection is too old'))
    }
    return pooled
  }

  #open(): Pooled | undefined {
    if (this.#all.size >= MAX_CONNECTIONS) return undefined
    const { network, clock } = this.#host
    const connection = new HttpConnection({
      network,
      clock,
      authority: authorityOf(this.#endpoint),
      target: () => this.#target(),
    })
    const pooled = { connection, usedMs: clock.now() }
    this.#all.add(pooled)
    return pooled
  }

  async #target(): Promise<StreamOptions> {
    const { host: address, port } = this.#endpoint
    const tls = await this.#tls?.()
    return { address, port, timeoutMs: DIAL_MS, tls: tls && { ...tls, ...nameFor(address) } }
  }

  #giveBack(pooled: Pooled): void {
    pooled.usedMs = this.#host.clock.now()
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(pooled)
    else next(pooled)
  }
}

/** How long a connection may take to be made. */
const DIAL_MS = 2000

/** An address is checked against the certificate's addresses and can't be a server name. */
function nameFor(host: string): Pick<TlsOptions, 'serverName' | 'alpn'> {
  const isAddress = host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
  return { ...(isAddress ? {} : { serverName: host }), alpn: ['http/1.1'] }
}

/** Undefined for what is no JSON: a page of a proxy, say. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
