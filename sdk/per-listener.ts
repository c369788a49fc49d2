/** Things that exist once for each listener, such as counters with the label `server`. Hot path. */

import type { Listener } from './wire/query.ts'

/**
 * Makes a thing for a listener when it is first wanted, and remembers it.
 *
 * @example
 * const refused = new PerListener(({ label }) => counter.labels(label))
 * refused.of(query.listener).add()
 */
export class PerListener<T> {
  readonly #make: (listener: Listener) => T
  readonly #made: (T | undefined)[] = []

  constructor(make: (listener: Listener) => T) {
    this.#make = make
  }

  of(listener: Listener): T {
    const made = this.#made[listener.index] ?? this.#make(listener)
    this.#made[listener.index] = made
    return made
  }
}
