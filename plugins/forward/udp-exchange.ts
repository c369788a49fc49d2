/**
 * Exchanges datagrams with one upstream over a pool of connected sockets. A forged reply must hit
 * the address, the port of an open socket and a random id (RFC 5452), and sockets are replaced
 * over time so that ports don't stay. Hot path.
 */

import type { DatagramSocket, DialOptions, Network, Random } from '@fingerpost/sdk'
import { type Pending, toWire } from './pending.ts'
import { isToAnother } from './reply-check.ts'
import {
  closedFault,
  dialFault,
  type Ends,
  readFault,
  readTimeout,
  tooMany,
  writeFault,
} from './socket-fault.ts'
import type { Member, Upkeep } from './upkeep.ts'

/** Open sockets towards one upstream, those apart that only wait for their last replies. */
export const MAX_UDP_SOCKETS = 16
/** Queries in flight on one socket; a power of two, because the low bits of ids are the index. */
export const MAX_IN_FLIGHT = 1024
/** Queries of one turn that go to one socket: all replies to them must fit into its buffer. */
const MAX_TOGETHER = 64
/** Queries that wait for the first socket. */
export const MAX_WAITING = 1024
/** A socket is replaced after this time, and up to as much again by chance. */
const SOCKET_AGE_MS = 20_000
/** A socket is replaced after so many queries, whatever its age. */
const SOCKET_QUERIES = 16_384
const SLOT_MASK = MAX_IN_FLIGHT - 1
// Ids tried until a free place is found: with half of the places taken, 8 fail once in 256.
const ID_TRIES = 8

/** What an exchange needs of its surroundings. */
export interface UdpSurroundings {
  readonly network: Network
  readonly random: Random
  readonly upkeep: Upkeep
  /** Whether a query went over a socket that was there, or had to wait for one. */
  countReuse(isReused: boolean): void
}

/** The UDP side of one upstream. */
export class UdpExchange implements Member {
  readonly #remote: DialOptions & Ends
  readonly #idleMs: number
  readonly #to: UdpSurroundings
  readonly #sockets: UdpSocket[] = []
  readonly #retired = new Set<UdpSocket>()
  #waiting: Pending[] = []
  #isDialing = false
  #isClosed = false
  #wasUsed = false
  #usedAt = 0
  /** The socket of this turn, -1 for none yet, and how many more queries it gets. */
  #chosen = -1
  #left = 0
  readonly #endTurn = (): void => {
    this.#chosen = -1
    this.#left = 0
  }

  /** The pool is given up when it was not used for `idleMs`. */
  constructor(remote: DialOptions, idleMs: number, surroundings: UdpSurroundings) {
    this.#remote = { ...remote, network: 'udp' }
    this.#idleMs = idleMs
    this.#to = surroundings
  }

  /** Sends a query; what becomes of it is told to `pending`. */
  send(pending: Pending): void {
    const count = this.#sockets.length
    this.#wasUsed = true
    if (count < MAX_UDP_SOCKETS && !this.#isDialing) this.#dial()
    if (count === 0) this.#wait(pending)
    else {
      this.#to.countReuse(true)
      this.#sendOver(pending, count === 1 ? 0 : this.#choose(count))
    }
  }

  /** Takes no more queries and lets go of sockets as soon as nothing is in flight on them. */
  retire(): void {
    this.#isClosed = true
    for (const socket of this.#sockets.splice(0)) this.#retire(socket)
  }

  /** Closes everything; what was in flight fails. */
  close(): void {
    this.retire()
    for (const socket of this.#retired) socket.close()
    this.#retired.clear()
    for (const pending of this.#waiting.splice(0)) pending.onFault(closedFault())
    this.#to.upkeep.remove(this)
  }

  tick(now: number): boolean {
    for (let i = 0; i < this.#sockets.length; i++) (this.#sockets[i] as UdpSocket).expire(now)
    for (const socket of this.#retired) {
      socket.expire(now)
      this.#closeIfDone(socket)
    }
    if (this.#waiting.length > 0) this.#expireWaiting(now)
    if (this.#wasUsed) {
      this.#wasUsed = false
      this.#usedAt = now
      this.#replaceOne(now)
    } else if (now - this.#usedAt >= this.#idleMs) {
      for (const socket of this.#sockets.splice(0)) this.#retire(socket)
    }
    return this.#isDialing || this.#sockets.length + this.#retired.size + this.#waiting.length > 0
  }

  /** One socket for the next queries of a turn, so that they leave by one call. */
  #choose(count: number): number {
    if (this.#left === 0) {
      if (this.#chosen < 0) queueMicrotask(this.#endTurn)
      this.#chosen = this.#to.random.below(count)
      this.#left = MAX_TOGETHER
    }
    this.#left--
    return this.#chosen
  }

  #sendOver(pending: Pending, first: number): void {
    const count = this.#sockets.length
    for (let i = 0; i < count; i++) {
      if ((this.#sockets[(first + i) % count] as UdpSocket).send(pending)) return
    }
    pending.onFault(tooMany(this.#remote, count * MAX_IN_FLIGHT))
  }

  #wait(pending: Pending): void {
    this.#to.countReuse(false)
    if (this.#isClosed) pending.onFault(closedFault())
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(pending)
    else pending.onFault(tooMany(this.#remote, MAX_WAITING))
  }

  #dial(): void {
    if (this.#isClosed) return
    this.#isDialing = true
    this.#to.upkeep.add(this)
    const socket = new UdpSocket(this.#remote, this.#to)
    this.#to.network.dialUdp(this.#remote, socket).then(
      (dialled) => {
        this.#isDialing = false
        socket.open(dialled)
        if (this.#isClosed) return socket.close()
        this.#sockets.push(socket)
        this.#sendWaiting(socket)
      },
      (cause: unknown) => {
        this.#isDialing = false
        for (const pending of this.#takeWaiting()) pending.onFault(dialFault(this.#remote, cause))
      },
    )
  }

  /** Sends what waited, but no more than leaves ids free; the rest waits for the next socket. */
  #sendWaiting(socket: UdpSocket): void {
    for (const pending of this.#takeWaiting()) {
      if (socket.inFlight >= MAX_IN_FLIGHT / 2) this.#waiting.push(pending)
      else if (!socket.send(pending)) this.#sendOver(pending, 0)
    }
    if (this.#waiting.length > 0) this.#dial()
  }

  #takeWaiting(): Pending[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  #expireWaiting(now: number): void {
    for (const pending of this.#takeWaiting()) {
      if (pending.expiresAt > now) this.#waiting.push(pending)
      else pending.onFault(readTimeout(this.#remote))
    }
  }

  /** Takes one worn socket out, so that never many are missing; `send` dials the next. */
  #replaceOne(now: number): void {
    if (this.#sockets.length < MAX_UDP_SOCKETS) return
    const index = this.#sockets.findIndex((socket) => socket.isWorn(now))
    if (index >= 0) for (const socket of this.#sockets.splice(index, 1)) this.#retire(socket)
  }

  #retire(socket: UdpSocket): void {
    this.#retired.add(socket)
    this.#closeIfDone(socket)
  }

  #closeIfDone(socket: UdpSocket): void {
    if (socket.inFlight > 0) return
    socket.close()
    this.#retired.delete(socket)
  }
}

/** One connected socket and the queries in flight on it. */
class UdpSocket {
  inFlight = 0
  readonly #remote: Ends
  readonly #random: Random
  readonly #slots: (Pending | undefined)[] = new Array<Pending | undefined>(MAX_IN_FLIGHT)
  readonly #wornAt: number
  #socket: DatagramSocket | undefined
  #sent = 0
  /** Whether a query was given up here: its reply may still come. */
  #hasExpired = false

  constructor(remote: Ends, { random, upkeep }: UdpSurroundings) {
    this.#remote = remote
    this.#random = random
    this.#slots.fill(undefined)
    this.#wornAt = upkeep.clock.now() + SOCKET_AGE_MS + random.below(SOCKET_AGE_MS)
  }

  open(socket: DatagramSocket): void {
    this.#socket = socket
  }

  /** Sends a query under a random id; false when no id is free. */
  send(pending: Pending): boolean {
    for (let tries = 0; tries < ID_TRIES; tries++) {
      const id = this.#random.uint16()
      const slot = id & SLOT_MASK
      if (this.#slots[slot] !== undefined) continue
      pending.id = id
      this.#slots[slot] = pending
      this.inFlight++
      this.#sent++
      const socket = this.#socket as DatagramSocket
      if (!socket.send(toWire(pending, 0)) && this.#take(slot)) {
        pending.onFault(writeFault(this.#remote, socket))
      }
      return true
    }
    return false
  }

  // What belongs to no query in flight is late or forged and ignored. The handlers are properties
  // because they are called by themselves.
  readonly onMessage = (bytes: Uint8Array): void => {
    if (bytes.length < 12) return
    const id = ((bytes[0] as number) << 8) | (bytes[1] as number)
    const pending = this.#slots[id & SLOT_MASK]
    if (pending === undefined || pending.id !== id) return
    // A reply that is very late may have the id of another query by now.
    if (this.#hasExpired && isToAnother(pending.wire, bytes)) return
    this.#take(id & SLOT_MASK)
    pending.onReply(bytes)
  }

  // An ICMP error does not say which datagram it is about: all were sent to the same place.
  readonly onError = (error: Error): void => {
    this.#failAll(() => readFault(this.#remote, this.#socket, error))
  }

  isWorn(now: number): boolean {
    return now >= this.#wornAt || this.#sent >= SOCKET_QUERIES
  }

  expire(now: number): void {
    if (this.inFlight === 0) return
    for (let slot = 0; slot < MAX_IN_FLIGHT; slot++) {
      const pending = this.#slots[slot]
      if (pending === undefined || pending.expiresAt > now) continue
      this.#take(slot)
      this.#hasExpired = true
      pending.onFault(readTimeout(this.#remote, this.#socket))
    }
  }

  close(): void {
    this.#socket?.close()
    this.#failAll(closedFault)
  }

  #failAll(fault: () => ReturnType<typeof closedFault>): void {
    if (this.inFlight === 0) return
    const failed = this.#slots.filter((pending) => pending !== undefined)
    this.#slots.fill(undefined)
    this.inFlight = 0
    for (const pending of failed) pending.onFault(fault())
  }

  #take(slot: number): boolean {
    if (this.#slots[slot] === undefined) return false
    this.#slots[slot] = undefined
    this.inFlight--
    return true
  }
}
