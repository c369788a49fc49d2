/** Zones that a query's name is looked for in, without making a name of it. Hot path. */

import { equalFold, HEADER_SIZE, type Name, type Query } from '@fingerpost/sdk'

/** A set of zones. */
export class ZoneSet {
  readonly #zones: readonly Uint8Array[]
  readonly #isEverything: boolean

  constructor(zones: readonly Name[]) {
    this.#zones = zones.map((zone) => zone.wire)
    this.#isEverything = zones.some((zone) => zone.isRoot)
  }

  /** Whether the name asked for is in one of the zones. */
  contains(query: Query): boolean {
    if (this.#isEverything) return true
    const { wire, questionEnd } = query
    const end = questionEnd - 4
    for (const zone of this.#zones) {
      const start = end - zone.length
      let at = HEADER_SIZE
      while (at < start) at += (wire[at] as number) + 1
      if (at === start && equalFold(wire, start, zone, 0, zone.length)) return true
    }
    return false
  }
}
