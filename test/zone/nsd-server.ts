/** NSD as a second opinion: one process that serves one zone on a free port of the loopback. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'

/** Why there is no NSD here; empty when there is one. */
export function nsdMissing(): string {
  const found = ['nsd', 'ldns-signzone', 'ldns-keygen'].filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: path }).status !== 0,
  )
  return found.length === 0 ? '' : `not installed: ${found.join(', ')} (Debian: nsd, ldnsutils)`
}

const path = { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }

/** Signs a zone with a fresh key and NSEC. */
export function signZone(text: string, origin: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-zone-'))
  try {
    writeFileSync(join(directory, 'zone'), text)
    const options = { cwd: directory, env: path, encoding: 'utf8' as const }
    const key = execFileSync('ldns-keygen', ['-a', 'ECDSAP256SHA256', origin], options).trim()
    execFileSync('ldns-signzone', ['-f', 'signed', 'zone', key], options)
    return execFileSync('cat', ['signed'], options)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A running NSD. */
export class NsdServer {
  readonly #process: ChildProcess
  readonly #directory: string
  readonly #socket: Socket
  readonly #port: number
  readonly #output: string[] = []

  private constructor(directory: string, port: number, socket: Socket) {
    this.#directory = directory
    this.#port = port
    this.#socket = socket
    this.#process = spawn('nsd', ['-d', '-c', join(directory, 'nsd.conf')], { env: path })
    this.#process.stderr?.on('data', (text: Buffer) => this.#output.push(String(text)))
  }

  /** Starts a server and waits until it answers. */
  static async start(zone: string, origin: string): Promise<NsdServer> {
    const directory = mkdtempSync(join(tmpdir(), 'fingerpost-nsd-'))
    const port = await freePort()
    writeFileSync(join(directory, 'zone'), zone)
    writeFileSync(join(directory, 'nsd.conf'), configuration(directory, port, origin))
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const server = new NsdServer(directory, port, socket)
    await server.#answers()
    return server
  }

  /** Asks one question; rejects when there is no answer for a while. */
  ask(query: Uint8Array, timeoutMs = 5000): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#socket.off('message', onMessage)
        reject(new Error(`nsd does not answer: ${this.#output.join('')}`))
      }, timeoutMs)
      const onMessage = (reply: Buffer): void => {
        if (reply[0] !== query[0] || reply[1] !== query[1]) return
        clearTimeout(timer)
        this.#socket.off('message', onMessage)
        resolve(new Uint8Array(reply))
      }
      this.#socket.on('message', onMessage)
      this.#socket.send(query, this.#port, '127.0.0.1')
    })
  }

  async stop(): Promise<void> {
    this.#socket.close()
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    if (this.#process.exitCode === null) {
      this.#process.kill()
      await ended
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    const probe = new Uint8Array([0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1])
    for (let attempt = 0; attempt < 50; attempt++) {
      if (await this.ask(probe, 200).then(Boolean, () => false)) return
      if (this.#process.exitCode !== null) break
    }
    await this.stop()
    throw new Error(`nsd does not start: ${this.#output.join('')}`)
  }
}

function configuration(directory: string, port: number, origin: string): string {
  return `
server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: "${directory}/pid"
  zonelistfile: "${directory}/zone.list"
  xfrdfile: "${directory}/xfrd.state"
  xfrdir: "${directory}"
  server-count: 1
  ipv4-edns-size: 4096
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  minimal-responses: no
remote-control:
  control-enable: no
zone:
  name: "${origin}"
  zonefile: "${directory}/zone"
`
}
