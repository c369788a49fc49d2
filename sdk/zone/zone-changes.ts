/** What has changed between two versions of a zone, and a new version made of it (RFC 1995 4). */

import { Type } from '../dns/type.ts'
import type { Rr } from '../wire/rr.ts'
import { serialOf } from './serial.ts'
import { ZoneData } from './zone-data.ts'

// Nodes between two pauses: some 10 ms of work.
const NODES_PER_STEP = 4000

/**
 * The changes of an incremental transfer: for each version the old SOA and what goes, the new SOA
 * and what comes.
 */
export class ZoneChanges {
  readonly #known: ZoneData
  readonly #last: Rr
  /** What goes, and what comes, over all versions. */
  readonly #gone = new Map<string, Rr>()
  readonly #added = new Map<string, Rr>()
  #serial: number
  #isAdding = true

  /** `last` is the SOA of the version that the changes lead to. */
  constructor(known: ZoneData, last: Rr) {
    this.#known = known
    this.#last = last
    this.#serial = known.serial as number
  }

  /**
   * Takes a record; true when it is the last.
   * @throws Error when it is not what changes have at this place.
   */
  take(rr: Rr): boolean {
    if (rr.type === Type.SOA) return this.#takeSoa(rr)
    const key = keyOf(rr)
    if (this.#isAdding) this.#added.set(key, rr)
    // What came with an earlier version and goes again was never there.
    else if (!this.#added.delete(key)) this.#gone.set(key, rr)
    return false
  }

  /**
   * Makes the new version; `pause` lets others do their work.
   * @throws Error when something goes that is not there.
   */
  async apply(pause: () => Promise<void>): Promise<ZoneData> {
    const { names, records, origin } = this.#known
    const data = new ZoneData(origin, records.count + 16)
    const touched = new Set([...this.#gone.values()].map(({ owner }) => names.find(owner.wire, 0)))
    let goneCount = 0
    for (let node = 0; node < names.count; node++) {
      if (node % NODES_PER_STEP === NODES_PER_STEP - 1) await pause()
      const owner = names.name(node)
      for (let set = records.firstSet(node); set >= 0; set = records.nextSet(set)) {
        if (records.type(set) === Type.SOA) continue
        for (const rr of this.#known.rrs(set, owner)) {
          if (touched.has(node) && this.#gone.has(keyOf(rr))) goneCount++
          else data.addRr(rr)
        }
      }
    }
    if (goneCount < this.#gone.size) throw new Error('what it removes is not all there')
    data.addRr(this.#last)
    for (const rr of this.#added.values()) data.addStrictly(rr)
    return data.seal()
  }

  #takeSoa(rr: Rr): boolean {
    const serial = serialOf(rr)
    this.#isAdding = !this.#isAdding
    if (this.#isAdding) {
      this.#serial = serial
      return false
    }
    // A version begins with the SOA of the one before, or this is the SOA at the end.
    if (serial !== this.#serial) throw new Error('its versions do not follow from each other')
    return serial === serialOf(this.#last)
  }
}

/** What makes two records the same, whatever their TTL. */
function keyOf({ owner, type, rdata }: Rr): string {
  return `${owner.toLowerCase()} ${type} ${decoder.decode(rdata)}`
}

// A character for each octet.
const decoder = new TextDecoder('latin1')
