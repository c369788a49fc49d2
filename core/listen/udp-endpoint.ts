/**
 * One bound UDP socket: gathers the queries of one turn of the event loop, hands them to the
 * server, and gathers the replies, so that both are moved by few system calls. RFC 1035 section
 * 4.2.1. Hot path.
 */

import type { Clock, Listener } from '@fingerpost/sdk'
import type { DatagramReceiver, Runtime, UdpBindOptions, UdpSocket } from '../runtime/runtime.ts'
import type { DatagramProxy } from './proxy-policy.ts'
import {
  formatClientAddress,
  type ListenCounts,
  type MutableExchange,
  type Serve,
} from './serve.ts'

/** Replies of one socket that may wait for the system to take them; more are dropped. */
export const MAX_WAITING_REPLIES = 1024

/** Queries that may wait for the end of the turn. */
export const MAX_WAITING_QUERIES = 64
/** So many queries at a time tell that there will be others in a moment. */
const BUSY = 8
/** How long an endpoint goes on before others have their turn. */
const MAX_SERVE_MS = 2

/** Whom an endpoint works for: the listener that may have several of them. */
export interface EndpointOwner {
  serve: Serve
  /** What takes the headers of balancers off; undefined where they are not expected. */
  readonly proxy: DatagramProxy | undefined
  readonly counts: ListenCounts
  onFault(error: unknown): void
  /** Queries were dropped before they were read, since more came than can be answered. */
  onShed(count: number, heaviest: string | undefined): void
}

/** Binds a socket; call {@link UdpEndpoint.start} before the next turn. */
export async function bindEndpoint(
  runtime: Runtime,
  options: UdpBindOptions,
  owner: EndpointOwner,
): Promise<UdpEndpoint> {
  const endpoint = new UdpEndpoint(owner, options.address, runtime.clock)
  endpoint.socket = await runtime.bindUdp(options, endpoint)
  return endpoint
}

/** A bound socket and the replies that wait to leave through it. */
export class UdpEndpoint implements DatagramReceiver {
  readonly address: string
  socket: UdpSocket | undefined
  /** Hears of datagrams to the wildcard address, which other sockets would have got. */
  onStray: (() => void) | undefined
  #owner: EndpointOwner
  #clock: Clock
  #isIpv6: boolean
  #exchange: MutableExchange | undefined
  // Octets, port and address by turns, as `sendMany` takes them; both are kept for all turns.
  #inbox: (Uint8Array | number | string)[] = []
  #outbox: (Uint8Array | number | string)[] = []
  #isScheduled = false
  #isReceiving = true
  #flush = (): void => this.flush()

  constructor(owner: EndpointOwner, address: string, clock: Clock) {
    this.#owner = owner
    this.#clock = clock
    this.address = address
    this.#isIpv6 = address.includes(':')
  }

  /** Begins to answer; datagrams before that are dropped. */
  start(listener: Listener): void {
    this.#exchange = { listener, clientAddress: '', clientPort: 0 }
  }

  /** Keeps a query until all that waits was read: between answers it would be read in pieces. */
  onDatagram(bytes: Uint8Array, port: number, address: string): void {
    const inbox = this.#inbox
    const at = inbox.length
    inbox[at] = bytes
    inbox[at + 1] = port
    inbox[at + 2] = address
    if (at === 3 * (MAX_WAITING_QUERIES - 1)) this.#answerGathered()
    this.#schedule()
  }

  #answerGathered(): void {
    const inbox = this.#inbox
    for (let at = 0; at < inbox.length; at += 3) {
      this.#answer(inbox[at] as Uint8Array, inbox[at + 1] as number, inbox[at + 2] as string)
    }
    inbox.length = 0
  }

  #answer(bytes: Uint8Array, port: number, address: string): void {
    const owner = this.#owner
    const exchange = this.#exchange
    owner.counts.received++
    // Nothing can be sent to port 0, and one such reply would spoil the whole batch.
    if (port === 0 || exchange === undefined) return
    if (this.onStray !== undefined) this.onStray()
    exchange.clientAddress = this.#isIpv6 ? formatClientAddress(address) : address
    exchange.clientPort = port
    let reply: ReturnType<Serve>
    try {
      const message = owner.proxy === undefined ? bytes : owner.proxy.open(bytes, exchange)
      if (message === undefined) return
      reply = owner.serve(message, exchange)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (reply === undefined) return
    if (reply instanceof Uint8Array) this.#send(reply, port, address)
    else this.#sendLater(reply, port, address)
  }

  onDrain(): void {
    if (this.#outbox.length > 0) this.flush()
  }

  onLongTurn(): void {
    this.#serveGathered()
  }

  onDropped(count: number, heaviest?: string): void {
    const client = heaviest && this.#isIpv6 ? formatClientAddress(heaviest) : heaviest
    this.#owner.onShed(count, client)
  }

  /** Reports of clients that are gone (ICMP), which concern nobody. */
  onError(): void {
    this.#owner.counts.errors++
  }

  /** Answers and sends what has been gathered, and goes on while many more come. */
  flush(): void {
    this.#isScheduled = false
    let count = this.#inbox.length / 3
    this.#serveGathered()
    if (count < BUSY) return
    // Sending took so long that others will have come.
    const endMs = this.#clock.now() + MAX_SERVE_MS
    while (count >= BUSY && this.#clock.now() < endMs) {
      count = this.socket?.receiveMore?.() ?? 0
      this.#serveGathered()
    }
  }

  #serveGathered(): void {
    this.#answerGathered()
    this.#sendGathered()
  }

  #sendGathered(): void {
    const outbox = this.#outbox
    while (outbox.length > 0 && this.socket !== undefined) {
      let taken: number
      try {
        taken = this.socket.sendMany(outbox)
      } catch {
        // The first of them cannot be sent (no route, say): the others shall not suffer from it.
        this.#owner.counts.dropped++
        taken = 1
      }
      if (taken === 0) return
      if (taken * 3 >= outbox.length) outbox.length = 0
      else outbox.splice(0, taken * 3)
    }
  }

  /** Leaves new datagrams to others that share the port; resolves when there are no old ones. */
  async stopReceiving(): Promise<void> {
    if (this.#isReceiving) {
      this.#isReceiving = false
      await this.socket?.stopReceiving?.()
    }
  }

  async close(): Promise<void> {
    await this.stopReceiving()
    this.flush()
    this.#owner.counts.dropped += this.#outbox.length / 3
    this.#outbox.length = 0
    const { socket } = this
    this.socket = undefined
    await socket?.close()
  }

  #send(reply: Uint8Array, port: number, address: string): void {
    const outbox = this.#outbox
    const at = outbox.length
    if (at >= 3 * MAX_WAITING_REPLIES) {
      this.#owner.counts.dropped++
    } else {
      outbox[at] = reply
      outbox[at + 1] = port
      outbox[at + 2] = address
    }
    // While queries come without a pause, the turn does not end.
    if (at === 3 * (MAX_WAITING_REPLIES - 1)) this.#sendGathered()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#flush)
  }

  #sendLater(reply: Promise<Uint8Array | undefined>, port: number, address: string): void {
    reply.then(
      (bytes) => {
        if (bytes === undefined) return
        if (this.socket === undefined) this.#owner.counts.dropped++
        else this.#send(bytes, port, address)
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #fail(error: unknown): void {
    this.#owner.counts.errors++
    this.#owner.onFault(error)
  }
}
