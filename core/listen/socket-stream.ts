/** A stream in the place of the socket that it goes through: what servers are given as connections. */

import type { Socket } from 'node:net'
import { Duplex, type DuplexOptions } from 'node:stream'

/** Writes and ends go to the socket; what is read is up to the class that extends this one. */
export abstract class SocketStream extends Duplex {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  protected readonly socket: Socket

  constructor(socket: Socket, options: DuplexOptions = {}) {
    super({ allowHalfOpen: true, ...options })
    this.socket = socket
    this.remoteAddress = socket.remoteAddress
    this.remotePort = socket.remotePort
    socket.on('close', () => this.destroy())
  }

  abstract override _read(): void

  override _write(
    chunk: Uint8Array,
    _: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.socket.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.socket.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy()
    done(error)
  }

  // What servers ask of a socket; timeouts are kept elsewhere.
  setTimeout(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
