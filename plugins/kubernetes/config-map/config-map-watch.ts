/**
 * Keeps track of one ConfigMap: lists it by its name, then watches from there, again and again. It
 * is small, so whatever goes wrong with a watch is followed by a list.
 */

import type { Timer } from '@fingerpost/sdk'
import type { ApiClient } from '../api/api-client.ts'
import { ApiFault, faultOfStatus } from '../api/api-fault.ts'
import { Backoff } from '../api/backoff.ts'
import { fieldsOf, textOf } from '../json.ts'
import type { ConfigMapHost, Place, Sink } from './open-config-map.ts'

export interface ConfigMapWatchOptions {
  readonly place: Place
  readonly client: ApiClient
  readonly host: Pick<ConfigMapHost, 'clock' | 'random' | 'log'>
  readonly sink: Sink
  /** The server was heard. */
  onHeard(): void
}

/** The ConfigMap that an Event is about, as it was when it came. */
export interface ObjectReference {
  readonly uid: string
  readonly resourceVersion: string
}

const WATCH_MIN_SECONDS = 25
const WATCH_SPREAD_SECONDS = 10
/** A watch that ends sooner than this and told nothing is a failure, or it would be a busy loop. */
const WATCH_SHORT_MS = 1000
/** Who may not read is not let in by knocking more often. */
const FORBIDDEN_PAUSE_MS = 30_000

/** The list-and-watch loop. */
export class ConfigMapWatch {
  readonly #options: ConfigMapWatchOptions
  readonly #path: string
  readonly #backoff: Backoff
  /** Where the next watch begins; undefined when it has to be listed. */
  #version: string | undefined
  #told: string | undefined
  #isClosed = false
  #pause: { readonly timer: Timer; end(): void } | undefined
  #warned = ''
  #failureCount = 0
  object: ObjectReference = { uid: '', resourceVersion: '' }

  constructor(options: ConfigMapWatchOptions) {
    this.#options = options
    this.#path = `/api/v1/namespaces/${options.place.namespace}/configmaps`
    this.#backoff = new Backoff(options.host.random)
  }

  /** Runs until {@link ConfigMapWatch.close}; never rejects. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        if (this.#version === undefined) await this.#list()
        else await this.#watch(this.#version)
      } catch (error) {
        if (!this.#isClosed) await this.#recover(error as Error)
      }
    }
  }

  close(): void {
    this.#isClosed = true
    this.#options.client.close()
    this.#pause?.timer.cancel()
    this.#pause?.end()
  }

  async #list(): Promise<void> {
    const { client } = this.#options
    const list = fieldsOf(await client.getJson(this.#path, this.#selector()))
    if (this.#isClosed) return
    if (!Array.isArray(list.items)) throw new Error('the answer is no list')
    const version = textOf(fieldsOf(list.metadata).resourceVersion)
    if (version === '') throw new Error('the list has no version')
    this.#version = version
    this.#options.onHeard()
    this.#take(list.items.find((item) => this.#isMeant(item)))
  }

  async #watch(version: string): Promise<void> {
    const { client, host, onHeard } = this.#options
    // No success by itself is a list: where each watch is refused, lists would follow one another.
    const startMs = host.clock.now()
    let hasEvents = false
    const timeoutSeconds = WATCH_MIN_SECONDS + host.random.below(WATCH_SPREAD_SECONDS)
    const parameters = {
      ...this.#selector(),
      resourceVersion: version,
      allowWatchBookmarks: 'true',
      timeoutSeconds,
    }
    await client.watch(this.#path, parameters, {
      onHeard,
      isWhole: true,
      onEvent: (text) => {
        if (this.#isClosed) return
        this.#apply(text)
        hasEvents = true
        this.#succeed()
      },
    })
    if (!hasEvents && host.clock.now() - startMs < WATCH_SHORT_MS) {
      throw new Error('the watch ended as soon as it had begun')
    }
    this.#succeed()
  }

  #apply(text: string): void {
    const { type, object } = fieldsOf(JSON.parse(text))
    if (type === 'ERROR') throw faultOfStatus(object)
    const version = textOf(fieldsOf(fieldsOf(object).metadata).resourceVersion)
    if (version !== '') this.#version = version
    if (!this.#isMeant(object)) return
    if (type === 'ADDED' || type === 'MODIFIED') this.#take(object)
    else if (type === 'DELETED') this.#take(undefined)
  }

  #take(object: unknown): void {
    const { data, metadata } = fieldsOf(object)
    if (object !== undefined) {
      const { uid, resourceVersion } = fieldsOf(metadata)
      this.object = { uid: textOf(uid), resourceVersion: textOf(resourceVersion) }
    }
    const texts = Object.entries(fieldsOf(data)).filter(([, value]) => typeof value === 'string')
    // Labels and annotations change, too, and each list says it all again.
    const told = object === undefined ? 'none' : JSON.stringify(texts)
    if (told === this.#told) return
    this.#told = told
    const known = object === undefined ? undefined : Object.fromEntries(texts)
    this.#options.sink.onData(known as Record<string, string> | undefined)
  }

  #isMeant(object: unknown): boolean {
    return textOf(fieldsOf(fieldsOf(object).metadata).name) === this.#options.place.name
  }

  #selector(): { readonly fieldSelector: string } {
    return { fieldSelector: `metadata.name=${this.#options.place.name}` }
  }

  #succeed(): void {
    const { host } = this.#options
    this.#backoff.reset()
    this.#failureCount = 0
    if (this.#warned === '') return
    this.#warned = ''
    host.log.info(`${this.#name}: the API server is back`)
  }

  get #name(): string {
    const { namespace, name } = this.#options.place
    return `ConfigMap ${namespace}/${name}`
  }

  async #recover(error: Error): Promise<void> {
    const { host, sink } = this.#options
    this.#version = undefined
    const fault = error instanceof ApiFault ? error : undefined
    if (this.#told === undefined) sink.onFault(error.message)
    // Losing a watch is daily business; what matters is not getting it back.
    if (++this.#failureCount > 1 || fault?.status === 403) {
      if (this.#warned !== error.message) {
        host.log.warning(`${this.#name}: ${error.message}; what it said last stands, trying again`)
      }
      this.#warned = error.message
    }
    const delayMs = this.#backoff.next(fault?.retryAfterMs)
    await this.#wait(fault?.status === 403 ? FORBIDDEN_PAUSE_MS : delayMs)
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pause = undefined
        resolve()
      }
      this.#pause = { timer: this.#options.host.clock.after(delayMs, end), end }
    })
  }
}
