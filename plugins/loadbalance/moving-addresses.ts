/**
 * Addresses at the end of a message, put in order by moving whole records: what answers to SRV end
 * with. Names in messages point at one another (RFC 1035 4.1.4), so that only records can move that
 * nothing points at, and whose own names lie before them. Hot path.
 */

import { type Message, Name, parseName, readUint16, Type } from '@fingerpost/sdk'
import type { Candidates } from './policy.ts'

// Sections with more addresses than this are decoded.
const MAX_ADDRESSES = 256
const POINTER_SIZE = 2
const FIXED_SIZE = 10
const MAX_RECORD_SIZE = POINTER_SIZE + FIXED_SIZE + 16

/** The address records of one additional section. */
export class MovingAddresses implements Candidates {
  count = 0
  #wire: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  // Where the record is that shall come first, second, ….
  readonly #order = new Uint16Array(MAX_ADDRESSES)
  readonly #before = new Uint8Array(MAX_ADDRESSES * MAX_RECORD_SIZE)

  /** Finds the records; false when they can't be moved. */
  scan({ wire, additionalAt, additionalCount, size, optAt }: Message): boolean {
    const hasOpt = optAt >= 0
    const count = additionalCount - (hasOpt ? 1 : 0)
    // OPT may follow; what else does might point at what is moved.
    const end = hasOpt ? optAt : size
    if (count > MAX_ADDRESSES) return false
    let at = additionalAt
    for (let i = 0; i < count; i++) {
      if (at + POINTER_SIZE + FIXED_SIZE > end) return false
      const owner = readUint16(wire, at)
      // A literal name, or a pointer among what is moved.
      if (owner < 0xc000 || (owner & 0x3fff) >= additionalAt) return false
      const type = readUint16(wire, at + POINTER_SIZE)
      const dataSize = readUint16(wire, at + POINTER_SIZE + 8)
      if (dataSize !== (type === Type.A ? 4 : type === Type.AAAA ? 16 : -1)) return false
      this.#order[i] = at
      at += POINTER_SIZE + FIXED_SIZE + dataSize
    }
    if (at !== end) return false
    this.#wire = wire
    this.#start = additionalAt
    this.#end = end
    this.count = count
    return true
  }

  swap(left: number, right: number): void {
    const at = this.#order[left] as number
    this.#order[left] = this.#order[right] as number
    this.#order[right] = at
  }

  owner(index: number): Name {
    return parseName(this.#wire, this.#order[index] as number) ?? Name.root
  }

  rdata(index: number): Uint8Array {
    const at = (this.#order[index] as number) + POINTER_SIZE + FIXED_SIZE
    return this.#wire.subarray(at, at + readUint16(this.#wire, at - 2))
  }

  /** Moves the records into the order that the swaps made. */
  settle(): void {
    const wire = this.#wire
    const before = this.#before
    const start = this.#start
    for (let i = start; i < this.#end; i++) before[i - start] = wire[i] as number
    let to = start
    for (let i = 0; i < this.count; i++) {
      const from = (this.#order[i] as number) - start
      const sizeAt = from + POINTER_SIZE + 8
      const end = sizeAt + 2 + readUint16(before, sizeAt)
      for (let at = from; at < end; at++) wire[to++] = before[at] as number
    }
  }
}
