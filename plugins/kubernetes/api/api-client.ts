/** Asks an API server for pages of a list and for watches, over one connection of its own. */

import {
  type Clock,
  HttpConnection,
  type Network,
  type ResponseHead,
  type ResponseReceiver,
} from '@fingerpost/sdk'
import type { Access } from './access.ts'
import { type ApiFault, faultOfResponse } from './api-fault.ts'
import type { ApiMetrics } from './api-metrics.ts'
import { Backlog } from './backlog.ts'
import { ItemReader } from './item-reader.ts'

export interface ApiClientOptions {
  readonly access: Access
  readonly network: Network
  readonly clock: Clock
  readonly metrics: ApiMetrics
}

/** Query parameters; those that are undefined are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

const DIAL_TIMEOUT_MS = 3000
const ANSWER_TIMEOUT_MS = 15_000
const PAGE_TIMEOUT_MS = 60_000
/** How much longer than it was told to a watch may last before it counts as dead. */
const WATCH_GRACE_MS = 10_000
/** A page; a server that ignores the limit sends the whole list as one. */
const MAX_PAGE_BYTES = 128 * 1024 * 1024
/** An object: etcd's limit for an object is 1.5 MiB, and what is in it may be escaped. */
const MAX_OBJECT_BYTES = 8 * 1024 * 1024
const MAX_FAULT_BYTES = 64 * 1024

/** What gets the events of a watch. */
export interface WatchReceiver {
  onEvent(text: string): void
  onHeard(): void
  /** Whether events are wanted with all that is in them. */
  readonly isWhole?: boolean
}

/** A client with at most one request under way. */
export class ApiClient {
  readonly #options: ApiClientOptions
  readonly #connection: HttpConnection

  constructor(options: ApiClientOptions) {
    this.#options = options
    const { access, network, clock } = options
    this.#connection = new HttpConnection({
      network,
      clock,
      authority: access.authority,
      target: async () => ({
        address: access.host,
        port: access.port,
        timeoutMs: DIAL_TIMEOUT_MS,
        tls: await access.tls(),
      }),
    })
  }

  /**
   * Gets a page of a list: `onItem` gets each item's JSON without what DNS has no use for. Resolves
   * with the list itself, which has a 0 in the place of each item.
   * @throws ApiFault (rejects) when the server refuses, an Error for all else that goes wrong, and
   * whatever `onItem` throws
   */
  async getList(
    path: string,
    parameters: Parameters,
    onItem: (text: string) => void,
  ): Promise<unknown> {
    const backlog = this.#backlog(onItem)
    const reader = new ItemReader({
      from: 'list',
      maxTextBytes: MAX_OBJECT_BYTES,
      onItem: (text) => backlog.add(text),
    })
    let totalBytes = 0
    await this.#request(path, parameters, PAGE_TIMEOUT_MS, {
      onBody(bytes, from, end) {
        totalBytes += end - from
        if (totalBytes > MAX_PAGE_BYTES) {
          throw new RangeError(`the answer is longer than ${MAX_PAGE_BYTES} octets`)
        }
        backlog.begin()
        reader.push(bytes, from, end)
      },
    })
    await backlog.drain()
    return JSON.parse(reader.end())
  }

  /**
   * Gets one JSON document whole.
   * @throws ApiFault (rejects) when the server refuses, and an Error for all else that goes wrong
   */
  async getJson(path: string, parameters: Parameters): Promise<unknown> {
    const body = new Body(MAX_OBJECT_BYTES)
    await this.#request(path, parameters, PAGE_TIMEOUT_MS, {
      onBody: (bytes, from, end) => body.add(bytes.subarray(from, end)),
    })
    return JSON.parse(body.takeText())
  }

  /**
   * Watches: `onEvent` gets each event's JSON, as `onItem` of a list does, or whole; `onHeard` is
   * called whenever anything came. Resolves when the server ends the watch, which it is told to do
   * after `timeoutSeconds`.
   * @throws as {@link ApiClient.getJson} does, and whatever `onEvent` throws
   */
  async watch(
    path: string,
    parameters: Parameters & { readonly timeoutSeconds: number },
    { onEvent, onHeard, isWhole }: WatchReceiver,
  ): Promise<void> {
    const backlog = this.#backlog(onEvent)
    const reader = new ItemReader({
      from: 'stream',
      isWhole,
      maxTextBytes: MAX_OBJECT_BYTES,
      onItem: (text) => backlog.add(text),
    })
    const totalMs = parameters.timeoutSeconds * 1000 + WATCH_GRACE_MS
    const watched = this.#request(path, { watch: 1, ...parameters }, totalMs, {
      onHead: onHeard,
      onBody(bytes, from, end) {
        onHeard()
        backlog.begin()
        reader.push(bytes, from, end)
      },
    })
    // What came before an end of any kind counts.
    await watched.finally(() => backlog.drain())
  }

  /**
   * Creates an object.
   * @throws as {@link ApiClient.getJson} does; the object may have been created all the same
   */
  async postJson(path: string, object: unknown): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify(object))
    await this.#request(path, {}, ANSWER_TIMEOUT_MS, { onBody() {} }, body)
  }

  /** Ends the connection, and with it what is under way. */
  close(): void {
    this.#connection.close()
  }

  #backlog(run: (text: string) => void): Backlog {
    return new Backlog(this.#options.clock, run, (error) => this.#connection.reset(error))
  }

  async #request(
    path: string,
    parameters: Parameters,
    totalMs: number,
    receiver: { onHead?(): void } & Pick<ResponseReceiver, 'onBody'>,
    body?: Uint8Array,
  ): Promise<void> {
    const { access, metrics, clock } = this.#options
    const isWatch = 'watch' in parameters
    const authorization = await access.authorization()
    const startMs = clock.now()
    const refusal = new Body(MAX_FAULT_BYTES)
    let head: ResponseHead | undefined
    const isGood = ({ status }: ResponseHead): boolean =>
      status === 200 || (body !== undefined && status === 201)
    try {
      await this.#connection.ask({
        target: `${access.basePath}${path}${queryOf(parameters)}`,
        fields: fieldsWith(authorization),
        body,
        // Some servers send the head of a watch with its first event.
        headMs: isWatch ? totalMs : ANSWER_TIMEOUT_MS,
        silenceMs: isWatch ? totalMs : ANSWER_TIMEOUT_MS,
        totalMs,
        onHead(received) {
          head = received
          if (body === undefined) metrics.took(clock.now() - startMs)
          if (isGood(head)) receiver.onHead?.()
        },
        onBody(bytes, from, end) {
          if (head !== undefined && isGood(head)) receiver.onBody(bytes, from, end)
          else refusal.addUntilFull(bytes.subarray(from, end))
        },
      })
    } finally {
      metrics.answered(head?.status, body === undefined ? 'GET' : 'POST')
    }
    if (head !== undefined && !isGood(head)) throw this.#refused(head, refusal.takeText())
  }

  #refused(head: ResponseHead, body: string): ApiFault {
    if (head.status === 401) {
      // A certificate is shown once per connection: a new one needs a new connection.
      this.#options.access.forget()
      this.#connection.reset(new Error('the credentials were refused'))
    }
    return faultOfResponse(head, body)
  }
}

/** A body in memory. */
class Body {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #totalBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(bytes: Uint8Array): void {
    this.#totalBytes += bytes.length
    if (this.#totalBytes > this.#maxBytes) {
      throw new RangeError(`the answer is longer than ${this.#maxBytes} octets`)
    }
    this.#parts.push(bytes)
  }

  /** The same, but what is too much is left out. */
  addUntilFull(bytes: Uint8Array): void {
    const leftBytes = this.#maxBytes - this.#totalBytes
    if (leftBytes > 0) this.add(bytes.subarray(0, leftBytes))
  }

  takeText(): string {
    const text = new TextDecoder().decode(joinBytes(this.#parts, this.#totalBytes))
    this.#parts = []
    return text
  }
}

function fieldsWith(authorization: string | undefined): (readonly [string, string])[] {
  return [
    ['accept', 'application/json'],
    ['user-agent', 'fingerpost'],
    ...(authorization === undefined ? [] : ([['authorization', authorization]] as const)),
  ]
}

function queryOf(parameters: Parameters): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** Joins pieces into one; a single piece is given back as it is. */
function joinBytes(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array
  const joined = new Uint8Array(totalBytes)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
