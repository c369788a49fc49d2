/**
 * One client's connection: pipelined queries are worked on at the same time and answered in their
 * order. RFC 7766 sections 6.2 and 7. Hot path.
 */

import type { Socket } from 'node:net'
import type { Listener } from '@fingerpost/sdk'
import { FrameReader } from './frame-reader.ts'
import type { ProxiedStream } from './proxied-stream.ts'
import type { Client, ListenCounts, MutableExchange, Reply, Serve } from './serve.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** The listener as its connections see it. */
export interface ConnectionOwner {
  readonly serve: Serve
  readonly limits: TcpLimits
  readonly listener: Listener
  readonly counts: ListenCounts
  now(): number
  onFault(error: unknown): void
  /** The connection waits for a query, or no longer does. */
  onIdle(connection: TcpConnection, isIdle: boolean): void
  onClosed(connection: TcpConnection): void
}

/** A query under way: its place among the answers. */
interface Turn {
  reply: Reply | undefined
  isDone: boolean
  /** The first message is on its way, others follow. */
  isBegun: boolean
}

export class TcpConnection {
  #socket: Socket | ProxiedStream
  #owner: ConnectionOwner
  #exchange: MutableExchange
  #frames = new FrameReader()
  /** Queries under way and answers that wait for earlier ones. */
  #turns: Turn[] = []
  /** Replies that wait to be written, and their size on the wire. */
  #output: Uint8Array[] = []
  #outputBytes = 0
  /** Octets of the one write that the system hasn't taken yet, and when it began. */
  #writingBytes = 0
  #writingSinceMs = 0
  #queryCount = 0
  #deadlineMs: number
  #isIdle = true
  #isPaused = false
  /** No more queries are taken: the peer, a limit or the listener's end said so. */
  #isFinal = false
  #hasPeerEnded = false
  #isEnded = false
  #isFlushScheduled = false
  #isWorking = false

  constructor(socket: Socket | ProxiedStream, client: Client, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    const { address, port } = client
    this.#exchange = { listener: owner.listener, clientAddress: address, clientPort: port }
    this.#deadlineMs = owner.now() + owner.limits.firstQueryTimeoutMs
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('end', () => this.#onPeerEnd())
    socket.on('error', () => {
      owner.counts.errors++
    })
    socket.once('close', () => this.#onClose())
  }

  /** Takes no more queries, answers those under way, then closes. */
  finish(): void {
    this.#isFinal = true
    this.#settle()
  }

  /** Closes at once. */
  destroy(): void {
    this.#isFinal = true
    this.#socket.destroy()
  }

  /** Closes when a time limit has passed. Called now and then by the listener. */
  checkTime(nowMs: number): void {
    if (this.#writingBytes > 0) {
      if (nowMs - this.#writingSinceMs > this.#owner.limits.writeTimeoutMs) this.destroy()
    } else if (this.#turns.length === 0 && nowMs > this.#deadlineMs) {
      this.destroy()
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#isFinal) return
    this.#frames.push(chunk)
    this.#work()
  }

  // A client may send its queries and close its side at once: they are answered all the same.
  #onPeerEnd(): void {
    this.#hasPeerEnded = true
    this.#work()
  }

  /** Takes queries while limits allow, then writes what was answered at once. */
  #work(): void {
    if (this.#isWorking) return
    this.#isWorking = true
    this.#drain()
    while (!this.#isFinal && this.#hasRoom()) {
      const query = this.#frames.next()
      if (query === undefined) {
        this.#isFinal = this.#hasPeerEnded
        break
      }
      this.#take(query)
    }
    this.#isWorking = false
    this.#settle()
  }

  #hasRoom(): boolean {
    const { maxInFlight, maxOutputBytes } = this.#owner.limits
    return (
      this.#turns.length < maxInFlight && this.#outputBytes + this.#writingBytes < maxOutputBytes
    )
  }

  #take(query: Uint8Array): void {
    const { limits, counts } = this.#owner
    if (query.length > limits.maxQueryBytes) {
      this.destroy()
      return
    }
    counts.received++
    this.#queryCount++
    if (limits.maxQueries >= 0 && this.#queryCount >= limits.maxQueries) this.#isFinal = true
    this.#deadlineMs = this.#owner.now() + limits.idleTimeoutMs
    let reply: ReturnType<Serve>
    try {
      reply = this.#owner.serve(query, this.#exchange)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (reply === undefined) return
    if (!(reply instanceof Uint8Array)) this.#await(reply)
    else if (this.#turns.length === 0 && reply.following === undefined) this.#put(reply)
    else {
      this.#turns.push({ reply, isDone: true, isBegun: false })
      this.#drain()
    }
  }

  #await(reply: Promise<Reply | undefined>): void {
    const turn: Turn = { reply: undefined, isDone: false, isBegun: false }
    this.#turns.push(turn)
    reply.then(
      (bytes) => {
        turn.reply = bytes
        this.#release(turn)
      },
      (error: unknown) => {
        this.#fail(error)
        this.#release(turn)
      },
    )
  }

  #release(turn: Turn): void {
    turn.isDone = true
    if (this.#turns[0] !== turn) return
    this.#drain()
    this.#deadlineMs = this.#owner.now() + this.#owner.limits.idleTimeoutMs
    if (this.#isFlushScheduled) return
    this.#isFlushScheduled = true
    // Other answers of this turn of the event loop shall leave in the same write.
    setImmediate(() => {
      this.#isFlushScheduled = false
      this.#work()
    })
  }

  /** Puts out what was answered, in the order of the queries, as far as there is room. */
  #drain(): void {
    for (let turn = this.#turns[0]; turn?.isDone; turn = this.#turns[0]) {
      const { reply } = turn
      if (reply !== undefined && !turn.isBegun) this.#put(reply)
      turn.isBegun = true
      if (reply?.following !== undefined && !this.#follow(reply.following)) return
      this.#turns.shift()
    }
  }

  /** Puts out further messages of a response; false when there may be more of them. */
  #follow(following: Iterator<Uint8Array>): boolean {
    try {
      while (this.#outputBytes + this.#writingBytes < this.#owner.limits.maxOutputBytes) {
        const next = following.next()
        if (next.done) return true
        this.#put(next.value)
      }
      return false
    } catch (error) {
      // A response that ends in the middle must not look whole.
      this.#fail(error)
      this.destroy()
      return true
    }
  }

  #put(reply: Uint8Array): void {
    this.#output.push(reply)
    this.#outputBytes += reply.length + 2
  }

  /** Writes, and brings reading, the idle mark and the end in line with what is under way. */
  #settle(): void {
    if (this.#isWorking) return
    this.#write()
    const isIdle = this.#turns.length === 0 && this.#outputBytes + this.#writingBytes === 0
    if (isIdle !== this.#isIdle) {
      this.#isIdle = isIdle
      this.#owner.onIdle(this, isIdle)
    }
    if (this.#isFinal) {
      if (isIdle) this.#end()
      return
    }
    const mustPause = !this.#hasRoom()
    if (mustPause === this.#isPaused) return
    this.#isPaused = mustPause
    if (mustPause) this.#socket.pause()
    else this.#socket.resume()
  }

  // One write at a time: what is answered meanwhile leaves together with the next, and a client
  // that doesn't read holds no more than `maxOutputBytes` and the answers under way.
  #write(): void {
    if (this.#outputBytes === 0 || this.#writingBytes > 0) return
    if (this.#socket.destroyed) {
      this.#owner.counts.dropped += this.#output.length
      this.#output.length = 0
      this.#outputBytes = 0
      return
    }
    const bytes = frame(this.#output, this.#outputBytes)
    this.#output.length = 0
    this.#outputBytes = 0
    this.#writingBytes = bytes.length
    this.#writingSinceMs = this.#owner.now()
    this.#socket.write(bytes, this.#onWritten)
  }

  #onWritten = (error?: Error | null): void => {
    this.#writingBytes = 0
    if (error) return
    this.#deadlineMs = this.#owner.now() + this.#owner.limits.idleTimeoutMs
    this.#work()
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    // The peer has to close its side as well; `checkTime` sees to it.
    this.#deadlineMs = this.#owner.now() + this.#owner.limits.writeTimeoutMs
    this.#socket.end()
    this.#socket.resume()
  }

  #onClose(): void {
    this.#isFinal = true
    this.#owner.counts.dropped += this.#output.length
    this.#output.length = 0
    this.#outputBytes = 0
    this.#owner.onClosed(this)
  }

  #fail(error: unknown): void {
    this.#owner.counts.errors++
    this.#owner.onFault(error)
  }
}

/** Messages with their lengths in front, as one piece. */
function frame(messages: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const message of messages) {
    bytes[at] = message.length >> 8
    bytes[at + 1] = message.length
    bytes.set(message, at + 2)
    at += 2 + message.length
  }
  return bytes
}
