/** A server whose configuration changes under test, watched through its admin address. */

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { freePort } from '../free-port.ts'
import { ask, type Reply } from './dns-client.ts'
import { type HttpOptions, type HttpReply, http } from './http-client.ts'
import type { Program } from './program.ts'
import { type ServerProcess, startServer } from './server-process.ts'

/** How long polls go on: a busy machine takes its time. */
export const PATIENCE = { timeout: 10_000, interval: 25 }

/** `/status`, as far as tests look into it. */
export interface Status {
  readonly generation: number
  readonly degraded: string | null
  readonly refusedReload: {
    readonly reason: string
    readonly diagnostics: readonly { readonly file: string | null; readonly line: number | null }[]
  } | null
  readonly listeners: readonly { readonly label: string; readonly port: number }[]
  readonly blocks: readonly { readonly keys: readonly string[] }[]
  readonly extras: readonly {
    readonly source: string
    readonly state: string
    readonly reason: string | null
    readonly diagnostics: readonly {
      readonly line: number | null
      readonly column: number | null
    }[]
  }[]
}

/** Where and how it is started. */
export interface LiveOptions {
  /** Its working directory. */
  readonly cwd: string
  /** What stands in front of all flags. */
  readonly command?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server with an admin address and waits until that answers. */
export async function startLive(program: Program, options: LiveOptions): Promise<LiveServer> {
  const admin = await freePort()
  const { cwd, command, env = {} } = options
  const own = ['-admin', `127.0.0.1:${admin}`, ...(options.args ?? [])]
  const args = command === undefined ? own : [command, ...own]
  const process = await startServer(program, { cwd, args, env })
  const isUp = (): Promise<boolean> => http(admin, '/health').then(isOk, () => false)
  await expect.poll(isUp, PATIENCE).toBe(true)
  return new LiveServer(process, admin)
}

/** A server that runs. */
export class LiveServer {
  readonly process: ServerProcess
  readonly adminPort: number
  readonly port: number

  constructor(process: ServerProcess, adminPort: number) {
    this.process = process
    this.adminPort = adminPort
    this.port = process.port()
  }

  ask(name: string, type = 'A'): Promise<Reply> {
    return ask(this.port, name, type)
  }

  admin(path: string, options?: HttpOptions): Promise<HttpReply> {
    return http(this.adminPort, path, options)
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.admin('/status')).text)
  }

  /** The sum of a metric over its labels; 0 when it isn't there. */
  async metric(name: string): Promise<number> {
    const { text } = await this.admin('/metrics')
    const lines = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line))
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }

  /** Waits until a name has this address. */
  async untilAnswers(name: string, address: string): Promise<void> {
    const first = async (): Promise<string> => {
      const { answer, rcode } = await this.ask(name)
      return answer[0] ?? rcode
    }
    await expect.poll(first, PATIENCE).toBe(`A ${address}`)
  }

  /** Waits until a reload was refused, or until none is any more. */
  async untilRefused(isRefused = true): Promise<Status> {
    const look = async (): Promise<boolean> => (await this.status()).refusedReload !== null
    await expect.poll(look, PATIENCE).toBe(isRefused)
    return this.status()
  }
}

/** Asks for one name over and over, and notes every reply that is not the address expected. */
export function askSteadily(port: number, name: string, address: string): SteadyClient {
  const wrong: string[] = []
  let count = 0
  let isOver = false
  const loop = async (): Promise<void> => {
    while (!isOver) {
      try {
        const { rcode, answer } = await ask(port, name, 'A')
        if (answer[0] !== `A ${address}`) wrong.push(`${rcode} ${answer}`)
        count++
      } catch (error) {
        wrong.push(String(error))
      }
      await setTimeout(2)
    }
  }
  const done = loop()
  const stop = async (): Promise<{ wrong: string[]; count: number }> => {
    isOver = true
    await done
    return { wrong, count }
  }
  onTestFinished(async () => void (await stop()))
  return { stop }
}

/** A client that asks until it is told to stop. */
export interface SteadyClient {
  stop(): Promise<{ readonly wrong: readonly string[]; readonly count: number }>
}

/** Puts a file in place as editors do: written beside, renamed over. */
export function replaceFile(directory: string, name: string, text: string): void {
  const fresh = join(directory, `.${name}.new`)
  writeFileSync(fresh, text)
  renameSync(fresh, join(directory, name))
}

/** A server block that knows one name, and follows changes at once. */
export function hostsBlock(name: string, address: string, rest = ''): string {
  return `${name}:0 {\n    reload 2s 1s\n    hosts {\n        ${address} ${name}\n    }\n${rest}}\n`
}

function isOk({ status }: HttpReply): boolean {
  return status === 200
}
