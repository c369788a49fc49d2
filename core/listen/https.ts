/**
 * Listens for queries over HTTPS, HTTP/1.1 and HTTP/2 on one port; without a certificate over plain
 * HTTP/1.1, for those who have a proxy in front. RFC 8484, RFC 9113.
 *
 * Connections are accepted by `node:net` and handed to the HTTP server: that way those are counted,
 * and held to their time, that have sent nothing yet, under all three runtimes.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import type { Listener, Timer } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { MAX_PARAMETER_SIZE } from './doh-message.ts'
import { type DohOwner, DohTurn } from './doh-turn.ts'
import { errorCode } from './listen-error.ts'
import { openProxied, type ProxiedStream } from './proxied-stream.ts'
import type { ProxyPolicy } from './proxy-policy.ts'
import {
  type Client,
  clientOf,
  type ListenOptions,
  type MutableExchange,
  type Serve,
} from './serve.ts'
import { listenStream, type StreamSocketServer } from './stream-socket.ts'
import { CLOSE_GRACE_MS, type TcpCounts, type TcpListener, TIME_CHECK_INTERVAL_MS } from './tcp.ts'
import { DEFAULT_TCP_LIMITS, type TcpLimits } from './tcp-limits.ts'
import { TlsGate } from './tls-gate.ts'
import { serverOptions, type TlsIdentity } from './tls-identity.ts'

/** Hears the status of every response. */
export type OnHttpResponse = (listener: Listener, status: number) => void

export type HttpRequest = IncomingMessage | Http2ServerRequest
export type HttpResponse = ServerResponse | Http2ServerResponse

/** CoreDNS's limits for HTTPS where they differ from those of TCP. */
export const DEFAULT_HTTPS_LIMITS: TcpLimits = { ...DEFAULT_TCP_LIMITS, maxConnections: 200 }

/**
 * Opens an HTTPS listener, or an HTTP one without an identity. Of the limits, `maxQueries` does not
 * count here, as in CoreDNS.
 * @throws ListenError
 */
export async function openHttps(
  runtime: Runtime,
  options: ListenOptions & { readonly onHttpResponse?: OnHttpResponse | undefined },
  serve: Serve,
  limits: Partial<TcpLimits> = {},
  identity?: TlsIdentity,
): Promise<TcpListener> {
  const socket = await listenStream(options.address, options.port, options.isShared)
  const { listener, onFault, onHttpResponse } = options
  return new OpenHttps(runtime, socket, {
    listener: typeof listener === 'function' ? listener(socket.port) : listener,
    serve,
    limits: { ...DEFAULT_HTTPS_LIMITS, ...limits },
    identity,
    onFault: onFault ?? (() => {}),
    onHttpResponse: onHttpResponse ?? (() => {}),
  })
}

interface Parts {
  readonly listener: Listener
  readonly serve: Serve
  readonly limits: TcpLimits
  readonly identity: TlsIdentity | undefined
  readonly onFault: (error: unknown) => void
  readonly onHttpResponse: OnHttpResponse
}

const TLS_PROTOCOLS = ['h2', 'http/1.1']
/** A request's first line and headers, with the largest message in the line. */
const MAX_HEADER_BYTES = MAX_PARAMETER_SIZE + 16 * 1024

class OpenHttps implements TcpListener, DohOwner {
  readonly listener: Listener
  readonly counts: TcpCounts = { received: 0, dropped: 0, errors: 0, accepted: 0, refused: 0 }
  readonly onFault: (error: unknown) => void
  readonly defaultLimits = DEFAULT_HTTPS_LIMITS
  bodyBytes = 0
  serve: Serve
  limits: TcpLimits
  proxy: ProxyPolicy | undefined
  readonly #runtime: Runtime
  readonly #socket: StreamSocketServer
  readonly #onHttpResponse: OnHttpResponse
  // By the client's end, which requests have as well.
  readonly #connections = new Map<string, HttpConnection>()
  readonly #plain: Server
  #gate: TlsGate<HttpConnection> | undefined
  readonly #timeCheck: Timer
  #closed: (() => void) | undefined

  constructor(runtime: Runtime, socket: StreamSocketServer, parts: Parts) {
    this.#runtime = runtime
    this.#socket = socket
    this.#onHttpResponse = parts.onHttpResponse
    this.listener = parts.listener
    this.serve = parts.serve
    this.limits = parts.limits
    this.onFault = parts.onFault
    this.#plain = prepared(createServer({ maxHeaderSize: MAX_HEADER_BYTES }), this.#onRequest)
    this.identity = parts.identity
    socket.server.on('connection', (client) => this.#accept(client))
    socket.server.on('error', (error) => {
      this.counts.errors++
      this.onFault(error)
    })
    this.#timeCheck = runtime.clock.every(TIME_CHECK_INTERVAL_MS, () => this.#checkTime())
  }

  get address(): string {
    return this.#socket.address
  }

  get port(): number {
    return this.#socket.port
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get identity(): TlsIdentity | undefined {
    return this.#gate?.identity
  }

  set identity(identity: TlsIdentity | undefined) {
    if (identity === undefined) this.#gate = undefined
    else if (this.#gate !== undefined) this.#gate.identity = identity
    else this.#gate = this.#openGate(identity)
  }

  get isClosing(): boolean {
    return this.#closed !== undefined
  }

  now(): number {
    return this.#runtime.clock.now()
  }

  onResponse(status: number): void {
    this.#onHttpResponse(this.listener, status)
  }

  async close(graceMs: number = CLOSE_GRACE_MS): Promise<void> {
    const stopped = this.#socket.close()
    const allClosed = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    for (const connection of this.#connections.values()) {
      if (connection.turns.size === 0) connection.end()
    }
    const grace = this.#runtime.clock.after(graceMs, () => {
      for (const { raw } of this.#connections.values()) raw.destroy()
    })
    if (this.#connections.size > 0) await allClosed
    await stopped
    grace.cancel()
    this.#timeCheck.cancel()
  }

  #accept(raw: Socket): void {
    raw.on('error', () => {})
    if (raw.remoteAddress === undefined || this.isClosing || !this.#makeRoom()) {
      raw.destroy()
      return
    }
    this.counts.accepted++
    const end = endOf(raw)
    const connection = new HttpConnection(raw, this.listener, this.now())
    this.#connections.set(end, connection)
    raw.once('close', () => {
      if (this.#connections.get(end) === connection) this.#connections.delete(end)
      if (this.#connections.size === 0) this.#closed?.()
    })
    const rule = this.proxy?.ruleFor(raw.remoteAddress) ?? 'skip'
    if (rule === 'skip') {
      this.#begin(raw, connection)
      return
    }
    openProxied(raw, rule, (stream, client) => {
      if (client !== undefined) connection.setClient(client)
      this.#begin(stream, connection)
    })
  }

  #begin(socket: Socket | ProxiedStream, connection: HttpConnection): void {
    if (this.#gate !== undefined) {
      this.#gate.begin(socket, connection)
    } else {
      connection.isAdmitted = true
      this.#plain.emit('connection', socket)
    }
  }

  #openGate(identity: TlsIdentity): TlsGate<HttpConnection> {
    return new TlsGate<HttpConnection>(identity, {
      makeServer: (one) => {
        const options = {
          ...serverOptions(one, TLS_PROTOCOLS),
          allowHTTP1: true,
          maxHeaderSize: MAX_HEADER_BYTES,
          settings: {
            maxConcurrentStreams: this.limits.maxInFlight,
            maxHeaderListSize: MAX_HEADER_BYTES,
          },
        }
        const server = createSecureServer(options)
        server.on('sessionError', () => {})
        return prepared(server as unknown as TlsServer, this.#onRequest)
      },
      onSecure: (_, connection) => {
        connection.isAdmitted = true
      },
      onFault: (error) => this.onFault(error),
    })
  }

  readonly #onRequest = (request: HttpRequest, response: HttpResponse): void => {
    const { socket } = request
    const connection = socket && this.#connections.get(endOf(socket))
    if (connection === undefined || !connection.isAdmitted) {
      socket?.destroy()
      return
    }
    if ('stream' in request) connection.session ??= request.stream.session
    const turn = new DohTurn(request, response, connection, this)
    connection.turns.add(turn)
    turn.begin(() => this.#onTurnEnd(connection, turn))
  }

  #onTurnEnd(connection: HttpConnection, turn: DohTurn): void {
    const { turns, raw } = connection
    turns.delete(turn)
    if (turns.size > 0) return
    connection.hasAsked = true
    connection.waitsSinceMs = this.now()
    if (this.isClosing) connection.end()
    const end = endOf(raw)
    // Behind those that wait longer.
    if (this.#connections.delete(end)) this.#connections.set(end, connection)
  }

  /** Whoever holds connections without asking anything can't keep others out. */
  #makeRoom(): boolean {
    const { maxConnections } = this.limits
    if (this.#connections.size < Math.min(maxConnections, this.#runtime.maxOpenFiles / 2)) {
      return true
    }
    this.counts.refused++
    for (const [end, { turns, raw }] of this.#connections) {
      if (turns.size > 0) continue
      this.#connections.delete(end)
      raw.destroy()
      return true
    }
    return false
  }

  #checkTime(): void {
    const nowMs = this.now()
    const { firstQueryTimeoutMs, idleTimeoutMs } = this.limits
    for (const connection of this.#connections.values()) {
      const { turns, hasAsked, waitsSinceMs } = connection
      for (const turn of turns) turn.checkTime(nowMs)
      const timeoutMs = hasAsked ? idleTimeoutMs : firstQueryTimeoutMs
      if (turns.size === 0 && nowMs - waitsSinceMs > timeoutMs) connection.end()
    }
  }
}

/** What is known of a connection. */
export class HttpConnection {
  readonly raw: Socket
  /** Requests under way. */
  readonly turns = new Set<DohTurn>()
  readonly exchange: MutableExchange
  /** Its TLS is as the configuration wants it. */
  isAdmitted = false
  hasAsked = false
  waitsSinceMs: number
  /** Of HTTP/2, once there was a request. */
  session: Http2Session | undefined
  #isEnding = false

  constructor(raw: Socket, listener: Listener, nowMs: number) {
    this.raw = raw
    this.waitsSinceMs = nowMs
    const { address, port } = clientOf(raw)
    this.exchange = { listener, clientAddress: address, clientPort: port }
  }

  /** Says whom the connection's requests are of, if not its other end. */
  setClient({ address, port }: Client): void {
    this.exchange.clientAddress = address
    this.exchange.clientPort = port
  }

  /** Ends a connection without requests; a second time, at once. */
  end(): void {
    if (this.session === undefined || this.session.closed || this.#isEnding) {
      // Octets may still be on their way through the layers between.
      setImmediate(() => this.raw.destroy())
      return
    }
    this.#isEnding = true
    // Tells the client first (RFC 9113 section 9.1).
    this.session.close()
  }
}

/** Time is kept by the listener: what servers have for it works for connections they accepted. */
function prepared<S extends Server | TlsServer>(
  server: S,
  onRequest: (request: HttpRequest, response: HttpResponse) => void,
): S {
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0, timeout: 0 })
  // Deno ends a connection after its first response if the server does not listen itself.
  Object.defineProperty(server, 'listening', { get: () => true })
  server.on('request', onRequest as never)
  server.on('clientError', (error: Error, socket: Socket) => {
    if (!socket.writable || errorCode(error) === 'ECONNRESET') socket.destroy()
    else socket.end(refusalOf(error), () => socket.destroy())
  })
  return server
}

function refusalOf(error: Error): string {
  const isTooLong = errorCode(error) === 'HPE_HEADER_OVERFLOW'
  const status = isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request'
  return `HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
}

function endOf({
  remoteAddress,
  remotePort,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`
}
