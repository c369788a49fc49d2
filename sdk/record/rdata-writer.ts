/** Writes RDATA from left to right; values that have no wire form are refused with a RangeError. */

import type { Name } from '../wire/name.ts'
import { writeUint16, writeUint32 } from '../wire/octets.ts'

/** Octets of the longest RDATA (RFC 1035 3.2.1). */
export const MAX_RDATA_SIZE = 0xffff
/** Octets of the longest character-string (RFC 1035 3.3). */
export const MAX_STRING_SIZE = 255

/** A buffer that grows. */
export class RdataWriter {
  #octets = new Uint8Array(64)
  #size = 0

  uint8(value: number): void {
    const at = this.#grow(1)
    this.#octets[at] = checkUint(value, 0xff)
  }

  uint16(value: number): void {
    const at = this.#grow(2)
    writeUint16(this.#octets, at, checkUint(value, 0xffff))
  }

  uint32(value: number): void {
    const at = this.#grow(4)
    writeUint32(this.#octets, at, checkUint(value, 0xffffffff))
  }

  octets(octets: Uint8Array): void {
    const at = this.#grow(octets.length)
    this.#octets.set(octets, at)
  }

  characterString(octets: Uint8Array): void {
    if (octets.length > MAX_STRING_SIZE) {
      throw new RangeError(`a character-string has at most 255 octets, not ${octets.length}`)
    }
    this.uint8(octets.length)
    this.octets(octets)
  }

  name(name: Name): void {
    this.octets(name.wire)
  }

  /** What was written, copied. */
  toBytes(): Uint8Array {
    return this.#octets.slice(0, this.#size)
  }

  #grow(size: number): number {
    const at = this.#size
    this.#size += size
    if (this.#size > MAX_RDATA_SIZE) {
      throw new RangeError(`RDATA has at most ${MAX_RDATA_SIZE} octets`)
    }
    if (this.#size > this.#octets.length) {
      const grown = new Uint8Array(Math.max(this.#size, 2 * this.#octets.length))
      grown.set(this.#octets)
      this.#octets = grown
    }
    return at
  }
}

function checkUint(value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new RangeError(`expected a whole number from 0 to ${max}, got ${value}`)
}
