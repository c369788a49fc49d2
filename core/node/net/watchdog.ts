/**
 * Leads queries to an address here while it answers, and away while it does not: a node whose
 * server is gone must not be a node without DNS.
 */

import type { Clock, Timer } from '@fingerpost/sdk'
import { isServiceAddress } from './interception.ts'

/** How often addresses are asked. */
export const PROBE_INTERVAL_MS = 500
/** Answers missing in a row until an address is led away; answers in a row until it is led back. */
export const FAILURES = 3
export const SUCCESSES = 2
/** How often a start asks in a row: a busy node takes its time, and a predecessor's rules are in. */
export const START_ATTEMPTS = 5
/** After a start the guard of a killed predecessor may still be at work: then all is looked at. */
export const SETTLE_MS = 3000
/** The address of a Service can only be tried with its rules in: not more often than this. */
export const RETRY_MS = 5000
export const MAX_RETRY_MS = 60_000

export interface WatchdogOptions {
  readonly localIps: readonly string[]
  readonly syncIntervalMs: number
  readonly clock: Clock
  /** Whether the address answers. Never rejects. */
  probe(ip: string): Promise<boolean>
  /** Leads queries to these addresses here, and to no others. Never rejects; false: it failed. */
  hold(ips: readonly string[]): Promise<boolean>
  /** Hears of an address that is led here, or away. */
  onChange(ip: string, isHeld: boolean): void
}

interface AddressState {
  readonly ip: string
  /** While it is led away, asking it would be answered by somebody else. */
  readonly isService: boolean
  isHeld: boolean
  failures: number
  successes: number
  retryAt: number
  retryMs: number
}

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #states: readonly AddressState[]
  #timer: Timer | undefined
  #isDue = true
  #lastSyncAt = Number.NEGATIVE_INFINITY
  #lastTickAt = 0
  #settledAt = Number.POSITIVE_INFINITY
  #work: Promise<void> | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#states = options.localIps.map((ip) => ({
      ip,
      isService: isServiceAddress(ip),
      isHeld: false,
      failures: 0,
      successes: SUCCESSES - 1,
      retryAt: 0,
      retryMs: RETRY_MS,
    }))
  }

  /** Addresses that are led here. */
  get held(): string[] {
    return this.#states.filter(({ isHeld }) => isHeld).map(({ ip }) => ip)
  }

  /** Asks all addresses once, leads those here that answer, and goes on so. */
  async start(): Promise<void> {
    const { clock } = this.#options
    if (this.#timer !== undefined) return
    this.#lastTickAt = clock.now()
    this.#settledAt = this.#lastTickAt + SETTLE_MS
    this.#timer = clock.every(PROBE_INTERVAL_MS, () => this.#tick())
    this.#work ??= this.#look(START_ATTEMPTS)
    await this.#work
  }

  /** Has the rules looked at with the next answer, whatever the interval says. */
  syncSoon(): void {
    this.#isDue = true
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#work
  }

  #tick(): void {
    const { clock, syncIntervalMs } = this.#options
    const now = clock.now()
    // Whoever slept (SIGSTOP, a stuck machine) has to expect that others took the rules out.
    if (now - this.#lastTickAt > 2 * PROBE_INTERVAL_MS) this.#isDue = true
    if (now - this.#lastSyncAt >= syncIntervalMs) this.#isDue = true
    if (now >= this.#settledAt) {
      this.#settledAt = Number.POSITIVE_INFINITY
      this.#isDue = true
    }
    this.#lastTickAt = now
    this.#work ??= this.#look()
  }

  async #look(attempts = 1): Promise<void> {
    try {
      await this.#askAll()
      for (let i = 1; i < attempts && !this.#isHeard(); i++) {
        if (this.#timer === undefined) return
        await this.#askAll()
      }
      if (this.#timer === undefined) return
      // In one go: a successor must not take out for a moment what its predecessor has in.
      const tried = this.#untried()
      if (tried.length > 0) await this.#try(tried)
      else if (this.#isDue) await this.#sync()
    } finally {
      this.#work = undefined
    }
  }

  async #askAll(): Promise<void> {
    const asked = this.#states.filter(({ isService, isHeld }) => isHeld || !isService)
    const results = await Promise.all(asked.map(({ ip }) => this.#options.probe(ip)))
    for (const [i, state] of asked.entries()) {
      const isAnswered = results[i] === true
      state.successes = isAnswered ? state.successes + 1 : 0
      state.failures = isAnswered ? 0 : state.failures + 1
      if (state.isHeld && state.failures >= FAILURES) this.#set(state, false)
      else if (!state.isHeld && state.successes >= SUCCESSES) this.#set(state, true)
    }
  }

  /** Where the server is not even heard at the node's own address there is nothing to try. */
  #isHeard(): boolean {
    const own = this.#states.filter(({ isService }) => !isService)
    return own.length === 0 || own.some(({ isHeld }) => isHeld)
  }

  /** Addresses of Services that may be tried now. */
  #untried(): AddressState[] {
    const now = this.#options.clock.now()
    if (!this.#isHeard()) return []
    return this.#states.filter((s) => s.isService && !s.isHeld && now >= s.retryAt)
  }

  /** Leads addresses of Services here to see whether they answer; they are led away if not. */
  async #try(tried: readonly AddressState[]): Promise<void> {
    const { clock, hold } = this.#options
    this.#isDue = false
    this.#lastSyncAt = clock.now()
    const isMade = await hold([...this.held, ...tried.map(({ ip }) => ip)])
    const answered = await Promise.all(tried.map(({ ip }) => isMade && this.#persist(ip)))
    for (const [i, state] of tried.entries()) {
      const isAnswered = answered[i] === true
      state.retryAt = clock.now() + state.retryMs
      state.retryMs = isAnswered ? RETRY_MS : Math.min(2 * state.retryMs, MAX_RETRY_MS)
      if (isAnswered) this.#set(state, true)
    }
    this.#isDue = false
    if (answered.includes(false)) await this.#sync()
  }

  /** Asks until there is an answer, or too few. */
  async #persist(ip: string): Promise<boolean> {
    for (let failures = 0; failures < FAILURES; failures++) {
      if (await this.#options.probe(ip)) return true
    }
    return false
  }

  #set(state: AddressState, isHeld: boolean): void {
    state.isHeld = isHeld
    state.failures = 0
    state.successes = 0
    this.#isDue = true
    this.#options.onChange(state.ip, isHeld)
  }

  async #sync(): Promise<void> {
    const { clock, hold } = this.#options
    this.#isDue = false
    this.#lastSyncAt = clock.now()
    if (!(await hold(this.held))) this.#lastSyncAt = Number.NEGATIVE_INFINITY
  }
}
