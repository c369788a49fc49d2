/**
 * The API server of a cluster as its pods see it: HTTPS with a certificate of the cluster's own CA,
 * and nothing for those who have no token.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { KubeApi, type KubeChange } from '../conformance/lib/kube-api.ts'
import type { KubeObject } from '../conformance/lib/kube-store.ts'
import { freePort } from '../free-port.ts'
import { scratch } from './scratch.ts'

/** Makes the server; it ends with the test. `start` has it listen. */
export async function makePodApi(
  address: string,
  port: number,
  objects: readonly KubeObject[],
): Promise<PodApi> {
  const api = new PodApi(address, port, new KubeApi(await freePort(), objects))
  onTestFinished(() => api.stop())
  return api
}

/** The server. */
export class PodApi {
  readonly #address: string
  readonly #port: number
  /** What it is made of, which knows nothing of certificates and tokens. */
  readonly #plain: KubeApi
  readonly #directory: string
  #server: Server | undefined
  #isReleased: Promise<void> = Promise.resolve()
  /** Lets answers go that {@link hold} keeps back. */
  release: () => void = () => {}
  /** The one that is believed. */
  token = 'first'
  /** Requests that were refused for their token. */
  refusedCount = 0

  constructor(address: string, port: number, plain: KubeApi) {
    this.#address = address
    this.#port = port
    this.#plain = plain
    this.#directory = scratch()
    makeCertificates(this.#directory, address)
  }

  /** The CA's certificate. */
  get ca(): string {
    return readFileSync(join(this.#directory, 'ca.crt'), 'utf8')
  }

  async start(): Promise<void> {
    await this.#plain.start()
    const [key, cert] = ['server.key', 'server.crt'].map((name) =>
      readFileSync(join(this.#directory, name)),
    )
    const server = createServer({ key, cert }, (asked, response) => {
      void this.#isReleased.then(() => this.#answer(asked, response))
    })
    this.#server = server
    await new Promise<void>((resolve) => void server.listen(this.#port, this.#address, resolve))
  }

  async stop(): Promise<void> {
    if (this.#server === undefined) return
    this.#server.close()
    this.#server.closeAllConnections()
    this.#server = undefined
    await this.#plain.stop()
  }

  /** Keeps answers back from now on until `release`. */
  hold(): void {
    this.#isReleased = new Promise((resolve) => {
      this.release = resolve
    })
  }

  change(step: KubeChange): void {
    this.#plain.change(step)
  }

  #answer(asked: IncomingMessage, response: ServerResponse): void {
    if (asked.headers.authorization !== `Bearer ${this.token}`) {
      this.refusedCount++
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', code: 401, message: 'Unauthorized' }))
      return
    }
    const inner = request(
      new URL(asked.url ?? '/', this.#plain.url),
      { agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        response.flushHeaders()
        answer.on('error', () => response.destroy())
        answer.pipe(response)
      },
    )
    inner.on('error', () => response.destroy())
    response.on('close', () => inner.destroy())
    inner.end()
  }
}

/** A CA, and a certificate by it for an address. */
function makeCertificates(cwd: string, address: string): void {
  const openssl = (words: string): void => {
    execFileSync('openssl', words.split(' '), { cwd, stdio: 'pipe' })
  }
  writeFileSync(join(cwd, 'names'), `subjectAltName=DNS:kubernetes.default.svc,IP:${address}\n`)
  const fresh = 'req -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1'
  openssl(`${fresh} -x509 -days 2 -subj /CN=kubernetes -keyout ca.key -out ca.crt`)
  openssl(`${fresh} -subj /CN=kube-apiserver -keyout server.key -out server.csr`)
  const signed = '-CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names'
  openssl(`x509 -req -in server.csr ${signed} -out server.crt`)
}
