/** Waiting that ends early when the plugin is shut down. */

import type { Clock } from '@fingerpost/sdk'

/** The waits of one plugin instance. */
export class Pauses {
  readonly #clock: Clock
  readonly #ends = new Set<() => void>()
  #isOver = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether {@link Pauses.end} was called. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Resolves after `durationMs`, or when `event` settles, or when all waiting ends. */
  wait(durationMs: number, event?: Promise<unknown>): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        this.#ends.delete(end)
        resolve()
      }
      const timer = this.#clock.after(durationMs, end)
      this.#ends.add(end)
      void event?.then(end, end)
    })
  }

  /** Ends all waiting, now and in the future. */
  end(): void {
    this.#isOver = true
    for (const end of [...this.#ends]) end()
  }
}
