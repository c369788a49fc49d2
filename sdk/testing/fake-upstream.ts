/** The other end of sockets in a test: reads queries, records them, answers as it was told. */

import type { DialOptions, StreamOptions } from '../host.ts'
import { Message } from '../wire/message.ts'
import { readUint16, writeUint16 } from '../wire/octets.ts'
import { parseQuery } from '../wire/parse-query.ts'
import { Query, type Transport } from '../wire/query.ts'
import type { FakeClock } from './fake-clock.ts'
import { fakeListener } from './make-query.ts'

/**
 * What an upstream does about one query: sends a message or octets as they are, keeps silent
 * (undefined), answers later, refuses (`onError` of a datagram socket), or closes the connection.
 */
export type UpstreamReply =
  | Message
  | Uint8Array
  | undefined
  | 'refused'
  | 'close'
  | { readonly afterMs: number; readonly reply: UpstreamReply }

/** Answers the queries that reach an upstream. */
export type UpstreamAnswer = (query: Query) => UpstreamReply | Promise<UpstreamReply>

/** A socket as its upstream sees it. */
export interface UpstreamSocket {
  readonly options: DialOptions | StreamOptions
  readonly isOpen: boolean
  /** Sends octets nobody asked for; over a stream without framing of its own. */
  send(bytes: Uint8Array): void
  /** Closes a stream from this end, or reports an error of a datagram socket. */
  close(error?: Error): void
}

/** A scripted upstream; its fields may be changed at any time. */
export class FakeUpstream {
  answer: UpstreamAnswer
  /** Time that connecting and every answer take. */
  delayMs = 0
  /** What becomes of new streams; `hang` fails with ETIMEDOUT after the caller's timeout. */
  connect: 'accept' | 'refuse' | 'hang' = 'accept'
  /** Octets per piece of a stream's reply; 0 sends each reply whole. */
  chunkSize = 0
  /** Queries in the order they arrived. */
  readonly asked: Query[] = []
  /** Sockets in the order they were dialled. */
  readonly sockets: UpstreamSocket[] = []
  readonly #kind: 'udp' | 'stream'
  readonly #clock: FakeClock
  readonly #note: (query: Query) => void

  constructor(
    kind: 'udp' | 'stream',
    clock: FakeClock,
    answer: UpstreamAnswer,
    note: (query: Query) => void,
  ) {
    this.#kind = kind
    this.#clock = clock
    this.answer = answer
    this.#note = note
  }

  /** Takes up a datagram socket; the network calls this. */
  takeDatagrams(
    options: DialOptions,
    localPort: number,
    handlers: { onMessage(bytes: Uint8Array): void; onError(error: Error): void },
  ): ServedSocket {
    const socket: ServedSocket = this.#socket(options, {
      send: (bytes) => handlers.onMessage(bytes),
      close: (error) => handlers.onError(error ?? socketError('ECONNREFUSED', options)),
      receive: (bytes) => this.#serve(bytes, socket, 'udp', localPort),
    })
    return socket
  }

  /** Takes up a connection; the network calls this. */
  takeStream(
    options: StreamOptions,
    localPort: number,
    handlers: { onData(bytes: Uint8Array): void; onClose(error?: Error): void },
  ): ServedSocket {
    const transport = options.tls === undefined ? 'tcp' : 'tls'
    let pending: Uint8Array = new Uint8Array(0)
    const socket: ServedSocket = this.#socket(options, {
      send: (bytes) => handlers.onData(bytes),
      close: (error) => {
        if (!socket.isOpen) return
        socket.hangUp()
        handlers.onClose(error)
      },
      receive: (bytes) => {
        pending = concat(pending, bytes)
        while (pending.length >= 2 && pending.length >= 2 + readUint16(pending, 0)) {
          const end = 2 + readUint16(pending, 0)
          const frame = pending.slice(2, end)
          pending = pending.slice(end)
          this.#serve(frame, socket, transport, localPort)
        }
      },
    })
    return socket
  }

  #socket(
    options: DialOptions,
    ends: Pick<ServedSocket, 'send' | 'close' | 'receive'>,
  ): ServedSocket {
    const socket: ServedSocket = {
      options,
      isOpen: true,
      // Nothing arrives while the caller of `send` is still at it.
      send: (bytes) => queueMicrotask(() => socket.isOpen && ends.send(bytes)),
      close: (error) => queueMicrotask(() => socket.isOpen && ends.close(error)),
      receive: ends.receive,
      hangUp: () => {
        socket.isOpen = false
      },
    }
    this.sockets.push(socket)
    return socket
  }

  #serve(bytes: Uint8Array, socket: ServedSocket, transport: Transport, localPort: number): void {
    const query = parseQuery(bytes, {
      listener: fakeListener({ transport, port: socket.options.port }),
      clientAddress: socket.options.localAddress ?? '127.0.0.1',
      clientPort: localPort,
    })
    if (!(query instanceof Query)) throw new Error('what was sent to an upstream is no query')
    this.asked.push(query)
    this.#note(query)
    const reply = this.answer(query)
    if (reply instanceof Promise) {
      reply.then(
        (settled) => this.#deliver(settled, socket, this.delayMs),
        (error: Error) => socket.close(error),
      )
    } else {
      this.#deliver(reply, socket, this.delayMs)
    }
  }

  #deliver(reply: UpstreamReply, socket: ServedSocket, delayMs: number): void {
    if (reply === undefined) return
    if (delayMs > 0) {
      this.#clock.afterUncounted(delayMs, () => this.#deliver(reply, socket, 0))
    } else if (reply === 'refused' || reply === 'close') {
      socket.close(reply === 'close' ? undefined : socketError('ECONNREFUSED', socket.options))
    } else if (reply instanceof Message) {
      this.#send(reply.toBytes(), socket)
    } else if (reply instanceof Uint8Array) {
      this.#send(reply, socket)
    } else {
      this.#deliver(reply.reply, socket, reply.afterMs)
    }
  }

  #send(bytes: Uint8Array, socket: ServedSocket): void {
    if (this.#kind === 'udp') {
      socket.send(bytes)
      return
    }
    const framed = concat(new Uint8Array(2), bytes)
    writeUint16(framed, 0, bytes.length)
    const step = this.chunkSize > 0 ? this.chunkSize : framed.length
    for (let at = 0; at < framed.length; at += step) socket.send(framed.slice(at, at + step))
  }
}

/** An {@link UpstreamSocket} with the side that the network uses. */
export interface ServedSocket extends UpstreamSocket {
  isOpen: boolean
  receive(bytes: Uint8Array): void
  /** The caller closed the socket. */
  hangUp(): void
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

/** An error as the operating system's, with `code`. */
export function socketError(code: string, { address, port }: DialOptions): Error {
  return Object.assign(new Error(`${code}: ${address}:${port}`), { code })
}
