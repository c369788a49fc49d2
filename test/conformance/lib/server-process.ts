/** Starts, watches and ends the server under test; ends no process that it didn't start. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve as resolvePath } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Carrier, exchangeOver } from './carrier.ts'
import { composeMessage } from './message.ts'
import { fillPlaceholders } from './placeholders.ts'

/** How a server came out of the wait for its start. */
export type StartState = 'ready' | 'ended' | 'running'

/** The words of a command line with `{corefile}` and `{port}`. */
export type ServerCommand = readonly string[]

/** Where a server runs, and with what. */
export interface ServerSurroundings {
  readonly corefile: string
  readonly port: number
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
}

const pollIntervalMs = 40
const pollTimeoutMs = 120
/** A connection that is refused ends a poll at once, so this is for handshakes. */
const streamPollTimeoutMs = 1000
/** Servers that don't answer the first probe get an ordinary query after this time. */
const plainProbeAfterMs = 3000
const termGraceMs = 4000
/** Output may arrive a little after the end of the process. */
const lastOutputMs = 250
const maxOutputCharacters = 20_000
const running = new Set<ChildProcess>()

process.once('exit', killServers)

/** A server process. */
export class ServerProcess {
  #output = ''
  #hasEnded = false
  #status: string | undefined
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  constructor(command: ServerCommand, { corefile, port, directory, env }: ServerSurroundings) {
    const [program = '', ...words] = fillPlaceholders(command, { corefile, port: String(port) })
    const child = spawn(program, words, {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    running.add(child)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk).slice(-maxOutputCharacters)
      })
    }
    this.#ended = new Promise((resolve) => {
      const end = (code?: number | null, signal?: string | null) => {
        this.#status ??= signal ?? `status ${code ?? 'unknown'}`
        this.#hasEnded = true
        running.delete(child)
        resolve()
      }
      child.once('error', (error) => {
        this.#output += `${error}`
        end()
      })
      child.once('close', end)
      // Without a close when a child of the server keeps its output open.
      child.once('exit', (...status) => setTimeout(end, lastOutputMs, ...status))
    })
  }

  /** The end of what the server wrote, standard output and error together. */
  get output(): string {
    return this.#output.trim()
  }

  /** How the process ended: a signal's name or `status N`. */
  get status(): string | undefined {
    return this.#status
  }

  lastLines(count: number): string {
    return this.output.split('\n').slice(-count).join('\n')
  }

  /** Polls until the server answers, ends, or still runs when the time is over. */
  async waitForStart(
    host: string,
    port: number,
    timeoutMs: number,
    carrier: Carrier = 'udp',
  ): Promise<StartState> {
    const target = {
      host,
      port,
      timeoutMs: carrier === 'udp' ? pollTimeoutMs : streamPollTimeoutMs,
    }
    const startedMs = performance.now()
    let pastMs = 0
    while (pastMs < timeoutMs && !this.#hasEnded) {
      const probe = pastMs < plainProbeAfterMs ? statusProbe : plainProbe
      const poll = exchangeOver(carrier, target, [probe])
      const exchange = await Promise.race([poll, this.#ended])
      if (exchange?.replies.length) return 'ready'
      if (exchange) await this.waitForEnd(Math.max(0, pollIntervalMs - exchange.tookMs))
      pastMs = performance.now() - startedMs
    }
    return this.#hasEnded ? 'ended' : 'running'
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(name)
  }

  /** Waits for the process to end by itself; returns whether it has. */
  async waitForEnd(timeoutMs: number): Promise<boolean> {
    const timer = new AbortController()
    const timeout = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([this.#ended, timeout])
    timer.abort()
    return this.#hasEnded
  }

  /** Ends the process, at once or first by asking it to. */
  async stop(isAtOnce = false): Promise<void> {
    if (!isAtOnce) {
      this.signal('SIGTERM')
      await this.waitForEnd(termGraceMs)
    }
    this.signal('SIGKILL')
    await this.waitForEnd(termGraceMs)
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }
}

/** Splits a command line at spaces, except in quotes; words that are existing paths become absolute. */
export function parseCommand(line: string): ServerCommand {
  return Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, double, single, plain]) => {
    const word = double ?? single ?? plain ?? ''
    return word.includes('/') && existsSync(word) ? resolvePath(word) : word
  })
}

/** Ends whatever still runs, for when the tool itself has to end. */
export function killServers(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Opcode STATUS is answered before any plugin sees it, so that polling changes no state. */
const statusProbe: Buffer = composeMessage({ id: 1, opcode: 'STATUS' })
const plainProbe: Buffer = composeMessage({
  id: 1,
  question: { name: 'probe.invalid.', type: 'A', class: 'IN' },
})
