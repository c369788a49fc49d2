/**
 * Makes a zone of the records of a transfer: whole (RFC 5936), or what has changed since a serial
 * (RFC 1995), whichever the primary sends. What is no transfer of the zone is refused.
 */

import { Class } from '../dns/class.ts'
import { formatType, Type } from '../dns/type.ts'
import { rdataCodec } from '../record/rdata.ts'
import type { Name } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'
import { isNewer, serialOf } from './serial.ts'
import { ZoneChanges } from './zone-changes.ts'
import { MAX_ZONE_RECORDS, ZoneData } from './zone-data.ts'

/** What came of a transfer. */
export type TransferResult =
  | { readonly kind: 'whole'; readonly data: ZoneData }
  | { readonly kind: 'changes'; readonly changes: ZoneChanges }
  /** The primary has nothing newer. */
  | { readonly kind: 'unchanged' }

/** Takes the records of a transfer in the order in which they come. */
export class TransferIn {
  readonly #origin: Name
  readonly #known: ZoneData | undefined
  #first: Rr | undefined
  #count = 0
  #data: ZoneData | undefined
  #changes: ZoneChanges | undefined
  #isDone = false

  /** `known` is the zone that changes may refer to: for IXFR. */
  constructor(origin: Name, known: ZoneData | undefined) {
    this.#origin = origin
    this.#known = known
  }

  /** Whether the last record has come. */
  get isDone(): boolean {
    return this.#isDone
  }

  /**
   * Takes a record.
   * @throws Error when it is not what a transfer has at this place.
   */
  take(rr: Rr): void {
    if (this.#isDone) throw new Error('there are records after the end')
    const count = this.#count++
    if (count > 2 * MAX_ZONE_RECORDS) throw new Error(`it has more than ${count - 1} records`)
    if (rr.class !== Class.IN) throw new Error(`${rr.owner} is not of class IN`)
    const codec = rdataCodec(rr.type)
    if (codec !== undefined && codec.parse(rr.rdata) === undefined) {
      throw new Error(`${rr.owner} has a malformed ${formatType(rr.type)} record`)
    }
    if (this.#first === undefined) this.#takeFirst(rr)
    else if (this.#changes !== undefined) this.#isDone = this.#changes.take(rr)
    else if (count === 1) this.#takeSecond(rr)
    else this.#takeOther(rr)
  }

  /** Ends a message: a SOA that stands alone says that nothing is newer (RFC 1995 2). */
  endMessage(): void {
    if (this.#count === 1 && this.#known !== undefined) this.#isDone = true
  }

  /** What came of it, once it is done. */
  get result(): TransferResult {
    if (this.#changes !== undefined) return { kind: 'changes', changes: this.#changes }
    if (this.#data !== undefined) return { kind: 'whole', data: this.#data.seal() }
    return { kind: 'unchanged' }
  }

  #takeFirst(rr: Rr): void {
    if (rr.type !== Type.SOA || !rr.owner.equals(this.#origin)) {
      throw new Error(`it does not begin with the SOA of ${this.#origin}`)
    }
    this.#first = rr
  }

  /** The second record tells whether the zone or its changes follow (RFC 1995 4). */
  #takeSecond(rr: Rr): void {
    const first = this.#first as Rr
    const known = this.#known
    if (rr.type === Type.SOA && rr.owner.equals(this.#origin) && known !== undefined) {
      const from = serialOf(rr)
      if (from === known.serial && isNewer(serialOf(first), from)) {
        this.#changes = new ZoneChanges(known, first)
        this.#changes.take(rr)
        return
      }
    }
    this.#data = new ZoneData(this.#origin)
    this.#data.addRr(first)
    this.#takeOther(rr)
  }

  #takeOther(rr: Rr): void {
    const data = this.#data as ZoneData
    if (rr.type === Type.SOA && rr.owner.equals(this.#origin)) {
      if (serialOf(rr) !== data.serial) throw new Error('it ends with another serial')
      this.#isDone = true
      return
    }
    data.addStrictly(rr)
  }
}
