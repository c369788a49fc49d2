/** One TCP or TLS connection to an upstream and the queries in flight on it (RFC 7766 6.2, 7). */

import { type DnsError, FrameReader, type StreamOptions, type StreamSocket } from '@fingerpost/sdk'
import { type Pending, toWire } from './pending.ts'
import { dialFault, dialTimeout, type Ends, readFault, readTimeout } from './socket-fault.ts'
import type { StreamSurroundings } from './stream-exchange.ts'

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  /** The last query in flight was answered. */
  onIdle(): void
  /**
   * The connection is no more. `unanswered` may be sent over another one; queries for which that
   * makes no sense were told of the fault.
   */
  onGone(unanswered: readonly Pending[]): void
}

export class StreamConnection {
  /** Whether queries go out at once; before, they wait for the connection to be made. */
  isOpen = false
  openedAt = 0
  /** When the last query was answered. */
  idleSince = 0
  readonly #remote: StreamOptions & Ends
  readonly #to: StreamSurroundings
  readonly #events: ConnectionEvents
  readonly #inFlight = new Map<number, Pending>()
  readonly #frames = new FrameReader()
  #waiting: Pending[] = []
  #socket: StreamSocket | undefined
  #hasServed = false
  #isGone = false

  constructor(
    remote: StreamOptions & Ends,
    surroundings: StreamSurroundings,
    events: ConnectionEvents,
  ) {
    this.#remote = remote
    this.#to = surroundings
    this.#events = events
  }

  /** Queries in flight, and those that wait for the connection. */
  get load(): number {
    return this.#inFlight.size + this.#waiting.length
  }

  dial(): void {
    const handlers = {
      onData: (bytes: Uint8Array): void => this.#frames.push(bytes, this.#onFrame),
      onClose: (error?: Error): void =>
        this.#gone(() => readFault(this.#remote, this.#socket, error)),
    }
    this.#to.network.dialStream(this.#remote, handlers).then(
      (socket) => {
        if (this.#isGone) return socket.close()
        this.#socket = socket
        this.#opened()
      },
      (cause: unknown) => this.#gone(() => dialFault(this.#remote, cause)),
    )
  }

  send(pending: Pending): void {
    if (this.isOpen) this.#write(pending)
    else this.#waiting.push(pending)
  }

  /** Lets queries time out; tells whether one did whose turn on the connection had come. */
  expire(now: number): boolean {
    if (this.load === 0) return false
    const late = this.#waiting.filter((pending) => pending.expiresAt <= now)
    if (late.length > 0) {
      this.#waiting = this.#waiting.filter((pending) => pending.expiresAt > now)
      for (const pending of late) pending.onFault(dialTimeout(this.#remote))
    }
    let isSilent = false
    for (const [id, pending] of this.#inFlight) {
      if (pending.expiresAt > now) continue
      isSilent = true
      this.#inFlight.delete(id)
      pending.onFault(readTimeout(this.#remote, this.#socket))
    }
    return isSilent
  }

  /** Closes the connection; what was in flight fails. */
  close(fault: DnsError): void {
    this.#hasServed = false
    this.#gone(() => fault)
  }

  #opened(): void {
    const now = this.#to.upkeep.clock.now()
    this.isOpen = true
    this.openedAt = now
    this.idleSince = now
    const waiting = this.#waiting
    this.#waiting = []
    for (const pending of waiting) {
      pending.onConnected(now)
      this.#write(pending)
    }
  }

  #write(pending: Pending): void {
    // Far fewer queries than ids: this ends soon.
    do pending.id = this.#to.random.uint16()
    while (this.#inFlight.has(pending.id))
    this.#inFlight.set(pending.id, pending)
    const framed = toWire(pending, 2)
    framed[0] = pending.wire.length >>> 8
    framed[1] = pending.wire.length
    this.#socket?.write(framed)
  }

  readonly #onFrame = (frame: Uint8Array): void => {
    if (frame.length < 12) return
    const id = ((frame[0] as number) << 8) | (frame[1] as number)
    const pending = this.#inFlight.get(id)
    if (pending === undefined) return
    this.#inFlight.delete(id)
    this.#hasServed = true
    if (this.#inFlight.size === 0) this.idleSince = this.#to.upkeep.clock.now()
    pending.onReply(frame)
    if (this.load === 0 && !this.#isGone) this.#events.onIdle()
  }

  #gone(fault: () => DnsError): void {
    if (this.#isGone) return
    this.#isGone = true
    this.isOpen = false
    this.#socket?.close()
    const left = [...this.#inFlight.values(), ...this.#waiting]
    this.#inFlight.clear()
    this.#waiting = []
    if (this.#hasServed) {
      this.#events.onGone(left)
      return
    }
    this.#events.onGone([])
    for (const pending of left) pending.onFault(fault())
  }
}
