/** Whether the plugins of a generation are ready, as *ready* asks them. */

import type { EndpointSource } from './admin-source.ts'

/** Remembers what it has to remember between two questions. */
export class Readiness {
  readonly #source: Pick<EndpointSource, 'relapsed' | 'unready'>
  readonly #isContinuous: boolean
  // Those that were not ready when asked last; undefined before the first question.
  #waiting: readonly string[] | undefined

  constructor(source: Pick<EndpointSource, 'relapsed' | 'unready'>, isContinuous: boolean) {
    this.#source = source
    this.#isContinuous = isContinuous
  }

  /**
   * Names of plugins to wait for, sorted. Unless asked continuously, ready once is ready for good,
   * but for plugins that want to be asked each time.
   */
  waiting(): readonly string[] {
    if (this.#isContinuous) return [...this.#source.unready()].sort()
    const before = this.#waiting
    if (before === undefined || before.length > 0) {
      const unready = this.#source.unready()
      this.#waiting = before?.filter((name) => unready.includes(name)) ?? unready
    }
    return [...new Set([...(this.#waiting ?? []), ...this.#source.relapsed()])].sort()
  }
}
