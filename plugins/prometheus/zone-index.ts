/** Which of a block's zones a name is in: the longest one. Hot path. */

import { equalFold, HEADER_SIZE, type Name, type Query } from '@fingerpost/sdk'

/** The zones of a block, to be told apart by a number. */
export class ZoneIndex {
  /** For labels: zones in the order of their numbers, the longest first, `.` as the last. */
  readonly names: readonly string[]
  readonly #zones: readonly Uint8Array[]
  /** Then the name is in it: the block would not be asked else. */
  readonly #isOne: boolean

  constructor(zones: readonly Name[]) {
    const byName = new Map(zones.map((zone) => [zone.toLowerCase().toString(), zone.wire]))
    this.#isOne = byName.size === 1
    byName.delete('.')
    const sorted = [...byName].sort(([, left], [, right]) => right.length - left.length)
    this.#zones = sorted.map(([, wire]) => wire)
    this.names = [...sorted.map(([name]) => name), '.']
  }

  /** The number of the longest zone that the name asked for, which is in one of them, is in. */
  find({ wire, questionEnd }: Query): number {
    const zones = this.#zones
    if (this.#isOne) return 0
    const end = questionEnd - 4
    let at = HEADER_SIZE
    for (let i = 0; i < zones.length; i++) {
      const zone = zones[i] as Uint8Array
      const start = end - zone.length
      // Zones get shorter, so that a place once passed is not looked at again.
      while (at < start) at += (wire[at] as number) + 1
      if (at === start && equalFold(wire, start, zone, 0, zone.length)) return i
    }
    return zones.length
  }
}
