/**
 * One request for a DNS message: read, answered, written, each within its time. RFC 8484 section 4.
 *
 * Made for `node:http` and its HTTP/2 twin as they are: a framework for one path would cost more
 * than what it spares.
 */

import type { ServerResponse } from 'node:http'
import {
  DOH_PATH,
  DOH_TYPE,
  isQuery,
  MAX_BODY_BYTES,
  maxAgeSeconds,
  messageInQuery,
} from './doh-message.ts'
import type { HttpConnection, HttpRequest, HttpResponse } from './https.ts'
import type { ListenCounts, Serve } from './serve.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** The listener as its requests see it. */
export interface DohOwner {
  readonly serve: Serve
  readonly limits: TcpLimits
  readonly counts: ListenCounts
  readonly isClosing: boolean
  /** Octets of bodies that are held at the moment, over all connections. */
  bodyBytes: number
  now(): number
  onResponse(status: number): void
  onFault(error: unknown): void
}

/** Octets of bodies that a listener holds at most. */
export const MAX_BODY_BYTES_IN_ALL = 8 * 1024 * 1024

/** In `leaving`, a response is out whose request goes on. */
type Phase = 'reading' | 'answering' | 'writing' | 'leaving' | 'over'

export class DohTurn {
  readonly #request: HttpRequest
  readonly #response: HttpResponse
  readonly #connection: HttpConnection
  readonly #owner: DohOwner
  #phase: Phase = 'reading'
  #sinceMs: number
  #chunks: Uint8Array[] = []
  #size = 0
  #onEnd: (() => void) | undefined

  constructor(
    request: HttpRequest,
    response: HttpResponse,
    connection: HttpConnection,
    owner: DohOwner,
  ) {
    this.#request = request
    this.#response = response
    this.#connection = connection
    this.#owner = owner
    this.#sinceMs = owner.now()
  }

  /** Begins; `onEnd` is called once, when nothing is left to do. */
  begin(onEnd: () => void): void {
    this.#onEnd = onEnd
    this.#request.on('error', ignore)
    this.#response.on('error', ignore)
    this.#response.once('finish', () => this.#end())
    this.#response.once('close', () => this.#end())
    const { url = '', method } = this.#request
    const searchAt = url.indexOf('?')
    const path = searchAt < 0 ? url : url.slice(0, searchAt)
    if (this.#connection.turns.size > this.#owner.limits.maxInFlight) {
      this.#refuse(503, 'too many requests at once')
    } else if (path !== DOH_PATH) {
      this.#refuse(404, '')
    } else if (method === 'GET') {
      const wire = messageInQuery(searchAt < 0 ? '' : url.slice(searchAt + 1))
      if (typeof wire === 'string') this.#refuse(400, wire)
      else this.#answer(wire)
    } else if (method === 'POST') {
      this.#readBody()
    } else {
      this.#refuse(400, `method not allowed: ${method}`)
    }
  }

  /** Ends what takes too long. Called now and then by the listener. */
  checkTime(nowMs: number): void {
    const { firstQueryTimeoutMs, writeTimeoutMs } = this.#owner.limits
    const tookMs = nowMs - this.#sinceMs
    if (this.#phase === 'reading' && tookMs > firstQueryTimeoutMs) {
      this.#refuse(408, 'the request took too long to arrive')
    } else if (this.#phase === 'writing' && tookMs > writeTimeoutMs) {
      this.#connection.raw.destroy()
      this.#end()
    } else if (this.#phase === 'leaving' && 'stream' in this.#request) {
      this.#request.stream.close()
      this.#end()
    }
  }

  #readBody(): void {
    this.#request.on('data', (chunk: Buffer) => {
      if (this.#phase !== 'reading') return
      this.#size += chunk.length
      this.#owner.bodyBytes += chunk.length
      this.#chunks.push(chunk)
      if (this.#size > MAX_BODY_BYTES) this.#refuse(400, 'the request body is too large')
      else if (this.#owner.bodyBytes > MAX_BODY_BYTES_IN_ALL) {
        this.#refuse(503, 'too many requests at once')
      }
    })
    this.#request.once('end', () => {
      if (this.#phase === 'reading') this.#answer(this.#takeBody())
    })
  }

  #takeBody(): Uint8Array {
    const body = new Uint8Array(this.#size)
    let at = 0
    for (const chunk of this.#chunks) {
      body.set(chunk, at)
      at += chunk.length
    }
    this.#forgetBody()
    return body
  }

  #forgetBody(): void {
    this.#owner.bodyBytes -= this.#size
    this.#size = 0
    this.#chunks = []
  }

  #answer(wire: Uint8Array): void {
    const { exchange } = this.#connection
    if (!isQuery(wire, exchange)) {
      this.#refuse(400, 'invalid request')
      return
    }
    this.#phase = 'answering'
    this.#owner.counts.received++
    let reply: ReturnType<Serve>
    try {
      reply = this.#owner.serve(wire, exchange)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (!(reply instanceof Promise)) this.#put(reply)
    else reply.then(this.#put, (error: unknown) => this.#fail(error))
  }

  readonly #put = (reply: Uint8Array | undefined): void => {
    if (reply === undefined) {
      this.#refuse(500, 'No response')
      return
    }
    this.#write(200, reply, {
      'content-type': DOH_TYPE,
      'cache-control': `max-age=${maxAgeSeconds(reply)}`,
    })
  }

  #fail(error: unknown): void {
    this.#owner.counts.errors++
    this.#owner.onFault(error)
    this.#refuse(500, 'No response')
  }

  #refuse(status: number, text: string): void {
    const body = new TextEncoder().encode(`${text}\n`)
    this.#write(status, body, {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
  }

  #write(status: number, body: Uint8Array, headers: Record<string, string>): void {
    if (this.#phase === 'over') {
      this.#owner.counts.dropped++
      return
    }
    // What is left of a body is not waited for.
    const isCut = this.#phase === 'reading' && mayGoOn(this.#request)
    this.#phase = 'writing'
    this.#sinceMs = this.#owner.now()
    this.#forgetBody()
    this.#owner.onResponse(status)
    const isLast = this.#request.httpVersionMajor === 1 && (isCut || this.#owner.isClosing)
    const all = { ...headers, 'content-length': String(body.length) }
    if (isCut) this.#leaveBody()
    // The two kinds of responses have the same methods under types that differ.
    const response = this.#response as ServerResponse
    response.writeHead(status, isLast ? { ...all, connection: 'close' } : all)
    response.end(body)
  }

  /** Sees to it that the rest of a request's body costs nothing once it is answered. */
  #leaveBody(): void {
    this.#request.resume()
    if ('stream' in this.#request) {
      // Not at once: some clients then take the response for lost.
      this.#request.stream.once('finish', () => {
        if (this.#phase === 'writing') this.#phase = 'leaving'
      })
    } else {
      const { raw } = this.#connection
      this.#response.once('finish', () => raw.end(() => setImmediate(() => raw.destroy())))
    }
  }

  #end(): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#forgetBody()
    this.#onEnd?.()
  }
}

/** Whether more of a body may come. Nothing tells it of HTTP/2 in all runtimes. */
function mayGoOn(request: HttpRequest): boolean {
  if (request.complete) return false
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return request.httpVersionMajor > 1 || encoding !== undefined || Number(length ?? 0) > 0
}

function ignore(): void {}
