/** One timer for everything of a plugin instance that times out, expires or waits for its turn. */

import type { Clock, Timer } from '@fingerpost/sdk'

/** How exactly timeouts are kept. */
export const TICK_MS = 50

/** Something that wants to be looked after for as long as `tick` returns true. */
export interface Member {
  tick(now: number): boolean
}

/**
 * Calls its members every {@link TICK_MS}; without members no timer runs. A timer per query would
 * cost more than the rest of a query's bookkeeping.
 */
export class Upkeep {
  readonly clock: Clock
  readonly #members = new Set<Member>()
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  add(member: Member): void {
    this.#members.add(member)
    this.#timer ??= this.clock.every(TICK_MS, () => this.#tick())
  }

  remove(member: Member): void {
    this.#members.delete(member)
    if (this.#members.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #tick(): void {
    const now = this.clock.now()
    // What is added meanwhile has its first turn at the next tick.
    for (const member of [...this.#members]) if (!member.tick(now)) this.remove(member)
  }
}
