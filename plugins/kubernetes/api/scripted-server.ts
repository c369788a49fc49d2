/** An API server for tests on a network of its own: a test sees each request and answers it. */

import type { StreamHandlers, StreamOptions, StreamSocket } from '@fingerpost/sdk'
import { type FakeClock, FakeNetwork } from '@fingerpost/sdk/testing'

/** A network with one server, whatever address is dialled. */
export class ScriptedServer extends FakeNetwork {
  connect: 'accept' | 'refuse' | 'hang' = 'accept'
  /** Octets per piece of what is sent. */
  chunkSize = Number.POSITIVE_INFINITY
  readonly dialled: StreamOptions[] = []
  /** Requests that came, in order. */
  readonly requests: ScriptedRequest[] = []
  readonly #open = new Set<ScriptedConnection>()
  /** Answers requests as they come, unless the test answers them later. */
  answer: (request: ScriptedRequest) => void = () => {}
  readonly clock: FakeClock

  constructor(clock: FakeClock) {
    super(clock)
    this.clock = clock
  }

  override get openSockets(): number {
    return this.#open.size
  }

  get last(): ScriptedRequest {
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
    const connection = new ScriptedConnection(this, handlers, () => this.#open.delete(connection))
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

/** The server's end of a connection. */
class ScriptedConnection {
  readonly #server: ScriptedServer
  readonly #handlers: StreamHandlers
  readonly #onClose: () => void
  isMute = false
  #isOpen = true

  constructor(server: ScriptedServer, handlers: StreamHandlers, onClose: () => void) {
    this.#server = server
    this.#handlers = handlers
    this.#onClose = onClose
  }

  get isUsable(): boolean {
    return this.#isOpen && !this.isMute
  }

  receive(text: string): void {
    if (!this.isUsable) return
    const request = new ScriptedRequest(this, text)
    this.#server.requests.push(request)
    this.#server.answer(request)
  }

  send(text: string): void {
    const bytes = new TextEncoder().encode(text)
    const size = Math.min(this.#server.chunkSize, Math.max(bytes.length, 1))
    for (let at = 0; at < bytes.length && this.isUsable; at += size) {
      this.#handlers.onData(bytes.slice(at, at + size))
    }
  }

  close(): void {
    this.#isOpen = false
    this.#onClose()
  }

  cut(error?: Error): void {
    if (!this.#isOpen) return
    this.close()
    this.#handlers.onClose(error)
  }
}

/** A request, with ways to answer it. */
export class ScriptedRequest {
  readonly method: string
  readonly target: string
  /** What was posted. */
  readonly body: string
  readonly fields: ReadonlyMap<string, string>
  readonly parameters: URLSearchParams
  readonly #connection: ScriptedConnection

  constructor(connection: ScriptedConnection, text: string) {
    const [head = '', ...bodies] = text.split('\r\n\r\n')
    const [first = '', ...lines] = head.split('\r\n')
    const [method = '', target = ''] = first.split(' ')
    this.#connection = connection
    this.method = method
    this.target = target
    this.body = bodies.join('\r\n\r\n')
    this.fields = new Map(lines.map((line) => line.split(': ') as [string, string]))
    this.parameters = new URL(this.target, 'http://server').searchParams
  }

  /** Whether anything that is sent gets there. */
  get isOpen(): boolean {
    return this.#connection.isUsable
  }

  get isWatch(): boolean {
    return this.parameters.has('watch')
  }

  /** Sends a whole response. */
  respond(body: unknown, status = 200, fields: readonly string[] = []): void {
    const text = JSON.stringify(body)
    const length = `content-length: ${new TextEncoder().encode(text).length}`
    this.send([`HTTP/1.1 ${status} Text`, length, ...fields, '', text].join('\r\n'))
  }

  /** Sends a page of a list. */
  list(items: readonly unknown[], resourceVersion: string, next?: string): void {
    this.respond({ items, metadata: { resourceVersion, continue: next } })
  }

  /** Sends a failure as API servers do. */
  refuse(code: number, message: string, fields: readonly string[] = []): void {
    this.respond({ kind: 'Status', code, message }, code, fields)
  }

  /** Begins to answer a watch. */
  begin(): void {
    this.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
  }

  event(type: string, object: unknown): void {
    this.chunk(`${JSON.stringify({ type, object })}\n`)
  }

  chunk(text: string): void {
    this.send(`${new TextEncoder().encode(text).length.toString(16)}\r\n${text}\r\n`)
  }

  /** Ends a watch as a server does when its time is over. */
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
