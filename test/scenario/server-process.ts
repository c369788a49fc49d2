/** A server process under test: started, waited for, asked for its lines, always ended. */

import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { onTestFinished } from 'vitest'
import type { Program } from './program.ts'

// Starting and stopping take some tenths of a second, more on a busy machine.
const PATIENCE_MS = 15_000

/** How a process is started. */
export interface StartOptions {
  readonly args?: readonly string[]
  readonly cwd?: string
  /** Written to its standard input, which is closed then. */
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** How a process ended. */
export interface End {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts a server and waits for the last line of its greeting. Ends with the test. */
export async function startServer(
  program: Program,
  options: StartOptions = {},
): Promise<ServerProcess> {
  const server = new ServerProcess(program, options)
  await server.line(/^(linux|darwin)\/.*$/m)
  return server
}

/** Runs a process that is expected to end by itself. */
export function runToEnd(program: Program, options: StartOptions = {}): Promise<End> {
  return new ServerProcess(program, options).end
}

/** A running process and what it has said so far. */
export class ServerProcess {
  readonly #child: ChildProcess
  #heard: (() => void)[] = []
  stdout = ''
  stderr = ''
  /** Settles when the process is gone. */
  readonly end: Promise<End>

  constructor({ command }: Program, options: StartOptions) {
    const [executable = '', ...args] = command
    const child = spawn(executable, [...args, ...(options.args ?? [])], {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: 'pipe',
    })
    this.#child = child
    child.stdin.on('error', () => {})
    child.stdin.end(options.stdin ?? '')
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wake()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#wake()
    })
    this.end = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        const { stdout, stderr } = this
        resolve({ code, signal, stdout, stderr })
        this.#wake()
      })
    })
    onTestFinished(async () => {
      this.signal('SIGKILL')
      await this.end
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The port in the greeting's line of `zone`, the first one by default. */
  port(zone = '[^:\\n]*'): number {
    const match = new RegExp(`^${zone}:(\\d+)( on .*)?$`, 'm').exec(this.stdout)
    if (match === null) throw new Error(`no line of a zone in ${JSON.stringify(this.stdout)}`)
    return Number(match[1])
  }

  signal(name: NodeJS.Signals): void {
    // Not the child's `kill`: Deno takes a child that was sent any signal for one that died of it.
    if (!this.isGone) process.kill(this.pid, name)
  }

  /** Whether the process has ended. */
  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Ends the server as an administrator does. */
  stop(): Promise<End> {
    this.signal('SIGTERM')
    return this.end
  }

  /** Waits until standard output matches; fails when the process ends or time runs out. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const match = pattern.exec(this.stdout)
      if (match !== null) return match
      const isGone = this.isGone
      if (isGone || Date.now() > deadline) {
        const said = `stdout: ${this.stdout}\nstderr: ${this.stderr}`
        throw new Error(`${isGone ? 'the server ended' : 'nothing'} before ${pattern}\n${said}`)
      }
      await this.#news(deadline - Date.now())
    }
  }

  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, withinMs))
      this.#heard.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    for (const heard of this.#heard.splice(0)) heard()
  }
}
