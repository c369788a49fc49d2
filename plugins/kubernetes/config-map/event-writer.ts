/**
 * Writes Events about a ConfigMap: what `kubectl describe configmap` shows. Where that is not
 * permitted, or the API is away, they are not written, and nothing else suffers.
 */

import type { ApiClient } from '../api/api-client.ts'
import { ApiFault } from '../api/api-fault.ts'
import type { ObjectReference } from './config-map-watch.ts'
import type { ConfigMapHost, Place } from './open-config-map.ts'

/** What an Event says. */
export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface EventWriterOptions {
  readonly place: Place
  readonly client: ApiClient
  readonly host: Pick<ConfigMapHost, 'clock' | 'environment' | 'log'>
}

/** The API's own limit. */
const MAX_MESSAGE_LENGTH = 1024
/** Events that wait to be written; older ones are of less interest than the latest. */
const MAX_WAITING = 16
const ATTEMPTS = 3
const RETRY_MS = 1000
const COMPONENT = 'fingerpost'

/** Writes one Event after the other. */
export class EventWriter {
  readonly #options: EventWriterOptions
  #waiting: { readonly event: EventText; readonly object: ObjectReference }[] = []
  #isWriting = false
  #isClosed = false
  #hasWarned = false

  constructor(options: EventWriterOptions) {
    this.#options = options
  }

  /** Writes an Event about a version of the ConfigMap; never throws. */
  record(event: EventText, object: ObjectReference): void {
    if (this.#isClosed) return
    this.#waiting.push({ event, object })
    this.#waiting = this.#waiting.slice(-MAX_WAITING)
    if (!this.#isWriting) void this.#writeAll()
  }

  close(): void {
    this.#isClosed = true
    this.#waiting = []
    this.#options.client.close()
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#write(next.event, next.object)
    }
    this.#isWriting = false
  }

  async #write(event: EventText, object: ObjectReference): Promise<void> {
    const { client, host, place } = this.#options
    const path = `/api/v1/namespaces/${place.namespace}/events`
    const body = this.#compose(event, object)
    for (let attempt = 1; !this.#isClosed; attempt++) {
      try {
        return await client.postJson(path, body)
      } catch (error) {
        const status = error instanceof ApiFault ? error.status : 0
        // Another replica said the same before.
        if (status === 409) return
        const isFinal = status >= 400 && status < 500 && status !== 429 && status !== 401
        if (isFinal || attempt >= ATTEMPTS) return this.#warn((error as Error).message)
        await new Promise<void>((resolve) => {
          host.clock.after(attempt * RETRY_MS, resolve)
        })
      }
    }
  }

  #warn(message: string): void {
    const { host, place } = this.#options
    const text = `no Event can be written about ConfigMap ${place.namespace}/${place.name}: ${message}`
    if (this.#hasWarned) host.log.debug(text)
    else host.log.warning(text)
    this.#hasWarned = true
  }

  #compose({ type, reason, message }: EventText, object: ObjectReference): unknown {
    const { place, host } = this.#options
    const { namespace, name } = place
    const { uid, resourceVersion } = object
    const now = new Date(host.clock.wallNow()).toISOString().replace(/\.\d+Z$/, 'Z')
    // Replicas that see the same write the same name, and the API keeps one of them.
    const key = hash(`${uid} ${resourceVersion} ${reason} ${message}`)
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name: `${name.slice(0, 200)}.${key}` },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace,
        name,
        uid,
        resourceVersion,
      },
      type,
      reason,
      message: clip(message),
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      reportingInstance: host.environment('HOSTNAME') || COMPONENT,
    }
  }
}

function clip(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message
  return `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`
}

/** FNV-1a over UTF-16, twice with different starts: names need to differ, not to resist. */
function hash(text: string): string {
  let [one, other] = [0x811c9dc5, 0x01000193]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    one = Math.imul(one ^ unit, 0x01000193)
    other = Math.imul(other ^ unit, 0x85ebca6b)
  }
  const hex = (number: number): string => (number >>> 0).toString(16).padStart(8, '0')
  return `${hex(one)}${hex(other)}`
}
