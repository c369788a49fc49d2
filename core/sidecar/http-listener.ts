/**
 * One address and port that HTTP is served at, with bounds that hold under all three runtimes.
 * RFC 9110, RFC 9112.
 *
 * Connections are accepted by `node:net` and handed to the HTTP parser of `node:http`: Bun tells
 * of a connection only when it has sent something, and then nobody could count the silent ones.
 * What the parser gets at a time is bounded by `metered-stream.ts`.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Timer } from '@fingerpost/sdk'
import { getRequestListener } from '@hono/node-server'
import { errorCode, ListenError } from '../listen/listen-error.ts'
import { formatClientAddress, isWildcard } from '../listen/serve.ts'
import { faultBody } from './http-fault.ts'
import type { HttpLimits } from './http-limits.ts'
import { MeteredStream } from './metered-stream.ts'

/** Who sent a request: what applications get as their environment. */
export interface HttpClient {
  readonly address: string
  readonly port: number
}

/** Answers requests; hono's `fetch`. */
export type HttpFetch = (
  request: Request,
  environment: { readonly client: HttpClient },
) => Response | Promise<Response>

/** Where to listen. */
export interface HttpPlace {
  /** An IP address or a host name; empty for all addresses. */
  readonly address: string
  /** 0 for any free port. */
  readonly port: number
  /** Whether other processes may have the port as well: a server and its successor. */
  readonly isShared?: boolean | undefined
}

/** An open listener. */
export class HttpListener {
  /** Answers from now on; may be replaced at any time. */
  fetch: HttpFetch
  readonly #place: HttpPlace
  readonly #clock: Clock
  readonly #limits: HttpLimits
  readonly #parser: Server
  readonly #connections = new Map<Duplex, Connection>()
  #acceptor: NetServer | undefined
  #port = 0
  readonly #timeCheck: Timer
  #closed: (() => void) | undefined

  private constructor(place: HttpPlace, fetch: HttpFetch, clock: Clock, limits: HttpLimits) {
    this.#place = place
    this.fetch = fetch
    this.#clock = clock
    this.#limits = limits
    this.#parser = this.#makeParser()
    this.#timeCheck = clock.every(TIME_CHECK_INTERVAL_MS, () => this.#checkTime())
  }

  /** @throws ListenError */
  static async open(
    place: HttpPlace,
    fetch: HttpFetch,
    clock: Clock,
    limits: HttpLimits,
  ): Promise<HttpListener> {
    const listener = new HttpListener(place, fetch, clock, limits)
    try {
      await listener.resume()
    } catch (error) {
      listener.#timeCheck.cancel()
      throw error
    }
    return listener
  }

  /** The port that was bound. */
  get port(): number {
    return this.#port
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Frees the port; connections go on. */
  pause(): void {
    this.#acceptor?.close()
    this.#acceptor = undefined
  }

  /**
   * Takes the port again after {@link pause}.
   * @throws ListenError
   */
  async resume(): Promise<void> {
    const address = normaliseAddress(this.#place.address)
    const port = this.#port || this.#place.port
    try {
      this.#acceptor = await this.#listen(address, port)
    } catch (error) {
      throw new ListenError('tcp', address, port, error)
    }
    this.#port = (this.#acceptor.address() as AddressInfo).port
  }

  /**
   * Frees the port and ends all connections. Responses under way have a moment to get out, and so
   * have requests of those who came last: a successor on the same port does not see them.
   */
  async close(): Promise<void> {
    // Right after those who waited were accepted: the system resets who waits when the port is freed.
    await nextTurn()
    await nextTurn()
    this.pause()
    // Who was accepted as the port was freed is told of in the turn that has begun.
    await nextTurn()
    const allClosed = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    for (const [socket, { response, hasAnswered }] of this.#connections) {
      if (response === undefined && hasAnswered) socket.destroy()
    }
    const newcomers = this.#clock.after(NEWCOMER_GRACE_MS, () => {
      for (const [socket, { response }] of this.#connections) {
        if (response === undefined) socket.destroy()
      }
    })
    const grace = this.#clock.after(this.#limits.closeGraceMs, () => {
      for (const socket of this.#connections.keys()) socket.destroy()
    })
    if (this.#connections.size > 0) await allClosed
    newcomers.cancel()
    grace.cancel()
    this.#timeCheck.cancel()
  }

  #makeParser(): Server {
    const respond = getRequestListener(
      (request, { incoming }) => {
        const { remoteAddress = '', remotePort = 0 } = incoming.socket
        const client = { address: formatClientAddress(remoteAddress), port: remotePort }
        return this.fetch(request, { client })
      },
      {
        overrideGlobalObjects: false,
        errorHandler: () => rawFault(400, 'bad-request', 'the request can not be understood'),
      },
    )
    // Timeouts are kept here: those of the parser work only for connections that it accepted.
    const options = { maxHeaderSize: this.#limits.maxHeaderBytes, keepAliveTimeout: 0 }
    const parser = createServer(options, (request, response) => {
      this.#onRequest(request, response)
      void respond(request, response)
    })
    // Deno ends a connection after its first response if the parser does not listen itself.
    Object.defineProperty(parser, 'listening', { get: () => true })
    parser.on('clientError', (error, socket) => this.#onClientError(error, socket))
    return parser
  }

  async #listen(address: string, port: number): Promise<NetServer> {
    if (address !== '') return this.#listenOn(address, port)
    try {
      return await this.#listenOn('::', port)
    } catch (error) {
      if (!NO_IPV6_CODES.includes(errorCode(error))) throw error
      return this.#listenOn('0.0.0.0', port)
    }
  }

  #listenOn(host: string, port: number): Promise<NetServer> {
    return new Promise((resolve, reject) => {
      const options = { allowHalfOpen: true, noDelay: true }
      const server = createNetServer(options, (socket) => this.#accept(socket))
      server.once('error', reject)
      server.once('listening', () => {
        server.off('error', reject)
        // Out of file descriptors, most likely: those who are connected go on.
        server.on('error', () => {})
        resolve(server)
      })
      const { isShared = false } = this.#place
      server.listen({ host, port, backlog: BACKLOG, exclusive: true, reusePort: isShared })
    })
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {})
    if (this.#closed !== undefined || !this.#makeRoom()) {
      socket.destroy()
      return
    }
    const connection = new Connection(this.#clock.now())
    const stream = new MeteredStream(socket, () => !connection.isReading)
    connection.stream = stream
    this.#connections.set(stream, connection)
    stream.once('close', () => {
      this.#connections.delete(stream)
      if (this.#connections.size === 0) this.#closed?.()
    })
    stream.on('error', () => {})
    this.#parser.emit('connection', stream)
  }

  /** Whoever holds connections without asking anything can't keep others out. */
  #makeRoom(): boolean {
    if (this.#connections.size < this.#limits.maxConnections) return true
    for (const [socket, connection] of this.#connections) {
      if (!connection.isReading) continue
      this.#connections.delete(socket)
      socket.destroy()
      return true
    }
    return false
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const stream: Duplex = request.socket
    const connection = this.#connections.get(stream)
    if (connection === undefined) return
    connection.request = request
    connection.response = response
    response.once('close', () => {
      // Several requests may have been in one piece.
      if (connection.response !== response) return
      // The rest of a body that nobody wanted is no new request.
      if (!request.complete) connection.isEnding = true
      connection.request = undefined
      connection.response = undefined
      connection.hasAnswered = true
      connection.sinceMs = this.#clock.now()
      if (connection.stream) connection.stream.isSilent = true
      if (this.#closed !== undefined) stream.end(() => stream.destroy())
      // Behind those that wait longer.
      else if (this.#connections.delete(stream)) this.#connections.set(stream, connection)
      connection.stream?.feed()
    })
  }

  #onClientError(error: Error, socket: Duplex): void {
    const connection = this.#connections.get(socket)
    const isAnswerable = socket.writable && connection?.response?.headersSent !== true
    if (!isAnswerable || errorCode(error) === 'ECONNRESET') {
      socket.destroy()
    } else if (errorCode(error) === 'HPE_HEADER_OVERFLOW') {
      endWith(socket, 431, 'headers-too-large', 'the headers of the request are too large')
    } else {
      endWith(socket, 400, 'bad-request', 'this is not HTTP/1.1')
    }
  }

  #checkTime(): void {
    const nowMs = this.#clock.now()
    for (const [socket, connection] of this.#connections) {
      const { requestTimeoutMs, responseTimeoutMs } = this.#limits
      const { isReading, sinceMs, isEnding } = connection
      if (isReading && nowMs - sinceMs >= requestTimeoutMs) {
        if (isEnding || connection.stream?.isSilent !== false || !socket.writable) socket.destroy()
        else endWith(socket, 408, 'request-timeout', 'the request took too long to arrive')
        connection.isEnding = true
      } else if (nowMs - sinceMs >= requestTimeoutMs + responseTimeoutMs) {
        socket.destroy()
      }
    }
  }
}

/** What is known of a connection, apart from its socket. */
class Connection {
  /** The time of its start or of its last response. */
  sinceMs: number
  stream: MeteredStream | undefined = undefined
  request: IncomingMessage | undefined = undefined
  response: ServerResponse | undefined = undefined
  hasAnswered = false
  /** Was told that it is at its end. */
  isEnding = false

  constructor(nowMs: number) {
    this.sinceMs = nowMs
  }

  /** Whether a request, or the rest of one, has still to come. */
  get isReading(): boolean {
    return this.request?.complete !== true
  }
}

const TIME_CHECK_INTERVAL_MS = 500
/** How long a listener that closes waits for the first request of a connection. */
const NEWCOMER_GRACE_MS = 250
/** Connections that the system may hold until they are accepted. */
const BACKLOG = 64
const NO_IPV6_CODES = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', '']

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** One spelling for all addresses, and one meaning for `localhost`: Go, too, takes IPv4 first. */
export function normaliseAddress(address: string): string {
  if (address.toLowerCase() === 'localhost') return '127.0.0.1'
  return isWildcard(address) ? '' : address
}

/** Answers a request that never got to an application, and ends the connection. */
function endWith(socket: Duplex, status: number, code: string, message: string): void {
  const body = faultBody(code, message)
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function rawFault(status: number, code: string, message: string): Response {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  return new Response(faultBody(code, message), { status, headers })
}
