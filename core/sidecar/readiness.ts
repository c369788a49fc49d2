/** Whether the plugins of a generation are ready, as *ready* asks them. */

/** Remembers what it has to remember between two questions. */
export class Readiness {
  readonly #unready: () => readonly string[]
  readonly #isContinuous: boolean
  // Those that were not ready when asked last; undefined before the first question.
  #waiting: readonly string[] | undefined

  /** `unready` names the plugins that are not ready; see `EndpointSource`. */
  constructor(unready: () => readonly string[], isContinuous: boolean) {
    this.#unready = unready
    this.#isContinuous = isContinuous
  }

  /** Names of plugins to wait for, sorted. Unless asked continuously, ready once is ready for good. */
  waiting(): readonly string[] {
    const before = this.#waiting
    if (!this.#isContinuous && before?.length === 0) return before
    const unready = this.#unready()
    this.#waiting =
      this.#isContinuous || before === undefined
        ? [...unready].sort()
        : before.filter((name) => unready.includes(name))
    return this.#waiting
  }
}
