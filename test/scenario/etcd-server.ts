/** Debian's etcd on free ports of the loopback; started, stopped and started again by a test. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort } from '../free-port.ts'

/** Why there is no etcd here; empty when there is one. */
export function etcdMissing(): string {
  const { status } = spawnSync('etcd', ['--version'])
  return status === 0 ? '' : '(not installed: etcd; Debian: etcd-server)'
}

/** How etcd is secured: paths of PEM files. */
export interface EtcdTls {
  readonly cert: string
  readonly key: string
  /** Signs the certificates that clients must show. */
  readonly ca: string
}

/** Starts a server and waits until it answers. Ends with the test. */
export async function startEtcd(tls?: EtcdTls): Promise<EtcdServer> {
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-etcd-'))
  const server = new EtcdServer(directory, await freePort(), await freePort(), tls)
  onTestFinished(async () => {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  await server.start()
  return server
}

export class EtcdServer {
  readonly url: string
  readonly #args: readonly string[]
  readonly #isSecure: boolean
  #process: ChildProcess | undefined
  #output = ''

  constructor(directory: string, port: number, peerPort: number, tls: EtcdTls | undefined) {
    const peer = `http://127.0.0.1:${peerPort}`
    this.#isSecure = tls !== undefined
    this.url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
    this.#args = [
      ...['--data-dir', join(directory, 'data')],
      ...['--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`],
      ...(tls === undefined
        ? []
        : ['--cert-file', tls.cert, '--key-file', tls.key, '--client-cert-auth']),
      ...(tls === undefined ? [] : ['--trusted-ca-file', tls.ca]),
    ]
  }

  async start(): Promise<void> {
    const child = spawn('etcd', this.#args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    const ready = new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer): void => {
        this.#output += text
        if (/ready to serve client requests/.test(this.#output)) resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('exit', () => reject(new Error(`etcd ended: ${this.#output}`)))
    })
    await ready
    this.#output = ''
  }

  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** Writes a key; `token` where there are users. */
  async put(key: string, value: object, more: object = {}): Promise<void> {
    await this.call('kv/put', { key: btoa(key), value: btoa(JSON.stringify(value)), ...more })
  }

  /** Calls the JSON gateway, over plain HTTP only. */
  async call(path: string, body: object, token?: string): Promise<Record<string, string>> {
    if (this.#isSecure) throw new Error('this etcd is asked by the server under test only')
    const response = await fetch(`${this.url}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      ...(token !== undefined && { headers: { authorization: token } }),
    })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return (await response.json()) as Record<string, string>
  }
}
