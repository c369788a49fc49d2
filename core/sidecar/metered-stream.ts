/**
 * A connection as the HTTP parser sees it: octets come in small pieces, and none while a request
 * is worked on. A segment holds more than a thousand small requests; a parser that gets it whole
 * makes objects for all of them at once, some megabytes for each connection.
 */

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Passes on what a socket brings, a piece at a time. */
export class MeteredStream extends Duplex {
  readonly #socket: Socket
  /** Whether the parser has enough to do. */
  readonly #isBusy: () => boolean
  readonly remoteAddress: string
  readonly remotePort: number
  /** Whether nothing was passed on; for whoever watches to set again. */
  isSilent = true
  #rest: Uint8Array | undefined
  #isAwaited = false
  #isAtEnd = false

  constructor(socket: Socket, isBusy: () => boolean) {
    super({ allowHalfOpen: true, readableHighWaterMark: PIECE_BYTES })
    this.#socket = socket
    this.#isBusy = isBusy
    this.remoteAddress = socket.remoteAddress ?? ''
    this.remotePort = socket.remotePort ?? 0
    socket.on('data', (chunk) => {
      socket.pause()
      this.#rest = chunk
      this.feed()
    })
    socket.on('end', () => {
      this.#isAtEnd = true
      this.feed()
    })
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** Passes on the next piece if there is one, if it is wanted, and if there is time for it. */
  feed(): void {
    if (!this.#isAwaited || this.#isBusy()) return
    const rest = this.#rest
    if (rest === undefined) {
      if (this.#isAtEnd) this.push(null)
      else this.#socket.resume()
      return
    }
    this.#isAwaited = false
    this.isSilent = false
    this.#rest = rest.length > PIECE_BYTES ? rest.subarray(PIECE_BYTES) : undefined
    this.push(rest.subarray(0, PIECE_BYTES))
  }

  override _read(): void {
    this.#isAwaited = true
    this.feed()
  }

  override _write(
    chunk: Uint8Array,
    _: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  // What the parser asks of a socket; timeouts are kept elsewhere.
  setTimeout(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
}

const PIECE_BYTES = 2048
