/** Reads a part of a message field by field and refuses to read past that part's end. */

import { parseName } from './name.ts'

/** A cursor over `start`..`end` of a message; every method throws when the part is too short. */
export class WireReader {
  readonly #message: Buffer
  readonly #end: number
  #at: number

  constructor(message: Buffer, start: number, end: number) {
    if (end > message.length) throw new Error('field runs past the end of the message')
    this.#message = message
    this.#at = start
    this.#end = end
  }

  get offset(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#end) throw new Error('field cut short')
    this.#at += count
    return this.#message.subarray(this.#at - count, this.#at)
  }

  rest(): Buffer {
    return this.take(this.#end - this.#at)
  }

  u8(): number {
    return this.take(1).readUInt8()
  }

  u16(): number {
    return this.take(2).readUInt16BE()
  }

  u32(): number {
    return this.take(4).readUInt32BE()
  }

  /** Takes octets that are preceded by their count in one octet. */
  counted(): Buffer {
    return this.take(this.u8())
  }

  /** A name; a compressed one may refer to anything earlier in the message. */
  name(): string {
    const { text, end } = parseName(this.#message, this.#at)
    if (end > this.#end) throw new Error('name runs past the end of its field')
    this.#at = end
    return text
  }
}
