/** A clock that moves only when a test says so, and timers that run in its order. */

import type { Clock, Timer } from '../host.ts'

// Neither clock starts at 0, so that code which takes 0 for "never" is not right by chance.
const START_MS = 1_000_000
const WALL_START_MS = Date.UTC(2026, 0, 1)
// Turns of the microtask queue that even long chains of promises settle in.
const SETTLE_TURNS = 100

interface Entry {
  dueMs: number
  readonly order: number
  readonly intervalMs: number
  readonly isCounted: boolean
  readonly run: () => void
}

/**
 * A {@link Clock} for tests.
 *
 * @example
 * const clock = new FakeClock()
 * clock.after(1000, () => log.push('tick'))
 * await clock.advance(1000)
 */
export class FakeClock implements Clock {
  #nowMs = START_MS
  #wallOffsetMs = WALL_START_MS - START_MS
  #order = 0
  readonly #entries = new Set<Entry>()

  now(): number {
    return this.#nowMs
  }

  wallNow(): number {
    return this.#nowMs + this.#wallOffsetMs
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add(delayMs, 0, true, run)
  }

  every(intervalMs: number, run: () => void): Timer {
    if (!(intervalMs > 0)) throw new RangeError(`an interval of ${intervalMs} ms never ends`)
    return this.#add(intervalMs, intervalMs, true, run)
  }

  /** Like {@link FakeClock.after} for events of the test's surroundings: not an open timer. */
  afterUncounted(delayMs: number, run: () => void): Timer {
    return this.#add(delayMs, 0, false, run)
  }

  /** Timers started with `after` and `every` that may still run. */
  get openTimers(): number {
    let count = 0
    for (const entry of this.#entries) if (entry.isCounted) count++
    return count
  }

  /** Moves time on, runs what falls due in order, and lets promises settle in between. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs
    await this.settle()
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      if (next.intervalMs > 0) next.dueMs += next.intervalMs
      else this.#entries.delete(next)
      next.run()
      await this.settle()
    }
    this.#nowMs = endMs
  }

  /** Lets promises settle that wait for no timer. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) await undefined
  }

  /** Sets the wall clock alone, as an administrator or NTP does; `now` does not notice. */
  setWall(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs
  }

  #add(delayMs: number, intervalMs: number, isCounted: boolean, run: () => void): Timer {
    const dueMs = this.#nowMs + Math.max(0, delayMs)
    const entry: Entry = { dueMs, order: this.#order++, intervalMs, isCounted, run }
    this.#entries.add(entry)
    return { cancel: () => void this.#entries.delete(entry) }
  }

  #nextDue(endMs: number): Entry | undefined {
    let next: Entry | undefined
    for (const entry of this.#entries) {
      if (entry.dueMs > endMs) continue
      const isEarlier =
        next === undefined ||
        entry.dueMs < next.dueMs ||
        (entry.dueMs === next.dueMs && entry.order < next.order)
      if (isEarlier) next = entry
    }
    return next
  }
}
