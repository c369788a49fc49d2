/** One worker as the first process sees it: started, asked, and started again when it ends. */

import type { Clock, Logger, Timer } from '@fingerpost/sdk'
import type { StartWorker, WorkerChannel } from './channel.ts'
import type { Reply, Request, ServeRequest } from './protocol.ts'

/** How often a worker is asked whether it is alive. */
export const PING_INTERVAL_MS = 5000
/** How long it may take for that: a longer pause than any it has when it is well. */
export const PING_TIMEOUT_MS = 15_000
/** A configuration may have to wait for what plugins can't answer without. */
const SERVE_TIMEOUT_MS = 60_000
const MIN_RESTART_MS = 500
const MAX_RESTART_MS = 30_000
/** One that lived so long starts again as soon as the first time. */
const STEADY_MS = 60_000

export interface WorkerProcessOptions {
  /** For the log: 2 is the first worker, since this process answers too. */
  readonly number: number
  readonly start: StartWorker
  readonly clock: Clock
  readonly log: Logger
  /** It ended, by itself or not. */
  onEnd?(): void
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
  readonly timer: Timer
}

export class WorkerProcess {
  readonly #options: WorkerProcessOptions
  readonly #waiting = new Map<number, Waiting>()
  readonly #pings: Timer
  #channel: WorkerChannel | undefined
  #startedMs = 0
  #restart: Timer | undefined
  #restartMs = MIN_RESTART_MS
  #nextId = 1
  #served: ServeRequest | undefined
  #isEnding = false

  constructor(options: WorkerProcessOptions) {
    this.#options = options
    this.#pings = options.clock.every(PING_INTERVAL_MS, () => void this.#ping())
    this.#start()
  }

  get pid(): number | undefined {
    return this.#channel?.pid
  }

  /** Has it serve this, also when it is started again. Logs what goes wrong; never rejects. */
  async serve(request: ServeRequest): Promise<void> {
    this.#served = request
    if (this.#channel === undefined) return
    try {
      await this.ask(request, SERVE_TIMEOUT_MS)
    } catch (error) {
      this.#fail(`does not serve: ${(error as Error).message}`)
    }
  }

  /** Resolves with its answer. Rejects when it says so, is not there, or takes longer. */
  ask(request: Request, timeoutMs: number): Promise<unknown> {
    const channel = this.#channel
    if (channel === undefined) return Promise.reject(new Error('it is not running'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(timeoutMs, () => {
        this.#waiting.delete(id)
        reject(new Error('it does not answer'))
      })
      this.#waiting.set(id, { resolve, reject, timer })
      channel.send({ ...request, id })
    })
  }

  /** Has it answer what has arrived and end, within `graceMs`. Never rejects. */
  async end(graceMs: number): Promise<void> {
    this.#isEnding = true
    this.#restart?.cancel()
    this.#pings.cancel()
    await this.ask({ kind: 'stop' }, graceMs).catch(() => {})
    this.#channel?.kill()
  }

  #start(): void {
    this.#startedMs = this.#options.clock.now()
    let isGone = false
    const onGone = (reason: string): void => {
      if (isGone) return
      isGone = true
      this.#gone(reason)
    }
    try {
      this.#channel = this.#options.start({ onReply: (reply) => this.#take(reply), onGone })
    } catch (error) {
      onGone((error as Error).message)
    }
    if (isGone) this.#channel = undefined
    if (this.#served !== undefined) void this.serve(this.#served)
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    this.#waiting.delete(reply.id)
    waiting.timer.cancel()
    if ('error' in reply) waiting.reject(new Error(reply.error))
    else waiting.resolve(reply.value)
  }

  async #ping(): Promise<void> {
    const channel = this.#channel
    if (channel === undefined) return
    try {
      await this.ask({ kind: 'ping' }, PING_TIMEOUT_MS)
    } catch {
      if (channel === this.#channel) this.#fail(`does nothing for ${PING_TIMEOUT_MS / 1000} s`)
    }
  }

  #fail(what: string): void {
    // Of one that is gone already, that is told.
    if (this.#channel === undefined || this.#isEnding) return
    this.#options.log.error(`Process ${this.#options.number} ${what}`)
    this.#channel.kill()
  }

  #gone(reason: string): void {
    const { clock, log, number, onEnd } = this.#options
    this.#channel = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject, timer } of waiting) {
      timer.cancel()
      reject(new Error(`it ended (${reason})`))
    }
    onEnd?.()
    if (this.#isEnding) return
    const isSteady = clock.now() - this.#startedMs >= STEADY_MS
    this.#restartMs = isSteady ? MIN_RESTART_MS : Math.min(2 * this.#restartMs, MAX_RESTART_MS)
    const afterMs = this.#restartMs
    log.error(
      `Process ${number} ended (${reason}); the others answer, and it is started in ${afterMs} ms`,
    )
    this.#restart = clock.after(afterMs, () => this.#start())
  }
}
