/** Listens for queries over TCP (RFC 1035 section 4.2.2, RFC 7766) and over TLS (RFC 7858). */

import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Listener, ProxyRule, Timer } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { openProxied, type ProxiedStream } from './proxied-stream.ts'
import type { ProxyPolicy } from './proxy-policy.ts'
import {
  type Client,
  clientOf,
  type ListenCounts,
  type ListenOptions,
  type Serve,
} from './serve.ts'
import { listenStream, type StreamSocketServer } from './stream-socket.ts'
import { type ConnectionOwner, TcpConnection } from './tcp-connection.ts'
import { DEFAULT_TCP_LIMITS, type TcpLimits } from './tcp-limits.ts'
import { TlsGate } from './tls-gate.ts'
import { serverOptions, type TlsIdentity } from './tls-identity.ts'

/** An open TCP or TLS listener. */
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
  readonly defaultLimits: TcpLimits
  /** Assign to change; open connections keep theirs. A TCP listener stays one. */
  identity: TlsIdentity | undefined
  /** Assign to change for connections to come. */
  proxy: ProxyPolicy | undefined
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

/** Opens a TCP listener; with an identity, one for TLS. @throws {@link ListenError} */
export async function openTcp(
  runtime: Runtime,
  options: ListenOptions,
  serve: Serve,
  limits: Partial<TcpLimits> = {},
  identity?: TlsIdentity,
): Promise<TcpListener> {
  const socket = await listenStream(options.address, options.port, options.isShared)
  const { listener } = options
  return new OpenTcp(runtime, socket, {
    listener: typeof listener === 'function' ? listener(socket.port) : listener,
    serve,
    limits: { ...DEFAULT_TCP_LIMITS, ...limits },
    identity,
    onFault: options.onFault,
  })
}

interface Parts {
  readonly listener: Listener
  readonly serve: Serve
  readonly limits: TcpLimits
  readonly identity: TlsIdentity | undefined
  readonly onFault: ((error: unknown) => void) | undefined
}

/** The name of DNS over TLS in a handshake (RFC 7858 section 9, RFC 7301). */
const TLS_PROTOCOLS = ['dot']

/** A connection whose client has still to finish its handshake, or whose balancer to name it. */
interface Handshake {
  readonly client: Client
  readonly sinceMs: number
  destroy(): void
}

class OpenTcp implements TcpListener, ConnectionOwner {
  readonly listener: Listener
  readonly counts: TcpCounts = { received: 0, dropped: 0, errors: 0, accepted: 0, refused: 0 }
  readonly onFault: (error: unknown) => void
  readonly defaultLimits = DEFAULT_TCP_LIMITS
  serve: Serve
  limits: TcpLimits
  proxy: ProxyPolicy | undefined
  readonly #runtime: Runtime
  readonly #socket: StreamSocketServer
  readonly #gate: TlsGate<Handshake> | undefined
  readonly #handshakes = new Set<Handshake>()
  readonly #connections = new Set<TcpConnection>()
  /** Clients that are waited for, the longest idle first. */
  readonly #idle = new Set<TcpConnection | Handshake>()
  readonly #timeCheck: Timer
  #closed: (() => void) | undefined

  constructor(runtime: Runtime, socket: StreamSocketServer, parts: Parts) {
    this.#runtime = runtime
    this.#socket = socket
    this.listener = parts.listener
    this.serve = parts.serve
    this.limits = parts.limits
    this.onFault = parts.onFault ?? (() => {})
    this.#gate = parts.identity && this.#openGate(parts.identity)
    socket.server.on('connection', (client) => this.#accept(client))
    // Out of file descriptors, most likely: those who are connected go on.
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
    return this.#connections.size + this.#handshakes.size
  }

  get identity(): TlsIdentity | undefined {
    return this.#gate?.identity
  }

  set identity(identity: TlsIdentity | undefined) {
    if (this.#gate !== undefined && identity !== undefined) this.#gate.identity = identity
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
    if (this.connectionCount === 0) this.#closed?.()
  }

  async close(graceMs: number = CLOSE_GRACE_MS): Promise<void> {
    const stopped = this.#socket.close()
    const allClosed = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    for (const connection of this.#connections) connection.finish()
    for (const handshake of this.#handshakes) handshake.destroy()
    const grace = this.#runtime.clock.after(graceMs, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    if (this.connectionCount > 0) await allClosed
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
    const rule = this.proxy?.ruleFor(socket.remoteAddress) ?? 'skip'
    if (rule === 'skip') this.#begin(socket, clientOf(socket))
    else this.#unwrap(socket, rule)
  }

  /** What a balancer says first is waited for as a handshake is. */
  #unwrap(raw: Socket, rule: Exclude<ProxyRule, 'skip'>): void {
    const waiting = this.#await(raw, clientOf(raw))
    openProxied(raw, rule, (stream, client = waiting.client) => {
      this.#forget(waiting)
      if (this.#closed === undefined) this.#begin(stream, client)
      else raw.destroy()
    })
  }

  #begin(socket: Socket | ProxiedStream, client: Client): void {
    if (this.#gate === undefined) this.#connect(socket, client)
    else this.#gate.begin(socket, this.#await(socket, client))
  }

  #connect(socket: Socket | ProxiedStream, client: Client): void {
    const connection = new TcpConnection(socket, client, this)
    this.#connections.add(connection)
    this.#idle.add(connection)
  }

  #openGate(identity: TlsIdentity): TlsGate<Handshake> {
    return new TlsGate<Handshake>(identity, {
      makeServer: (one) =>
        createTlsServer({ ...serverOptions(one, TLS_PROTOCOLS), allowHalfOpen: true }),
      onSecure: (socket, handshake) => {
        this.#forget(handshake)
        if (this.#closed === undefined) this.#connect(socket, handshake.client)
        else handshake.destroy()
      },
      onFault: (error) => this.onFault(error),
    })
  }

  #await(socket: Socket | ProxiedStream, client: Client): Handshake {
    const handshake: Handshake = { client, sinceMs: this.now(), destroy: () => socket.destroy() }
    this.#handshakes.add(handshake)
    this.#idle.add(handshake)
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#forget(handshake)
      if (this.connectionCount === 0) this.#closed?.()
    })
    return handshake
  }

  #forget(handshake: Handshake): void {
    this.#handshakes.delete(handshake)
    this.#idle.delete(handshake)
  }

  // Whoever holds connections without asking anything can't keep others out.
  #makeRoom(): boolean {
    const { maxConnections } = this.limits
    // Without file descriptors left nothing else works either: files, upstreams, the sidecar.
    if (this.connectionCount < Math.min(maxConnections, this.#runtime.maxOpenFiles / 2)) return true
    this.counts.refused++
    for (const waiting of this.#idle) {
      this.#idle.delete(waiting)
      if (waiting instanceof TcpConnection) this.#connections.delete(waiting)
      else this.#handshakes.delete(waiting)
      waiting.destroy()
      return true
    }
    return false
  }

  #checkTime(): void {
    const nowMs = this.now()
    for (const connection of this.#connections) connection.checkTime(nowMs)
    for (const handshake of this.#handshakes) {
      if (nowMs - handshake.sinceMs > this.limits.firstQueryTimeoutMs) handshake.destroy()
    }
  }
}
