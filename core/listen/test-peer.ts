/** The other side in tests of listeners: clients over real sockets. */

import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Listener, TlsSettings, Transport } from '@fingerpost/sdk'
import type { Serve } from './serve.ts'

/** A listener as openers take it. */
export function testListener(transport: Transport): (port: number) => Listener {
  return (port) => ({ index: 0, transport, address: '', port, label: `dns://:${port}` })
}

/** A message with an id and `size` octets, at least a header. */
export function testQuery(id: number, size = 12): Uint8Array {
  const bytes = new Uint8Array(size)
  bytes[0] = id >> 8
  bytes[1] = id
  return bytes
}

/** Answers with the query and QR set. */
export const echo: Serve = (wire) => {
  const reply = wire.slice()
  reply[2] = (reply[2] ?? 0) | 0x80
  return reply
}

/** The id of a message. */
export function idOf(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? -1 : ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
}

/** One datagram and its sender. */
export interface Received {
  readonly bytes: Uint8Array
  readonly address: string
  readonly port: number
}

/** A UDP client whose replies are taken one by one. */
export class UdpClient {
  #socket
  #waiting: ((received: Received) => void)[] = []
  #received: Received[] = []

  constructor(family: 'udp4' | 'udp6' = 'udp4') {
    this.#socket = createSocket(family)
    this.#socket.on('error', () => {})
    this.#socket.on('message', (bytes, { address, port }) => {
      const received = { bytes: new Uint8Array(bytes), address, port }
      const next = this.#waiting.shift()
      if (next) next(received)
      else this.#received.push(received)
    })
  }

  bind(address?: string, port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind(port, address, () => resolve(this.#socket.address().port))
    })
  }

  send(bytes: Uint8Array, port: number, address = '127.0.0.1'): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(bytes, port, address, () => resolve())
    })
  }

  next(): Promise<Received> {
    const received = this.#received.shift()
    if (received) return Promise.resolve(received)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async ask(bytes: Uint8Array, port: number, address = '127.0.0.1'): Promise<Received> {
    await this.send(bytes, port, address)
    return this.next()
  }

  /** Resolves when the port is free. */
  close(): Promise<void> {
    return new Promise((resolve) => void this.#socket.close(() => resolve()))
  }
}

/** Frames messages for TCP. */
export function framed(...messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    messages.flatMap((message) => [message.length >> 8, message.length & 255, ...message]),
  )
}

/** A client over TLS; `tls` tells what the handshake gave. */
export type TlsClient = TcpClient & { readonly tls: TLSSocket }

/** The path of a file under `testdata/`: certificates and keys of `server` and `client`. */
export function testFile(name: string): string {
  return fileURLToPath(new URL(`./testdata/${name}`, import.meta.url))
}

/** What *tls* makes of `tls server.crt server.key`. */
export function testTls(settings: Partial<TlsSettings> = {}): TlsSettings {
  const at = { text: 'tls', source: { path: 'Corefile', lines: [] }, line: 2, column: 5, width: 3 }
  return {
    certPath: testFile('server.crt'),
    keyPath: testFile('server.key'),
    caPath: undefined,
    clientAuth: 'nocert',
    keylogPath: undefined,
    at,
    ...settings,
  }
}

/** A TCP client that collects what it gets. */
export class TcpClient {
  readonly socket: Socket
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>
  #bytes: number[] = []
  #changed: (() => void)[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const octet of chunk) this.#bytes.push(octet)
      this.#notify()
    })
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve()
        this.#notify()
      })
    })
  }

  static open(port: number, host = '127.0.0.1'): Promise<TcpClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true }, () => resolve(new TcpClient(socket)))
      socket.once('error', reject)
    })
  }

  /** Connects with TLS, whatever certificate the server shows. */
  static openTls(port: number, options: ConnectionOptions = {}): Promise<TlsClient> {
    return new Promise((resolve, reject) => {
      const whole = { host: '127.0.0.1', port, rejectUnauthorized: false, ...options }
      const tls = connectTls(whole, () => resolve(Object.assign(new TcpClient(tls), { tls })))
      tls.once('error', reject)
    })
  }

  /** Resolves when the octets have left. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()))
  }

  /** Octets that came so far. */
  received(): Uint8Array {
    return new Uint8Array(this.#bytes)
  }

  /** Messages that came so far. */
  messages(): Uint8Array[] {
    const messages: Uint8Array[] = []
    for (let at = 0; at + 2 <= this.#bytes.length; ) {
      const size = ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number)
      if (at + 2 + size > this.#bytes.length) break
      messages.push(new Uint8Array(this.#bytes.slice(at + 2, at + 2 + size)))
      at += 2 + size
    }
    return messages
  }

  /** Waits for that many messages, or the end of the connection. */
  async receive(count: number): Promise<Uint8Array[]> {
    while (this.messages().length < count && !this.socket.destroyed) {
      await new Promise<void>((resolve) => this.#changed.push(resolve))
    }
    return this.messages()
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}
