/** Listens for queries over TCP. RFC 1035 section 4.2.2, RFC 7766. */

import {
  createServer,
  type ListenOptions as NodeListenOptions,
  type Server,
  type Socket,
} from 'node:net'
import type { Listener, Timer } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { errorCode, ListenError } from './listen-error.ts'
import { isWildcard, type ListenCounts, type ListenOptions, type Serve } from './serve.ts'
import { type ConnectionOwner, TcpConnection } from './tcp-connection.ts'
import { DEFAULT_TCP_LIMITS, type TcpLimits } from './tcp-limits.ts'

/** An open TCP listener. */
export interface TcpListener {
  /** As configured; empty for the wildcard address. */
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly counts: TcpCounts
  readonly connectionCount: number
  /** Assign to hand the socket and its connections to the next generation. */
  serve: Serve
  /** Assign to change; open connections heed it from their next query on. */
  limits: TcpLimits
  /** Stops listening, lets queries under way be answered for at most `graceMs`, then closes. */
  close(graceMs?: number): Promise<void>
}

export interface TcpCounts extends ListenCounts {
  accepted: number
  /** Connections closed because there were too many. */
  refused: number
}

/** How long {@link TcpListener.close} waits for answers. */
export const CLOSE_GRACE_MS = 5000
/** How often connections are held to their time limits. */
export const TIME_CHECK_INTERVAL_MS = 500

/** Opens a TCP listener. @throws {@link ListenError} */
export async function openTcp(
  runtime: Runtime,
  options: ListenOptions,
  serve: Serve,
  limits: Partial<TcpLimits> = {},
): Promise<TcpListener> {
  const address = isWildcard(options.address) ? '' : options.address
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  await listenOn(server, address, options.port)
  const { port } = server.address() as { port: number }
  const { listener } = options
  return new OpenTcp(runtime, server, {
    address,
    port,
    listener: typeof listener === 'function' ? listener(port) : listener,
    serve,
    limits: { ...DEFAULT_TCP_LIMITS, ...limits },
    onFault: options.onFault,
  })
}

interface Parts {
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly serve: Serve
  readonly limits: TcpLimits
  readonly onFault: ((error: unknown) => void) | undefined
}

class OpenTcp implements TcpListener, ConnectionOwner {
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly counts: TcpCounts = { received: 0, dropped: 0, errors: 0, accepted: 0, refused: 0 }
  readonly onFault: (error: unknown) => void
  serve: Serve
  limits: TcpLimits
  #runtime: Runtime
  #server: Server
  #connections = new Set<TcpConnection>()
  /** Those that wait for a query, the longest idle first. */
  #idle = new Set<TcpConnection>()
  #timeCheck: Timer
  #closed: (() => void) | undefined

  constructor(runtime: Runtime, server: Server, parts: Parts) {
    this.#runtime = runtime
    this.#server = server
    this.address = parts.address
    this.port = parts.port
    this.listener = parts.listener
    this.serve = parts.serve
    this.limits = parts.limits
    this.onFault = parts.onFault ?? (() => {})
    server.on('connection', (socket) => this.#accept(socket))
    // Out of file descriptors, most likely: those who are connected go on.
    server.on('error', (error) => {
      this.counts.errors++
      this.onFault(error)
    })
    this.#timeCheck = runtime.clock.every(TIME_CHECK_INTERVAL_MS, () => this.#checkTime())
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  now(): number {
    return this.#runtime.clock.now()
  }

  onIdle(connection: TcpConnection, isIdle: boolean): void {
    if (isIdle) this.#idle.add(connection)
    else this.#idle.delete(connection)
  }

  onClosed(connection: TcpConnection): void {
    this.#connections.delete(connection)
    this.#idle.delete(connection)
    if (this.#connections.size === 0) this.#closed?.()
  }

  async close(graceMs: number = CLOSE_GRACE_MS): Promise<void> {
    this.#server.close()
    const allClosed = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    for (const connection of this.#connections) connection.finish()
    const grace = this.#runtime.clock.after(graceMs, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    if (this.#connections.size > 0) await allClosed
    grace.cancel()
    this.#timeCheck.cancel()
  }

  #accept(socket: Socket): void {
    // A client may be gone before it is accepted.
    if (socket.remoteAddress === undefined || this.#closed !== undefined || !this.#makeRoom()) {
      socket.on('error', () => {})
      socket.destroy()
      return
    }
    this.counts.accepted++
    const connection = new TcpConnection(socket, this)
    this.#connections.add(connection)
    this.#idle.add(connection)
  }

  // Whoever holds connections without asking anything can't keep others out.
  #makeRoom(): boolean {
    if (this.#connections.size < this.limits.maxConnections) return true
    this.counts.refused++
    for (const connection of this.#idle) {
      this.#connections.delete(connection)
      this.#idle.delete(connection)
      connection.destroy()
      return true
    }
    return false
  }

  #checkTime(): void {
    const nowMs = this.now()
    for (const connection of this.#connections) connection.checkTime(nowMs)
  }
}

/** Connections that the system may hold until they are accepted. */
const BACKLOG = 1024

async function listenOn(server: Server, address: string, port: number): Promise<void> {
  if (address !== '') return listenOnOne(server, { host: address, port }, address, port)
  try {
    await listenOnOne(server, { host: '::', port }, address, port)
  } catch (error) {
    if (!NO_IPV6_CODES.includes(errorCode(error))) throw error
    await listenOnOne(server, { host: '0.0.0.0', port }, address, port)
  }
}

const NO_IPV6_CODES = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', '']

function listenOnOne(
  server: Server,
  options: NodeListenOptions,
  address: string,
  port: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => {
      server.off('listening', onListening)
      reject(new ListenError('tcp', address, port, error))
    }
    const onListening = (): void => {
      server.off('error', onError)
      resolve()
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen({ ...options, backlog: BACKLOG, exclusive: true })
  })
}
