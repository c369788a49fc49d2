/**
 * The API server of a scripted cluster: list (in pages) and watch (with bookmarks) over plain HTTP,
 * for the kinds that DNS is made of, and the faults that suites ask for.
 */

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { matchesFields, matchesLabels } from './kube-selectors.ts'
import { type KubeEvent, type KubeObject, KubeStore } from './kube-store.ts'

/** The objects of a suite's cluster: a fixture's name, or they themselves. */
export type KubeFixture = string | { readonly objects: readonly KubeObject[] }

/** One step: changes to the cluster, then faults of its API. */
export interface KubeChange {
  readonly apply?: KubeObject | readonly KubeObject[]
  /** `Kind namespace/name`. */
  readonly remove?: string | readonly string[]
  /** Cuts all watches. */
  readonly dropWatches?: boolean
  /** Cuts all watches, and answers 410 to those who held an earlier version. */
  readonly expire?: boolean
  /** False: everything is refused, until it is true again. */
  readonly available?: boolean
}

const collections: Readonly<Record<string, string>> = {
  '/api/v1/services': 'Service',
  '/api/v1/namespaces': 'Namespace',
  '/api/v1/pods': 'Pod',
  '/apis/discovery.k8s.io/v1/endpointslices': 'EndpointSlice',
  '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports': 'ServiceImport',
}
const bookmarkIntervalMs = 2000

/** Loads a fixture from a directory of `<name>.json`. */
export function loadKubeFixture(fixture: KubeFixture, directory: string): readonly KubeObject[] {
  if (typeof fixture !== 'string') return fixture.objects
  return JSON.parse(readFileSync(`${directory}/${fixture}.json`, 'utf8')).objects
}

/** A server on a loopback port. */
export class KubeApi {
  readonly #port: number
  readonly #store: KubeStore
  readonly #server: Server
  /** Cuts each watch. */
  readonly #watches = new Set<() => void>()
  /** What is left of lists that were given in part, by token. */
  readonly #pages = new Map<string, readonly KubeObject[]>()
  #isAvailable: boolean

  constructor(port: number, objects: readonly KubeObject[], isAvailable = true) {
    this.#port = port
    this.#store = new KubeStore(objects)
    this.#isAvailable = isAvailable
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
  }

  async stop(): Promise<void> {
    this.#dropWatches()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  /** Performs one step. */
  change({ apply = [], remove = [], dropWatches, expire, available }: KubeChange): void {
    for (const object of [apply].flat() as KubeObject[]) this.#store.apply(object)
    for (const key of [remove].flat() as string[]) this.#store.remove(key)
    if (expire) {
      this.#store.forget()
      this.#pages.clear()
    }
    this.#isAvailable = available ?? this.#isAvailable
    if (expire || dropWatches || available === false) this.#dropWatches()
  }

  #dropWatches(): void {
    for (const cut of this.#watches) cut()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    const kind = collections[pathname]
    if (!this.#isAvailable) sendFailure(response, 503, 'the server is not available')
    else if (pathname === '/version') sendJson(response, { major: '1', minor: '33' })
    else if (/^\/(healthz|readyz|livez)$/.test(pathname)) response.end('ok')
    else if (kind === undefined) sendFailure(response, 404, 'there is no such resource')
    else if (/^(1|true)$/.test(searchParams.get('watch') ?? '')) {
      this.#watch(kind, searchParams, response)
    } else this.#list(kind, searchParams, response)
  }

  #list(kind: string, parameters: URLSearchParams, response: ServerResponse): void {
    const token = parameters.get('continue')
    const items =
      token === null ? this.#store.list(selects(kind, parameters)) : this.#pages.get(token)
    if (items === undefined) {
      sendFailure(response, 410, 'the provided continue parameter is too old')
      return
    }
    // A list holds for the moment at which it was begun, which the token remembers.
    const [version = String(this.#store.version), start = '0'] = token?.split('-') ?? []
    const limit = Number(parameters.get('limit')) || items.length
    const next = items.length > limit ? `${version}-${Number(start) + limit}-${kind}` : undefined
    if (next !== undefined) this.#pages.set(next, items.slice(limit))
    sendJson(response, {
      kind: `${kind}List`,
      metadata: { resourceVersion: version, continue: next },
      items: items.slice(0, limit),
    })
  }

  #watch(kind: string, parameters: URLSearchParams, response: ServerResponse): void {
    if (parameters.get('sendInitialEvents') === 'true') {
      sendFailure(response, 422, 'sendInitialEvents is forbidden: WatchList is not enabled')
      return
    }
    const since = Number(parameters.get('resourceVersion') ?? 0)
    const isWanted = selects(kind, parameters)
    const missed = since === 0 ? [] : this.#store.eventsAfter(since)
    if (missed === undefined) {
      sendFailure(response, 410, `too old resource version: ${since}`)
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const send = (type: string, object: unknown): void => {
      response.write(`${JSON.stringify({ type, object })}\n`)
    }
    const follow = (event: KubeEvent): void => {
      const type = typeOf(event, isWanted)
      if (type !== undefined) send(type, event.after)
    }
    if (since === 0) for (const object of this.#store.list(isWanted)) send('ADDED', object)
    for (const event of missed) follow(event)
    const unfollow = this.#store.follow(follow)
    const timers: NodeJS.Timeout[] = []
    if (/^(1|true)$/.test(parameters.get('allowWatchBookmarks') ?? '')) {
      const metadata = () => ({ resourceVersion: String(this.#store.version) })
      const remind = () => send('BOOKMARK', { kind, metadata: metadata() })
      timers.push(setInterval(remind, bookmarkIntervalMs))
    }
    const timeoutMs = Number(parameters.get('timeoutSeconds') ?? 0) * 1000
    if (timeoutMs > 0) timers.push(setTimeout(() => response.end(), timeoutMs))
    const end = (): void => {
      for (const timer of timers) clearTimeout(timer)
      unfollow()
      this.#watches.delete(cut)
    }
    const cut = (): void => {
      end()
      response.destroy()
    }
    this.#watches.add(cut)
    response.on('close', end)
  }
}

/** What a change is to a watch that sees some objects only. */
function typeOf(
  { before, after, isDeletion }: KubeEvent,
  isWanted: (object: KubeObject) => boolean,
): string | undefined {
  const wasSeen = before !== undefined && isWanted(before)
  const isSeen = !isDeletion && isWanted(after)
  if (isSeen) return wasSeen ? 'MODIFIED' : 'ADDED'
  return wasSeen ? 'DELETED' : undefined
}

function selects(kind: string, parameters: URLSearchParams): (object: KubeObject) => boolean {
  const labels = parameters.get('labelSelector') ?? ''
  const fields = parameters.get('fieldSelector') ?? ''
  return (object) =>
    object.kind === kind &&
    (labels === '' || matchesLabels(labels, object.metadata.labels)) &&
    (fields === '' || matchesFields(fields, object))
}

function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function sendFailure(response: ServerResponse, code: number, message: string): void {
  sendJson(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }, code)
}
