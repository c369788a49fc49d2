/** Writes protocol buffers: varints, fixed 32-bit numbers and octets, which is all dnstap has. */

// Enough for a message without its octets; the buffer grows to what is needed.
const INITIAL_SIZE = 512
const VARINT = 0
const OCTETS = 2
const FIXED32 = 5

/** Writes fields into a buffer of its own, which is used again after each `reset`. */
export class ProtobufWriter {
  #octets = new Uint8Array(INITIAL_SIZE)
  #size = 0

  /** What was written; valid until the next `reset`. */
  get written(): Uint8Array {
    return this.#octets.subarray(0, this.#size)
  }

  reset(): this {
    this.#size = 0
    return this
  }

  /** A number from 0 to 2^53 - 1. */
  number(field: number, value: number): this {
    this.#reserve(20)
    this.#varint((field << 3) | VARINT)
    this.#varint(value)
    return this
  }

  /** A number from 0 to 2^32 - 1 in four octets. */
  fixed32(field: number, value: number): this {
    this.#reserve(14)
    this.#varint((field << 3) | FIXED32)
    for (let shift = 0; shift < 32; shift += 8) this.#octets[this.#size++] = value >>> shift
    return this
  }

  /** Octets, the text of a string or a nested message. */
  octets(field: number, value: Uint8Array): this {
    this.#reserve(20 + value.length)
    this.#varint((field << 3) | OCTETS)
    this.#varint(value.length)
    return this.raw(value)
  }

  /** Fields that were written before. */
  raw(fields: Uint8Array): this {
    this.#reserve(fields.length)
    this.#octets.set(fields, this.#size)
    this.#size += fields.length
    return this
  }

  #varint(value: number): void {
    let left = value
    // Numbers may have more than the 32 bits that shifts know.
    while (left > 0x7f) {
      this.#octets[this.#size++] = (left % 0x80) | 0x80
      left = Math.floor(left / 0x80)
    }
    this.#octets[this.#size++] = left
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#octets.length) return
    const octets = new Uint8Array(Math.max(2 * this.#octets.length, this.#size + size))
    octets.set(this.#octets.subarray(0, this.#size))
    this.#octets = octets
  }
}
