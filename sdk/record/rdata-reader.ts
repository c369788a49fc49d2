/** Reads RDATA from left to right; every read gives undefined when the octets do not suffice. */

import { MAX_LABEL_SIZE, MAX_NAME_SIZE, Name } from '../wire/name.ts'
import { readUint16, readUint32 } from '../wire/octets.ts'

/** A cursor over the octets of one RDATA. */
export class RdataReader {
  readonly #octets: Uint8Array
  #at = 0

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  /** Octets not read yet. */
  get left(): number {
    return this.#octets.length - this.#at
  }

  uint8(): number | undefined {
    return this.left < 1 ? undefined : (this.#octets[this.#at++] as number)
  }

  uint16(): number | undefined {
    if (this.left < 2) return undefined
    this.#at += 2
    return readUint16(this.#octets, this.#at - 2)
  }

  uint32(): number | undefined {
    if (this.left < 4) return undefined
    this.#at += 4
    return readUint32(this.#octets, this.#at - 4)
  }

  /** A copy of the next `size` octets; of all that are left by default. */
  octets(size: number = this.left): Uint8Array | undefined {
    if (this.left < size) return undefined
    this.#at += size
    return this.#octets.slice(this.#at - size, this.#at)
  }

  /** A character-string: one octet of length, then as many octets (RFC 1035 3.3). */
  characterString(): Uint8Array | undefined {
    const size = this.uint8()
    return size === undefined ? undefined : this.octets(size)
  }

  /** An uncompressed name. */
  name(): Name | undefined {
    const start = this.#at
    for (let at = start; at < this.#octets.length && at - start < MAX_NAME_SIZE; ) {
      const size = this.#octets[at] as number
      if (size > MAX_LABEL_SIZE) return undefined
      at += size + 1
      if (size > 0) continue
      this.#at = at
      return new Name(this.#octets.slice(start, at))
    }
    return undefined
  }
}
