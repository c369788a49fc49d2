/**
 * Asks an HTTP/1.1 server over one connection of the host's network, one request at a time, and
 * keeps the connection for the next. The runtimes' own `fetch` will not do: only Bun's takes a
 * certificate authority, and a body that has gone silent can't be told from a quiet one.
 *
 * RFC 9110: 9.3.1 (GET), 9.3.3 (POST). RFC 9112: 3 (request), 9.3 (persistence).
 */

import type { Clock, Network, StreamOptions, StreamSocket, Timer } from '../host.ts'
import { ResponseParser, type ResponseReceiver } from './http-response.ts'

/** A GET, or a POST where there is a body, and how long its parts may take. */
export interface HttpCall extends ResponseReceiver {
  /** JSON to post. It may be sent twice, when the connection ends just as it leaves. */
  readonly body?: Uint8Array | undefined
  /** Path and query of the target. */
  readonly target: string
  /** Without `host` and those about the body, which are the connection's matter. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Until the head has come. */
  readonly headMs: number
  /** Without any octet, once the head has come. */
  readonly silenceMs: number
  /** Until the end. */
  readonly totalMs: number
}

export interface HttpConnectionOptions {
  readonly network: Network
  readonly clock: Clock
  /** The value of the `host` field. */
  readonly authority: string
  /** Says where to connect to; asked for every new connection, since certificates rotate. */
  target(): Promise<StreamOptions>
}

/** One connection, made again whenever it is needed and not there. */
export class HttpConnection {
  readonly #options: HttpConnectionOptions
  #socket: StreamSocket | undefined
  #exchange: Exchange | undefined
  #isClosed = false
  /** Counts connections: what an earlier one still says is not heard. */
  #generation = 0

  constructor(options: HttpConnectionOptions) {
    this.#options = options
  }

  /**
   * Performs a request. Resolves when the response is complete.
   * @throws (rejects) when there is no connection, it breaks, something takes too long, what comes
   * is no response, or the receiver throws
   */
  async ask(call: HttpCall): Promise<void> {
    if (this.#exchange !== undefined) throw new Error('the connection has a request already')
    const isReused = this.#socket !== undefined
    try {
      await this.#perform(call)
    } catch (error) {
      // A server may end an idle connection just as the next request leaves (RFC 9112, 9.3.1).
      if (!isReused || !(error instanceof ConnectionLost) || !error.isUnanswered) throw error
      await this.#perform(call)
    }
  }

  /** Ends the connection; the request under way is rejected. A later request makes a new one. */
  reset(reason: Error): void {
    this.#drop()
    this.#exchange?.fail(reason)
  }

  /** Ends the connection for good. */
  close(): void {
    this.#isClosed = true
    this.reset(closedError())
  }

  async #perform(call: HttpCall): Promise<void> {
    const exchange = new Exchange(call, this.#options.clock)
    this.#exchange = exchange
    try {
      exchange.watch(() => this.#drop())
      const composed = this.#compose(call)
      const socket = await Promise.race([this.#connect(), exchange.done])
      if (socket === undefined) throw new Error('the server answered before it was asked')
      socket.write(composed)
      await exchange.done
      if (!exchange.parser.isPersistent) this.#drop()
    } catch (error) {
      this.#drop()
      throw error
    } finally {
      exchange.end()
      this.#exchange = undefined
    }
  }

  async #connect(): Promise<StreamSocket> {
    if (this.#socket !== undefined) return this.#socket
    const generation = ++this.#generation
    const isCurrent = (): boolean => generation === this.#generation
    const target = await this.#options.target()
    if (this.#isClosed || !isCurrent()) throw closedError()
    const dialled = this.#options.network.dialStream(target, {
      onData: (bytes) => {
        if (isCurrent()) this.#receive(bytes)
      },
      onClose: (error) => {
        if (isCurrent()) this.#lose(error)
      },
    })
    const socket = await dialled.catch((cause: Error) => {
      throw new HttpUnreachable(cause.message, { cause })
    })
    if (this.#isClosed || !isCurrent()) {
      socket.close()
      throw closedError()
    }
    this.#socket = socket
    return socket
  }

  #receive(bytes: Uint8Array): void {
    if (this.#exchange === undefined) this.#drop()
    else this.#exchange.receive(bytes)
  }

  #lose(cause: Error | undefined): void {
    this.#socket = undefined
    this.#generation++
    this.#exchange?.lose(cause)
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#generation++
    socket?.close()
  }

  #compose({ target, fields, body }: HttpCall): Uint8Array {
    const all = [['host', this.#options.authority], ...fields]
    if (body !== undefined) {
      all.push(['content-type', 'application/json'], ['content-length', String(body.length)])
    }
    for (const [name, value] of all) {
      if (!/^[\t\x20-\x7e]*$/.test(value ?? '')) throw new Error(`field ${name} has odd characters`)
    }
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`)
    const method = body === undefined ? 'GET' : 'POST'
    const head = `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
    const octets = new TextEncoder().encode(head)
    if (body === undefined) return octets
    const whole = new Uint8Array(octets.length + body.length)
    whole.set(octets)
    whole.set(body, octets.length)
    return whole
  }
}

/** A request under way. */
class Exchange {
  readonly parser: ResponseParser
  readonly done: Promise<void>
  readonly #call: HttpCall
  readonly #clock: Clock
  readonly #startMs: number
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}
  #timer: Timer | undefined
  #isSettled = false
  #hasHead = false
  #hasOctets = false
  #heardMs: number
  #expire: () => void = () => {}

  constructor(call: HttpCall, clock: Clock) {
    this.#call = call
    this.#clock = clock
    this.#startMs = clock.now()
    this.#heardMs = this.#startMs
    this.parser = new ResponseParser({
      onHead: (head) => {
        this.#hasHead = true
        call.onHead(head)
      },
      onBody: (bytes, from, end) => call.onBody(bytes, from, end),
    })
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before anyone waits for it.
    this.done.catch(() => {})
  }

  /** Begins to watch the time; `expire` runs when it is over. */
  watch(expire: () => void): void {
    this.#expire = expire
    this.#arm()
  }

  receive(bytes: Uint8Array): void {
    this.#hasOctets = true
    this.#heardMs = this.#clock.now()
    try {
      this.parser.push(bytes)
    } catch (error) {
      this.fail(error as Error)
      return
    }
    if (this.parser.isDone) this.#settle(() => this.#resolve())
  }

  lose(cause: Error | undefined): void {
    try {
      this.parser.end()
      this.#settle(() => this.#resolve())
    } catch {
      this.fail(new ConnectionLost(!this.#hasOctets, cause))
    }
  }

  fail(error: Error): void {
    this.#settle(() => this.#reject(error))
  }

  end(): void {
    this.#timer?.cancel()
  }

  #settle(run: () => void): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#timer?.cancel()
    run()
  }

  // One timer that looks again, not one per piece that comes: pieces are many.
  #arm(): void {
    const { headMs, silenceMs, totalMs } = this.#call
    const silentUntilMs = this.#hasHead ? this.#heardMs + silenceMs : this.#startMs + headMs
    const endMs = Math.min(silentUntilMs, this.#startMs + totalMs)
    const leftMs = endMs - this.#clock.now()
    if (leftMs > 0) {
      this.#timer = this.#clock.after(leftMs, () => this.#arm())
      return
    }
    const isSilent = endMs === silentUntilMs
    if (!isSilent) this.fail(new HttpTooLate('the answer took too long'))
    else if (this.#hasHead) this.fail(new HttpTooLate('the server has gone silent'))
    else this.fail(new HttpTooLate('the server did not answer'))
    this.#expire()
  }
}

function closedError(): Error {
  return new Error('the connection was closed')
}

/** There was no connection to be had. */
export class HttpUnreachable extends Error {
  override readonly name = 'HttpUnreachable'
}

/** Nothing came, or not all, in the time there was. */
export class HttpTooLate extends Error {
  override readonly name = 'HttpTooLate'
}

/** The connection ended before the response did. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** Whether it ended before anything of a response had come. */
  readonly isUnanswered: boolean

  constructor(isUnanswered: boolean, cause: Error | undefined) {
    super(`the connection ended${cause === undefined ? '' : `: ${cause.message}`}`, { cause })
    this.isUnanswered = isUnanswered
  }
}
