/** An HTTP server for tests on a network of its own: a test sees each request and answers it. */

import type { StreamHandlers, StreamOptions, StreamSocket } from '../host.ts'
import type { FakeClock } from './fake-clock.ts'
import { FakeNetwork } from './fake-network.ts'

/** Makes a request of its octets. */
type Receive<R> = (connection: ScriptedConnection, text: string) => R

/**
 * A network with one server, whatever address is dialled. A request must come in one piece.
 *
 * @example
 * const server = new ScriptedHttp(clock)
 * server.answer = (request) => request.respond({ count: 1 })
 */
export class ScriptedHttp<R extends ScriptedRequest = ScriptedRequest> extends FakeNetwork {
  connect: 'accept' | 'refuse' | 'hang' = 'accept'
  /** Octets per piece of what is sent. */
  chunkSize: number = Number.POSITIVE_INFINITY
  readonly dialled: StreamOptions[] = []
  /** Requests that came, in order. */
  readonly requests: R[] = []
  readonly #open = new Set<ScriptedConnection>()
  /** Answers requests as they come, unless the test answers them later. */
  answer: (request: R) => void = () => {}
  readonly clock: FakeClock
  readonly #receive: Receive<R>

  constructor(clock: FakeClock, receive?: Receive<R>) {
    super(clock)
    this.clock = clock
    this.#receive = receive ?? ((connection, text) => new ScriptedRequest(connection, text) as R)
  }

  override get openSockets(): number {
    return this.#open.size
  }

  get last(): R {
    const request = this.requests.at(-1)
    if (request === undefined) throw new Error('nothing was asked')
    return request
  }

  /** What was asked since the last call: paths with their queries, decoded. */
  takeTargets(): string[] {
    return this.requests.splice(0).map(({ target }) => decodeURIComponent(target))
  }

  override async dialStream(
    options: StreamOptions,
    handlers: StreamHandlers,
  ): Promise<StreamSocket> {
    this.dialled.push(options)
    if (this.connect === 'refuse') throw new Error('ECONNREFUSED')
    if (this.connect === 'hang') {
      await new Promise<void>((resolve) => this.clock.afterUncounted(options.timeoutMs, resolve))
      throw new Error('ETIMEDOUT')
    }
    const connection = new ScriptedConnection({
      handlers,
      chunkSize: () => this.chunkSize,
      onText: (text) => {
        const request = this.#receive(connection, text)
        this.requests.push(request)
        this.answer(request)
      },
      onClose: () => this.#open.delete(connection),
    })
    this.#open.add(connection)
    return {
      unsentSize: 0,
      write: (bytes) => connection.receive(new TextDecoder().decode(bytes)),
      close: () => connection.close(),
    }
  }

  /** Makes all connections half-open: nothing goes through them any more, and none ends. */
  muteAll(): void {
    for (const connection of this.#open) connection.isMute = true
  }

  /** Ends all connections, as a server that goes away does. */
  cutAll(error?: Error): void {
    for (const connection of [...this.#open]) connection.cut(error)
  }
}

interface ConnectionParts {
  readonly handlers: StreamHandlers
  chunkSize(): number
  onText(text: string): void
  onClose(): void
}

/** The server's end of a connection. */
export class ScriptedConnection {
  readonly #parts: ConnectionParts
  isMute = false
  #isOpen = true

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  get isUsable(): boolean {
    return this.#isOpen && !this.isMute
  }

  receive(text: string): void {
    if (this.isUsable) this.#parts.onText(text)
  }

  send(text: string): void {
    const bytes = new TextEncoder().encode(text)
    const size = Math.min(this.#parts.chunkSize(), Math.max(bytes.length, 1))
    for (let at = 0; at < bytes.length && this.isUsable; at += size) {
      this.#parts.handlers.onData(bytes.slice(at, at + size))
    }
  }

  close(): void {
    this.#isOpen = false
    this.#parts.onClose()
  }

  cut(error?: Error): void {
    if (!this.#isOpen) return
    this.close()
    this.#parts.handlers.onClose(error)
  }
}

/** A request, with ways to answer it. */
export class ScriptedRequest {
  readonly method: string
  readonly target: string
  readonly body: string
  readonly fields: ReadonlyMap<string, string>
  readonly parameters: URLSearchParams
  readonly #connection: ScriptedConnection

  constructor(connection: ScriptedConnection, text: string) {
    const headEnd = text.indexOf('\r\n\r\n')
    const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n')
    const [method = '', target = ''] = first.split(' ')
    this.#connection = connection
    this.method = method
    this.target = target
    this.body = text.slice(headEnd + 4)
    this.fields = new Map(lines.map((line) => line.split(': ') as [string, string]))
    this.parameters = new URL(this.target, 'http://server').searchParams
  }

  /** Whether anything that is sent gets there. */
  get isOpen(): boolean {
    return this.#connection.isUsable
  }

  /** Sends a whole response. */
  respond(body: unknown, status = 200, fields: readonly string[] = []): void {
    const text = JSON.stringify(body)
    const length = `content-length: ${new TextEncoder().encode(text).length}`
    this.send([`HTTP/1.1 ${status} Text`, length, ...fields, '', text].join('\r\n'))
  }

  /** Begins a response whose body comes in chunks. */
  begin(): void {
    this.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
  }

  chunk(text: string): void {
    this.send(`${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`)
  }

  /** Ends such a body. */
  end(): void {
    this.send('0\r\n\r\n')
  }

  send(text: string): void {
    this.#connection.send(text)
  }

  /** Ends the connection, whatever is under way. */
  cut(error?: Error): void {
    this.#connection.cut(error)
  }
}
