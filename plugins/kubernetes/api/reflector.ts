/**
 * Keeps a sink equal to one collection of the API: lists it page by page, then watches from the
 * version of the list, again and again. What is known stays while the server is away.
 *
 * A watch is told to end within half a minute. The next one begins where it ended, over the same
 * connection, and one that doesn't end is on a connection that is dead without saying so.
 */

import { type Clock, HttpUnreachable, type Logger, type Random, type Timer } from '@fingerpost/sdk'
import { type Fields, fieldsOf, textOf } from '../json.ts'
import { isLeaving, type Kind, reduceObject } from '../objects.ts'
import { keyOf, type ObjectSink } from '../source.ts'
import type { ApiClient, Parameters } from './api-client.ts'
import { ApiFault, faultOfStatus, reasonOf, WrongAnswer } from './api-fault.ts'
import type { KindMetrics, ListReason } from './api-metrics.ts'
import { Backoff } from './backoff.ts'
import { isEarlier, RecentChanges } from './recent-changes.ts'
import type { Resource } from './resource.ts'

export interface ReflectorOptions<K extends Kind> {
  readonly resource: Resource<K>
  readonly client: ApiClient
  readonly sink: ObjectSink
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** The name of the server, for the log. */
  readonly server: string
  readonly metrics: KindMetrics
  /** The server was heard about this kind. */
  onHeard(): void
}

const PAGE_LIMIT = 500
/** A million objects; a list that never ends is none. */
const MAX_PAGES = 2000
const WATCH_MIN_SECONDS = 25
const WATCH_SPREAD_SECONDS = 10
/** A watch that ends sooner than this and told nothing is a failure, or it would be a busy loop. */
const WATCH_SHORT_MS = 1000
/** Watches refused in a row after which the version itself is doubted, and all is listed anew. */
const MAX_REFUSED_WATCHES = 3
const LOG_INTERVAL_MS = 30_000
/** After an attempt that took its time to fail, the pause is shorter by that, but not below this. */
const MIN_PAUSE_MS = 100

/** The list-and-watch loop of one kind. */
export class Reflector<K extends Kind> {
  readonly #options: ReflectorOptions<K>
  readonly #backoff: Backoff
  readonly #changes = new RecentChanges()
  /** Where the next watch begins; undefined when all has to be listed. */
  #version: string | undefined
  /** Why there is none. */
  #listReason: ListReason = 'start'
  #attemptMs = 0
  #isClosed = false
  #refusedWatches = 0
  #pause: { readonly timer: Timer; end(): void } | undefined
  #failureCount = 0
  #warnedMs: number | undefined

  constructor(options: ReflectorOptions<K>) {
    this.#options = options
    this.#backoff = new Backoff(options.random)
  }

  /** Runs until {@link Reflector.close}; never rejects. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      this.#attemptMs = this.#options.clock.now()
      try {
        if (this.#version === undefined) await this.#list()
        else await this.#watch(this.#version)
      } catch (error) {
        if (!this.#isClosed) await this.#recover(error)
      }
    }
  }

  close(): void {
    this.#isClosed = true
    this.#options.client.close()
    this.#options.metrics.end()
    this.#pause?.timer.cancel()
    this.#pause?.end()
  }

  async #list(): Promise<void> {
    const { metrics, resource, sink } = this.#options
    const { keys, version } = await this.#takeAll()
    if (this.#isClosed) return
    metrics.listed(this.#listReason)
    this.#changes.restart(version)
    this.#version = version
    this.#options.onHeard()
    sink.retain(resource.kind, keys)
    sink.synced(resource.kind)
    this.#succeed()
  }

  /** All pages of one list: what they say holds for one moment, that of the first page. */
  async #takeAll(): Promise<{ keys: ReadonlySet<string>; version: string }> {
    const { client, resource, onHeard } = this.#options
    const keys = new Set<string>()
    let version = ''
    let page: Parameters = { limit: PAGE_LIMIT }
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      let json: unknown
      try {
        const parameters = { ...selectorsOf(resource), ...page }
        json = await client.getList(resource.path, parameters, (text) => {
          if (!this.#isClosed) this.#take(JSON.parse(text), keys)
        })
      } catch (error) {
        // The list took longer than its pages are kept for: this time, all in one piece.
        if (!(error instanceof ApiFault && error.isGone) || page.continue === undefined) throw error
        keys.clear()
        version = ''
        page = {}
        continue
      }
      if (this.#isClosed) return { keys, version }
      onHeard()
      const list = fieldsOf(json)
      checkKind(list, `${resource.kind}List`, 'List')
      if (!Array.isArray(list.items)) throw new WrongAnswer('the answer is no list')
      const metadata = fieldsOf(list.metadata)
      version ||= textOf(metadata.resourceVersion)
      if (version === '') throw new WrongAnswer('the list has no version')
      const next = textOf(metadata.continue)
      if (next === '') return { keys, version }
      page = { limit: PAGE_LIMIT, continue: next }
    }
    throw new WrongAnswer(`the list has more than ${MAX_PAGES} pages`)
  }

  #take(item: unknown, keys: Set<string>): void {
    const { resource, sink } = this.#options
    const { kind } = resource
    if (kind === 'Pod' && isLeaving(item)) return
    const object = reduceObject(kind, item)
    if (object === undefined) return
    keys.add(keyOf(object))
    sink.upsert(kind, object)
  }

  async #watch(version: string): Promise<void> {
    const { client, clock, metrics, random, resource, onHeard } = this.#options
    const startMs = clock.now()
    const parameters = {
      ...selectorsOf(resource),
      resourceVersion: version,
      allowWatchBookmarks: 'true',
      timeoutSeconds: WATCH_MIN_SECONDS + random.below(WATCH_SPREAD_SECONDS),
    }
    let hasEvents = false
    // Not reset by a list: where each watch is refused at once, lists would follow one another.
    const isGood = (): boolean => hasEvents || clock.now() - startMs >= WATCH_SHORT_MS
    try {
      await client.watch(resource.path, parameters, {
        onHeard: () => {
          if (this.#isClosed) return
          metrics.connected(true)
          onHeard()
        },
        onEvent: (text) => {
          if (this.#isClosed) return
          this.#applyEvent(JSON.parse(text))
          hasEvents = true
          this.#succeed()
        },
      })
    } finally {
      if (isGood()) this.#backoff.reset()
    }
    if (!isGood()) throw new Error('the watch ended as soon as it had begun')
    metrics.watchEnded('ended')
    this.#succeed()
  }

  #applyEvent(json: unknown): void {
    const { type, object } = fieldsOf(json)
    if (typeof type !== 'string') throw new WrongAnswer('an event has no type')
    if (type === 'ERROR') throw faultOfStatus(object)
    checkKind(fieldsOf(object), this.#options.resource.kind)
    const metadata = fieldsOf(fieldsOf(object).metadata)
    const version = textOf(metadata.resourceVersion)
    if (type === 'BOOKMARK') {
      // The cluster's store went back in time (restored from a copy): all that is known is void.
      if (isEarlier(version, this.#version ?? '')) throw new ApiFault(410, 'versions went back')
    } else if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      this.#applyChange(type, object, textOf(metadata.namespace), textOf(metadata.name), version)
    }
    const isLater = version !== '' && !isEarlier(version, this.#version ?? '')
    if (isLater) this.#version = version
  }

  #applyChange(
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    object: unknown,
    namespace: string,
    name: string,
    version: string,
  ): void {
    const { sink, resource } = this.#options
    const { kind } = resource
    if (name === '') return
    const key = keyOf({ namespace, name })
    if (type === 'DELETED') {
      if (this.#changes.isDeletionNews(key, version)) sink.remove(kind, namespace, name)
      return
    }
    if (!this.#changes.isNews(key, version)) return
    // A pod that is leaving isn't taken in, but one that is known stays until it is gone.
    if (kind === 'Pod' && isLeaving(object)) return
    const reduced = reduceObject(kind, object)
    if (reduced === undefined) sink.remove(kind, namespace, name)
    else sink.upsert(kind, reduced)
  }

  /** Something came as it should. */
  #succeed(): void {
    this.#refusedWatches = 0
    this.#failureCount = 0
    if (this.#warnedMs === undefined) return
    this.#warnedMs = undefined
    const { log, server, resource } = this.#options
    log.info(`${resource.kind} from ${server}: the API server is back`)
  }

  async #recover(error: unknown): Promise<void> {
    const { clock, metrics } = this.#options
    const fault = error instanceof ApiFault ? error : undefined
    const reason = reasonOf(error)
    metrics.connected(false)
    if (this.#version !== undefined) {
      metrics.watchEnded(reason)
      // A lost connection says nothing about the version; a refusal or nonsense may.
      const isRefusal = reason !== 'lost' && reason !== 'silent'
      if (isRefusal && fault?.status !== 429) this.#refusedWatches++
      if (reason === 'gone' || this.#refusedWatches >= MAX_REFUSED_WATCHES) {
        this.#version = undefined
        this.#listReason = reason === 'gone' ? 'gone' : 'refused'
        this.#refusedWatches = 0
      }
    }
    this.#report(error as Error)
    const delayMs = this.#backoff.next(fault?.retryAfterMs)
    // Where nobody is, a connection takes its time to fail: that is a pause, too.
    const spentMs = error instanceof HttpUnreachable ? clock.now() - this.#attemptMs : 0
    await this.#wait(Math.max(delayMs - spentMs, Math.min(delayMs, MIN_PAUSE_MS)))
  }

  #report({ message }: Error): void {
    const { clock, log, resource, server } = this.#options
    const text = `${resource.kind} from ${server}: ${message}; trying again`
    const nowMs = clock.now()
    const isTold = this.#warnedMs !== undefined && nowMs - this.#warnedMs < LOG_INTERVAL_MS
    // Losing a watch is daily business; what matters is not getting it back.
    if (++this.#failureCount === 1 || isTold) {
      log.debug(text)
      return
    }
    this.#warnedMs = nowMs
    log.warning(text)
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pause = undefined
        resolve()
      }
      this.#pause = { timer: this.#options.clock.after(delayMs, end), end }
    })
  }
}

/** An object may leave out its kind, but not be of another one. */
function checkKind({ kind }: Fields, ...expected: readonly string[]): void {
  if (kind === undefined || kind === null || expected.includes(kind as string)) return
  throw new WrongAnswer(
    `a ${textOf(kind).slice(0, 100) || 'thing'} came in the place of a ${expected[0]}`,
  )
}

function selectorsOf({ labelSelector, fieldSelector }: Resource): Parameters {
  return { labelSelector, fieldSelector }
}
