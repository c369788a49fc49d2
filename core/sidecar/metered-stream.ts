/**
 * A connection as the HTTP parser sees it: octets come in small pieces, and none while a request
 * is worked on. A segment holds more than a thousand small requests; a parser that gets it whole
 * makes objects for all of them at once, some megabytes for each connection.
 */

import type { Socket } from 'node:net'
import { SocketStream } from '../listen/socket-stream.ts'

/** Passes on what a socket brings, a piece at a time. */
export class MeteredStream extends SocketStream {
  /** Whether the parser has enough to do. */
  readonly #isBusy: () => boolean
  /** Whether nothing was passed on; for whoever watches to set again. */
  isSilent = true
  #rest: Uint8Array | undefined
  #isAwaited = false
  #isAtEnd = false

  constructor(socket: Socket, isBusy: () => boolean) {
    super(socket, { readableHighWaterMark: PIECE_BYTES })
    this.#isBusy = isBusy
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
  }

  /** Passes on the next piece if there is one, if it is wanted, and if there is time for it. */
  feed(): void {
    if (!this.#isAwaited || this.#isBusy()) return
    const rest = this.#rest
    if (rest === undefined) {
      if (this.#isAtEnd) this.push(null)
      else this.socket.resume()
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
}

const PIECE_BYTES = 2048
