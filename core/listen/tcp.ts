/** Listens for queries over TCP. RFC 1035 section 4.2.2, RFC 7766. */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Listener, Timer } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { errorCode, ListenError } from './listen-error.ts'
import { type PortClaim, PortClaims } from './port-claims.ts'
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
  claims.check(address, options.port)
  const server = await listenOn(address, options.port)
  const { port } = server.address() as AddressInfo
  const { listener } = options
  const tcp = new OpenTcp(runtime, server, {
    address,
    port,
    listener: typeof listener === 'function' ? listener(port) : listener,
    serve,
    limits: { ...DEFAULT_TCP_LIMITS, ...limits },
    onFault: options.onFault,
  })
  try {
    claims.add(tcp)
  } catch (error) {
    await tcp.close(0)
    throw error
  }
  return tcp
}

interface Parts {
  readonly address: string
  readonly port: number
  readonly listener: Listener
  readonly serve: Serve
  readonly limits: TcpLimits
  readonly onFault: ((error: unknown) => void) | undefined
}

class OpenTcp implements TcpListener, ConnectionOwner, PortClaim {
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
    const stopped = new Promise((resolve) => this.#server.close(resolve))
    claims.remove(this)
    const allClosed = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    for (const connection of this.#connections) connection.finish()
    const grace = this.#runtime.clock.after(graceMs, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    if (this.#connections.size > 0) await allClosed
    await stopped
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
    const { maxConnections } = this.limits
    // Without file descriptors left nothing else works either: files, upstreams, the sidecar.
    if (this.#connections.size < Math.min(maxConnections, this.#runtime.maxOpenFiles / 2)) {
      return true
    }
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

const claims = new PortClaims('tcp')
const FREE_PORT_ATTEMPTS = 5
/** Connections that the system may hold until they are accepted. */
const BACKLOG = 1024
const SERVER_OPTIONS = { allowHalfOpen: true, noDelay: true }
const NO_IPV6_CODES = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL', '']

/**
 * Makes a listening server. It shares its port (where the runtime can: Bun, Deno, Node from 23), so
 * that a reload may open `127.0.0.1:53` while `:53` still serves. Sharing with other processes is
 * not meant; as that would go unnoticed, a first server without sharing finds out.
 */
async function listenOn(address: string, port: number): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const isShared = port !== 0 && claims.holdsPort(port)
    try {
      const probe = await listenOnAny(address, port, isShared)
      const found = probe.address() as AddressInfo
      await new Promise((resolve) => probe.close(resolve))
      return await listenOnOne(found.address, found.port, true)
    } catch (error) {
      // Someone may take the free port between finding and sharing it.
      const isLostRace = port === 0 && errorCode(error) === 'EADDRINUSE'
      if (!isLostRace || attempt === FREE_PORT_ATTEMPTS) {
        throw new ListenError('tcp', address, port, error)
      }
    }
  }
}

async function listenOnAny(address: string, port: number, isShared: boolean): Promise<Server> {
  if (address !== '') return listenOnOne(address, port, isShared)
  try {
    return await listenOnOne('::', port, isShared)
  } catch (error) {
    if (!NO_IPV6_CODES.includes(errorCode(error))) throw error
    return listenOnOne('0.0.0.0', port, isShared)
  }
}

function listenOnOne(host: string, port: number, isShared: boolean): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(SERVER_OPTIONS)
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve(server)
    })
    server.listen({ host, port, backlog: BACKLOG, exclusive: true, reusePort: isShared })
  })
}
