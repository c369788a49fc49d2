/**
 * Exchanges messages with one upstream over TCP or TLS: connections are kept and reused, and take
 * several queries at once when all of them are busy (RFC 7766 6.2, RFC 7858 3.3).
 */

import type { Network, Random, StreamOptions } from '@fingerpost/sdk'
import type { Pending } from './pending.ts'
import { closedFault, type Ends, tooMany } from './socket-fault.ts'
import { StreamConnection } from './stream-connection.ts'
import type { Member, Upkeep } from './upkeep.ts'

/** Connections towards one upstream. */
export const MAX_CONNECTIONS = 16
/** Queries in flight on one connection. */
export const MAX_PIPELINED = 128
// Connections are looked at for their age this often; the rest of a tick is timeouts.
const SWEEP_MS = 500

/** How long connections are kept. */
export interface StreamLimits {
  /** Closed after so much idle time; with 0 every connection serves once. */
  readonly idleMs: number
  /** Not reused at this age; 0 for no limit. */
  readonly maxAgeMs: number
  /** Idle connections kept; 0 for no limit. */
  readonly maxIdle: number
}

/** What an exchange needs of its surroundings. */
export interface StreamSurroundings {
  readonly network: Network
  readonly random: Random
  readonly upkeep: Upkeep
  /** Whether a query went over a connection that was there, or was the reason to make one. */
  countReuse(isReused: boolean): void
}

/** The TCP or TLS side of one upstream. */
export class StreamExchange implements Member {
  readonly #remote: StreamOptions & Ends
  readonly #limits: StreamLimits
  readonly #to: StreamSurroundings
  readonly #connections: StreamConnection[] = []
  readonly #retired = new Set<StreamConnection>()
  #isClosed = false
  #sweepAt = 0

  constructor(remote: StreamOptions, limits: StreamLimits, surroundings: StreamSurroundings) {
    this.#remote = { ...remote, network: 'tcp' }
    this.#limits = limits
    this.#to = surroundings
  }

  /** Sends a query; what becomes of it is told to `pending`. */
  send(pending: Pending): void {
    if (this.#isClosed) {
      pending.onFault(closedFault())
      return
    }
    const now = this.#to.upkeep.clock.now()
    const connection = this.#idle(now) ?? this.#connect() ?? this.#leastBusy()
    if (connection === undefined) {
      pending.onFault(tooMany(this.#remote, MAX_CONNECTIONS * MAX_PIPELINED))
      return
    }
    this.#to.countReuse(connection.isOpen)
    connection.send(pending)
  }

  /** Takes no more queries and lets go of connections as soon as nothing is in flight on them. */
  retire(): void {
    this.#isClosed = true
    for (const connection of [...this.#connections]) this.#retire(connection)
  }

  /** Closes everything; what was in flight fails. */
  close(): void {
    this.retire()
    for (const connection of [...this.#retired]) connection.close(closedFault())
    this.#to.upkeep.remove(this)
  }

  tick(now: number): boolean {
    for (const connection of [...this.#connections]) {
      // One that lets a query time out may be dead behind a silent router: it gets no more.
      if (connection.expire(now)) this.#retire(connection)
    }
    for (const connection of [...this.#retired]) {
      connection.expire(now)
      if (connection.load === 0) connection.close(closedFault())
    }
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + SWEEP_MS
      for (const connection of [...this.#connections]) {
        if (connection.load === 0 && this.#isOver(connection, now)) this.#retire(connection)
      }
    }
    return this.#connections.length + this.#retired.size > 0
  }

  /** The first idle connection, so that under little load the last ones get to expire. */
  #idle(now: number): StreamConnection | undefined {
    for (const connection of [...this.#connections]) {
      if (!connection.isOpen || connection.load > 0) continue
      if (!this.#isOver(connection, now)) return connection
      this.#retire(connection)
    }
    return undefined
  }

  #isOver(connection: StreamConnection, now: number): boolean {
    const { idleMs, maxAgeMs } = this.#limits
    if (!connection.isOpen) return false
    if (maxAgeMs > 0 && now - connection.openedAt >= maxAgeMs) return true
    return now - connection.idleSince >= idleMs
  }

  #leastBusy(): StreamConnection | undefined {
    let best: StreamConnection | undefined
    for (const connection of this.#connections) {
      if (connection.load < (best?.load ?? MAX_PIPELINED)) best = connection
    }
    return best
  }

  #connect(): StreamConnection | undefined {
    if (this.#connections.length >= MAX_CONNECTIONS) return undefined
    const connection: StreamConnection = new StreamConnection(this.#remote, this.#to, {
      onIdle: () => this.#becameIdle(connection),
      onGone: (unanswered) => {
        this.#forget(connection)
        // The upstream ended a connection that had served before, as it may at any time: that
        // says nothing about these queries (RFC 7766 6.2.4). Progress was made, so this ends.
        for (const pending of unanswered) this.send(pending)
      },
    })
    this.#connections.push(connection)
    this.#to.upkeep.add(this)
    connection.dial()
    return connection
  }

  #becameIdle(connection: StreamConnection): void {
    const { idleMs, maxIdle } = this.#limits
    const isRetired = this.#retired.has(connection)
    let idle = 0
    for (const other of this.#connections) if (other.isOpen && other.load === 0) idle++
    if (isRetired || idleMs === 0 || (maxIdle > 0 && idle > maxIdle)) {
      connection.close(closedFault())
    }
  }

  #retire(connection: StreamConnection): void {
    const index = this.#connections.indexOf(connection)
    if (index < 0) return
    this.#connections.splice(index, 1)
    this.#retired.add(connection)
    if (connection.load === 0) connection.close(closedFault())
  }

  #forget(connection: StreamConnection): void {
    const index = this.#connections.indexOf(connection)
    if (index >= 0) this.#connections.splice(index, 1)
    this.#retired.delete(connection)
  }
}
