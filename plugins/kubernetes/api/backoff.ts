/** How long to leave a server alone after a failure: twice as long each time, up to a limit. */

import type { Random } from '@fingerpost/sdk'

const FIRST_MS = 200
/** Low, so that what is served is true again soon after the server is back. */
const LAST_MS = 2500

/** The delays between attempts. */
export class Backoff {
  readonly #random: Random
  #ceilingMs = FIRST_MS

  constructor(random: Random) {
    this.#random = random
  }

  /**
   * The next delay: between half and all of what is due, since everyone who lost the same server
   * would otherwise be back at the same moment. At least what the server asked for.
   */
  next(atLeastMs = 0): number {
    const halfMs = this.#ceilingMs / 2
    this.#ceilingMs = Math.min(this.#ceilingMs * 2, LAST_MS)
    return atLeastMs + halfMs + this.#random.below(halfMs + 1)
  }

  /** An attempt went well. */
  reset(): void {
    this.#ceilingMs = FIRST_MS
  }
}
