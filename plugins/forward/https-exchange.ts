/** Exchanges messages with one upstream over HTTPS (RFC 8484), by the runtime's `fetch`. */

import { DnsError, type TlsOptions } from '@fingerpost/sdk'
import { type Pending, toWire } from './pending.ts'
import { closedFault, readTimeout, tooMany } from './socket-fault.ts'
import type { Member, Upkeep } from './upkeep.ts'

/** Queries in flight towards one upstream. */
export const MAX_HTTPS_IN_FLIGHT = 256
const MAX_MESSAGE_SIZE = 65_535
const TYPE = 'application/dns-message'

/** Where to ask, and how. */
export interface HttpsRemote {
  /** An IP address or a host name. */
  readonly address: string
  readonly port: number
  readonly method: 'POST' | 'GET'
  readonly tls: TlsOptions
}

/** The HTTPS side of one upstream. */
export class HttpsExchange implements Member {
  readonly #remote: HttpsRemote
  readonly #url: string
  readonly #fetch: typeof fetch
  readonly #upkeep: Upkeep
  readonly #inFlight = new Map<Pending, AbortController>()

  constructor(remote: HttpsRemote, fetchMessage: typeof fetch, upkeep: Upkeep) {
    const host = remote.address.includes(':') ? `[${remote.address}]` : remote.address
    this.#remote = remote
    this.#url = `https://${host}:${remote.port}/dns-query`
    this.#fetch = fetchMessage
    this.#upkeep = upkeep
  }

  /** Sends a query; what becomes of it is told to `pending`. */
  send(pending: Pending): void {
    if (this.#inFlight.size >= MAX_HTTPS_IN_FLIGHT) {
      pending.onFault(tooMany({ ...this.#remote, network: 'tcp' }, MAX_HTTPS_IN_FLIGHT))
      return
    }
    const controller = new AbortController()
    this.#inFlight.set(pending, controller)
    this.#upkeep.add(this)
    // The id is 0 so that HTTP caches see one query, not 65,536 of them (RFC 8484 4.1).
    pending.id = 0
    this.#ask(toWire(pending, 0), controller.signal).then(
      (reply) => this.#inFlight.delete(pending) && pending.onReply(reply),
      (cause: unknown) => this.#inFlight.delete(pending) && pending.onFault(toFault(cause)),
    )
  }

  /** Nothing is kept open here: `fetch` closes its connections itself. */
  retire(): void {}

  /** Gives up what is in flight. */
  close(): void {
    this.#giveUp(() => true, closedFault)
    this.#upkeep.remove(this)
  }

  tick(now: number): boolean {
    this.#giveUp(
      (pending) => pending.expiresAt <= now,
      () => readTimeout({ ...this.#remote, network: 'tcp' }),
    )
    return this.#inFlight.size > 0
  }

  #giveUp(isOver: (pending: Pending) => boolean, fault: () => DnsError): void {
    for (const [pending, controller] of [...this.#inFlight]) {
      if (!isOver(pending)) continue
      this.#inFlight.delete(pending)
      controller.abort()
      pending.onFault(fault())
    }
  }

  async #ask(wire: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const isGet = this.#remote.method === 'GET'
    const init: RequestInit & { tls?: object } = {
      method: this.#remote.method,
      headers: isGet ? { accept: TYPE } : { accept: TYPE, 'content-type': TYPE },
      redirect: 'error',
      signal,
    }
    if (!isGet) init.body = wire as Uint8Array<ArrayBuffer>
    const { serverName, ca, cert, key } = this.#remote.tls
    if ((serverName ?? ca ?? cert ?? key) !== undefined) {
      // Known to Bun's fetch; other runtimes verify against their own authorities.
      init.tls = { serverName, ca, cert, key }
    }
    const url = isGet ? `${this.#url}?dns=${toBase64Url(wire)}` : this.#url
    const fetchMessage = this.#fetch
    const response = await fetchMessage(url, init)
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new DnsError('upstream-malformed', `${this.#url}: HTTP status ${response.status}`)
    }
    const body = await readBody(response)
    if (body === undefined) {
      throw new DnsError('upstream-malformed', `${this.#url}: no DNS message in the response`)
    }
    return body
  }
}

/** The body, unless it is too large or too small for a message. */
async function readBody(response: Response): Promise<Uint8Array | undefined> {
  if (response.body === null) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > MAX_MESSAGE_SIZE) {
      await reader.cancel()
      return undefined
    }
    chunks.push(value)
  }
  if (size < 12) return undefined
  const body = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function toFault(cause: unknown): DnsError {
  if (cause instanceof DnsError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  return new DnsError('upstream-unreachable', text, { cause })
}
