/** An API server with one ConfigMap, which may be watched, and a place for Events. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What of an Event tests look at. */
export interface PostedEvent {
  readonly reason: string
  readonly type: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string }
}

const NAMESPACE = '/api/v1/namespaces/kube-system'
const NAME = 'coredns-extra-configs'

/** Listens on loopback until the test ends. */
export async function startConfigMapApi(
  data?: Readonly<Record<string, string>>,
): Promise<ConfigMapApi> {
  const api = new ConfigMapApi(data)
  await api.start()
  onTestFinished(() => api.stop())
  return api
}

/** The server. */
export class ConfigMapApi {
  readonly events: PostedEvent[] = []
  /** Whether Events may be written. */
  mayWrite = true
  #data: Readonly<Record<string, string>> | undefined
  #version = 100
  #port = 0
  #server: Server | undefined
  readonly #watches = new Set<ServerResponse>()

  constructor(data: Readonly<Record<string, string>> | undefined) {
    this.#data = data
  }

  /** A kubeconfig for it. */
  get kubeconfig(): string {
    return JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${this.#port}` } }],
      users: [{ name: 'test', user: { token: 'secret' } }],
    })
  }

  /** Starts, or starts again on the port it had. */
  start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response))
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    this.#server?.closeAllConnections()
    this.#watches.clear()
    await closed
  }

  /** Changes the ConfigMap; undefined deletes it. */
  put(data: Readonly<Record<string, string>> | undefined): void {
    const type = data === undefined ? 'DELETED' : this.#data === undefined ? 'ADDED' : 'MODIFIED'
    this.#version++
    const object = configMap(data ?? this.#data ?? {}, this.#version)
    this.#data = data
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object })}\n`)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
    const isAllowed = request.headers.authorization === 'Bearer secret'
    const isConfigMap = searchParams.get('fieldSelector') === `metadata.name=${NAME}`
    if (!isAllowed) refuse(response, 401, 'Unauthorized')
    else if (pathname === `${NAMESPACE}/events` && request.method === 'POST') {
      let body = ''
      for await (const chunk of request) body += chunk
      if (this.mayWrite) this.events.push(JSON.parse(body))
      if (this.mayWrite) send(response, {}, 201)
      else refuse(response, 403, 'events is forbidden')
    } else if (pathname !== `${NAMESPACE}/configmaps` || !isConfigMap) refuse(response, 403, 'no')
    else if (searchParams.has('watch')) this.#watch(response)
    else {
      const items = this.#data === undefined ? [] : [configMap(this.#data, this.#version)]
      send(response, { items, metadata: { resourceVersion: String(this.#version) } })
    }
  }

  /** Nothing happens between list and watch in these tests, so every watch begins now. */
  #watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    this.#watches.add(response)
    response.on('close', () => this.#watches.delete(response))
  }
}

function configMap(data: Readonly<Record<string, string>>, version: number): unknown {
  const metadata = { namespace: 'kube-system', name: NAME, uid: 'u-1' }
  return { metadata: { ...metadata, resourceVersion: String(version) }, data }
}

function send(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function refuse(response: ServerResponse, code: number, message: string): void {
  send(response, { kind: 'Status', code, message }, code)
}
