/** What an API server has, for tests: objects with versions, lists in pages, watches of changes. */

import { type Kind, reduceObject } from '../objects.ts'
import type { ApiRequest, ScriptedServer } from './scripted-server.ts'

type Change = 'ADDED' | 'MODIFIED' | 'DELETED'

interface Metadata {
  readonly name: string
  readonly namespace?: string
}

/** An object as a test writes it. */
export interface ApiObject {
  readonly metadata: Metadata & Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

interface Past {
  readonly version: number
  readonly type: Change
  readonly kind: Kind
  readonly object: unknown
}

const KINDS: Readonly<Record<string, Kind>> = {
  '/api/v1/services': 'Service',
  '/api/v1/namespaces': 'Namespace',
  '/api/v1/pods': 'Pod',
  '/apis/discovery.k8s.io/v1/endpointslices': 'EndpointSlice',
}

/** The contents of one API server; its `answer` is what the server does when all is well. */
export class ScriptedCluster {
  /** Objects per page at most, whatever a client asks for. */
  pageSize = 500
  /** Runs the moment a page is wanted; it is sent when the function calls back. */
  pace: (send: () => void) => void = (send) => send()
  readonly #server: ScriptedServer
  readonly #objects = new Map<string, { readonly kind: Kind; readonly object: unknown }>()
  readonly #history: Past[] = []
  readonly #pages = new Map<string, { readonly items: unknown[]; readonly version: number }>()
  #watches: { readonly kind: Kind; readonly request: ApiRequest }[] = []
  #version = 100
  #forgotten = 0

  constructor(server: ScriptedServer) {
    this.#server = server
    server.answer = this.answer
  }

  readonly answer = (request: ApiRequest): void => {
    const kind = KINDS[request.target.replace(/\?.*/, '')]
    if (kind === undefined) request.refuse(404, 'no such resource')
    else if (request.isWatch) this.#watch(kind, request)
    else this.pace(() => this.#list(kind, request))
  }

  put(kind: Kind, object: ApiObject): void {
    const key = keyOf(kind, object.metadata)
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED'
    const whole = this.#stamped(kind, object)
    this.#objects.set(key, { kind, object: whole })
    this.#publish(type, kind, whole)
  }

  remove(kind: Kind, name: string, namespace?: string): void {
    const key = keyOf(kind, namespace === undefined ? { name } : { name, namespace })
    const known = this.#objects.get(key)
    if (known === undefined) throw new Error(`there is no ${key}`)
    this.#objects.delete(key)
    this.#publish('DELETED', kind, this.#stamped(kind, known.object as ApiObject))
  }

  /** Objects of a kind that can be told by namespace and name. */
  count(kind: Kind): number {
    let count = 0
    for (const one of this.#objects.values()) {
      if (one.kind === kind && reduceObject(kind, one.object) !== undefined) count++
    }
    return count
  }

  /** Forgets what has changed so far, and the pages of lists: what asks for it is told 410. */
  forget(): void {
    this.#forgotten = ++this.#version
    this.#history.length = 0
    this.#pages.clear()
  }

  /** Sends the last changes once more to those who watch, oldest last. */
  repeat(): void {
    for (const past of [...this.#history].reverse()) this.#send(past)
  }

  /** Sends an ERROR event to all who watch, as a server does whose memory does not reach back. */
  sendError(code: number, message: string): void {
    for (const { request } of this.#watches.splice(0)) {
      request.event('ERROR', { kind: 'Status', code, message })
    }
  }

  /** Sends all who watch a part of what is no event yet. */
  sendRaw(text: string): void {
    for (const { request } of this.#watches) request.chunk(text)
  }

  #stamped(kind: Kind, object: ApiObject): unknown {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) }
    return { kind, ...object, metadata }
  }

  #publish(type: Change, kind: Kind, object: unknown): void {
    const past = { version: this.#version, type, kind, object }
    this.#history.push(past)
    this.#send(past)
  }

  #send({ type, kind, object }: Past): void {
    for (const watch of this.#watches) if (watch.kind === kind) watch.request.event(type, object)
  }

  #list(kind: Kind, request: ApiRequest): void {
    const { parameters } = request
    const token = parameters.get('continue')
    const page = token === null ? this.#all(kind) : this.#pages.get(token)
    if (page === undefined) {
      request.refuse(410, 'The provided continue parameter is too old')
      return
    }
    const limit = Number(parameters.get('limit') ?? Number.POSITIVE_INFINITY)
    const size = Number.isFinite(limit) ? Math.min(limit, this.pageSize) : limit
    const rest = page.items.slice(size)
    const next = rest.length > 0 ? `${kind}-${page.version}-${rest.length}` : undefined
    if (next !== undefined) this.#pages.set(next, { items: rest, version: page.version })
    request.respond({
      kind: `${kind}List`,
      metadata: { resourceVersion: String(page.version), continue: next },
      items: page.items.slice(0, size),
    })
  }

  #all(kind: Kind): { items: unknown[]; version: number } {
    const ofKind = [...this.#objects.values()].filter((one) => one.kind === kind)
    return { items: ofKind.map(({ object }) => object), version: this.#version }
  }

  #watch(kind: Kind, request: ApiRequest): void {
    const version = Number(request.parameters.get('resourceVersion'))
    if (version < this.#forgotten) {
      request.refuse(410, 'too old resource version')
      return
    }
    request.begin()
    this.#watches = this.#watches.filter((watch) => watch.request.isOpen)
    this.#watches.push({ kind, request })
    for (const past of this.#history) {
      if (past.kind === kind && past.version > version) request.event(past.type, past.object)
    }
    const seconds = Number(request.parameters.get('timeoutSeconds'))
    this.#server.clock.afterUncounted(seconds * 1000 - 2000, () => this.#end(request))
  }

  /** A watch whose time is over gets a bookmark and its end. */
  #end(request: ApiRequest): void {
    if (!this.#watches.some((watch) => watch.request === request)) return
    this.#watches = this.#watches.filter((watch) => watch.request !== request)
    request.event('BOOKMARK', { metadata: { resourceVersion: String(this.#version) } })
    request.end()
  }
}

function keyOf(kind: Kind, { namespace = '', name }: Metadata): string {
  return `${kind} ${namespace}/${name}`
}
