/** Zones by name, to find the longest that a name lies in (RFC 1034 4.3.2 step 2). Hot path. */

import type { Name } from '../wire/name.ts'
import { foldLabel, ROOT_HASH } from '../wire/name-hash.ts'
import { equalFold } from '../wire/octets.ts'

interface Entry<T> {
  readonly name: Name
  readonly value: T
  /** Another name with the same hash. */
  readonly more: Entry<T> | undefined
}

// Where the labels of the name at hand begin. Shared by all calls: nothing here is re-entrant.
const starts = new Uint8Array(128)

/** Values by zone. */
export class ZoneIndex<T> {
  readonly #entries = new Map<number, Entry<T>>()
  #maxLabels = 0

  /** Makes the index of pairs; the last of several for one name counts. */
  constructor(pairs: Iterable<readonly [Name, T]>) {
    for (const [name, value] of pairs) {
      const hash = name.hash
      this.#entries.set(hash, { name, value, more: this.#entries.get(hash) })
      this.#maxLabels = Math.max(this.#maxLabels, name.labelCount)
    }
  }

  /** The value of the longest zone that the uncompressed name at `at` lies in. */
  find(wire: Uint8Array, at: number): T | undefined {
    let count = 0
    let end = at
    for (let size = wire[end] as number; size !== 0; size = wire[end] as number) {
      starts[count++] = end - at
      end += size + 1
    }
    end++
    let hash = ROOT_HASH
    let found = this.#at(hash, wire, end - 1, end)
    const last = count - this.#maxLabels
    for (let i = count - 1; i >= last && i >= 0; i--) {
      const start = at + (starts[i] as number)
      hash = foldLabel(hash, wire, start)
      found = this.#at(hash >>> 0, wire, start, end) ?? found
    }
    return found
  }

  #at(hash: number, wire: Uint8Array, start: number, end: number): T | undefined {
    let entry = this.#entries.get(hash)
    while (entry !== undefined) {
      const zone = entry.name.wire
      if (zone.length === end - start && equalFold(zone, 0, wire, start, zone.length)) {
        return entry.value
      }
      entry = entry.more
    }
    return undefined
  }
}
