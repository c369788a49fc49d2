/**
 * Names with lists of numbers, kept in a few typed arrays instead of objects: the table of a file
 * of 100,000 lines takes about 20 MB. RFC 1035 3.1 (names). Hot path: `find`, `has`, `isSpelled`.
 */

import { equalFold, type Name } from '@fingerpost/sdk'

/** Names, each with the same number of lists. It only grows. */
export class NameTable {
  readonly #listCount: number
  // All names in wire form and lower case, one after the other, and where each begins.
  #octets = new Uint8Array(256)
  #starts = new Uint32Array(16)
  #hashes = new Uint32Array(16)
  #count = 0
  // Open addressing, at most half full: the number of a name plus 1, or 0.
  #slots = new Uint32Array(32)
  // A list is a ring that is entered at its last item, so that items keep their order: the number
  // of the item plus 1, or 0 for an empty list.
  #lasts: Uint32Array
  #values = new Uint32Array(16)
  #nexts = new Uint32Array(16)
  #itemCount = 0

  constructor(listCount: number) {
    this.#listCount = listCount
    this.#lasts = new Uint32Array(16 * listCount)
  }

  /** Names in the table. */
  get count(): number {
    return this.#count
  }

  /** Items in the lists of all names. */
  get itemCount(): number {
    return this.#itemCount
  }

  /** The number of the uncompressed name at `at`, letters without case; -1 when it is unknown. */
  find(hash: number, wire: Uint8Array, at: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] as number) - 1
      if (index < 0) return -1
      if (this.#hashes[index] === hash && this.#isAt(index, wire, at)) return index
    }
  }

  /** Whether a name that was found at `at` is written in lower case there. */
  isSpelled(index: number, wire: Uint8Array, at: number): boolean {
    const end = this.#starts[index + 1] as number
    for (let i = this.#starts[index] as number; i < end; i++) {
      if (this.#octets[i] !== wire[at++]) return false
    }
    return true
  }

  /** The number of a lower-case name, which is added if it is new. */
  add(name: Name): number {
    const { wire, hash } = name
    const known = this.find(hash, wire, 0)
    if (known >= 0) return known
    const index = this.#count++
    const start = this.#starts[index] as number
    this.#octets = withRoom(this.#octets, start + wire.length)
    this.#octets.set(wire, start)
    this.#starts = withRoom(this.#starts, index + 2)
    this.#starts[index + 1] = start + wire.length
    this.#hashes = withRoom(this.#hashes, index + 1)
    this.#hashes[index] = hash
    this.#lasts = withRoom(this.#lasts, (index + 1) * this.#listCount)
    if (this.#count * 2 > this.#slots.length) this.#rehash()
    else this.#occupy(index)
    return index
  }

  /** The name in wire form. */
  name(index: number): Uint8Array {
    return this.#octets.subarray(this.#starts[index], this.#starts[index + 1])
  }

  /** Puts a value at the end of a list. */
  append(index: number, list: number, value: number): void {
    const item = this.#itemCount++
    this.#values = withRoom(this.#values, item + 1)
    this.#nexts = withRoom(this.#nexts, item + 1)
    this.#values[item] = value
    const at = index * this.#listCount + list
    const last = (this.#lasts[at] as number) - 1
    this.#nexts[item] = last < 0 ? item : (this.#nexts[last] as number)
    if (last >= 0) this.#nexts[last] = item
    this.#lasts[at] = item + 1
  }

  /** Whether a list has items. */
  has(index: number, list: number): boolean {
    return this.#lasts[index * this.#listCount + list] !== 0
  }

  /** The first `limit` items of a list. */
  values(index: number, list: number, limit: number): number[] {
    const last = (this.#lasts[index * this.#listCount + list] as number) - 1
    const values: number[] = []
    if (last < 0) return values
    let item = last
    do {
      item = this.#nexts[item] as number
      values.push(this.#values[item] as number)
    } while (item !== last && values.length < limit)
    return values
  }

  #isAt(index: number, wire: Uint8Array, at: number): boolean {
    const start = this.#starts[index] as number
    const size = (this.#starts[index + 1] as number) - start
    // Names differ in an octet before the shorter one's end: the root label ends each.
    return at + size <= wire.length && equalFold(this.#octets, start, wire, at, size)
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (let index = 0; index < this.#count; index++) this.#occupy(index)
  }

  #occupy(index: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#hashes[index] as number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = index + 1
  }
}

/** The array itself, or a longer copy when `length` does not fit. */
export function withRoom<A extends Uint8Array | Uint32Array>(array: A, length: number): A {
  if (length <= array.length) return array
  const Kind = array.constructor as new (length: number) => A
  const longer = new Kind(Math.max(length, array.length * 2))
  longer.set(array)
  return longer
}
