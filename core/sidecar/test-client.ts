/** The other side in tests of HTTP listeners: what a client sends, octet for octet. */

import { connect, type Socket } from 'node:net'

/** A connection that notes what comes back. */
export class RawClient {
  readonly #socket: Socket
  #text = ''
  #isClosed = false
  #changed: (() => void)[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      this.#text += chunk
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      const client = new RawClient(socket)
      socket.once('connect', () => resolve(client))
      socket.once('error', reject)
    })
  }

  get text(): string {
    return this.#text
  }
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Resolves when the system took it, or the connection is gone. */
  async send(text: string): Promise<void> {
    if (this.#isClosed) return
    let isTaken = false
    this.#socket.write(text, (error) => {
      isTaken = true
      // The event comes later, but nothing more can be said.
      if (error) this.#isClosed = true
      this.#wake()
    })
    while (!isTaken && !this.#isClosed) await this.#change()
  }

  /** All that came, when it matches. Rejects when the connection is closed before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      if (this.#isClosed) throw new Error(`closed after ${JSON.stringify(this.#text)}`)
      await this.#change()
    }
    return this.#text
  }

  /** All that came, when the connection is closed by the other side. */
  async closed(): Promise<string> {
    while (!this.#isClosed) await this.#change()
    return this.#text
  }

  /** Takes nothing more from the system. */
  stopReading(): void {
    this.#socket.pause()
  }

  close(): void {
    this.#socket.destroy()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed.push(resolve)
    })
  }

  #wake(): void {
    const waiting = this.#changed
    this.#changed = []
    for (const resolve of waiting) resolve()
  }
}
