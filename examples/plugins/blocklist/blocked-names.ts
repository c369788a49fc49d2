/**
 * A set of names that also stands for everything below them. Names lie one after the other in one
 * array and are found by hash: a million of them take about 40 MB, and a lookup touches each label
 * of the name asked for once. Hot path: `covers`.
 */

import { equalFold, foldLabel, hashName, type Name, ROOT_HASH } from '@fingerpost/sdk'

/** Names in wire form. It only grows. */
export class BlockedNames {
  #octets = new Uint8Array(1024)
  #starts = new Uint32Array(64)
  #hashes = new Uint32Array(64)
  // Open addressing, at most half full: the number of a name plus 1, or 0.
  #slots = new Uint32Array(128)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Adds a name; one that is there already changes nothing. */
  add({ wire }: Name): void {
    const hash = hashName(wire, 0)
    if (this.#has(hash, wire, 0)) return
    const index = this.#count++
    const start = this.#starts[index] as number
    this.#octets = withRoom(this.#octets, start + wire.length)
    this.#octets.set(wire, start)
    this.#starts = withRoom(this.#starts, index + 2)
    this.#starts[index + 1] = start + wire.length
    this.#hashes = withRoom(this.#hashes, index + 1)
    this.#hashes[index] = hash
    if (this.#count * 2 > this.#slots.length) this.#grow()
    else this.#occupy(index)
  }

  /** Whether the uncompressed name at `at`, or one it is below, is in the set. Case is ignored. */
  covers(wire: Uint8Array, at: number): boolean {
    if (this.#count === 0) return false
    let labels = 0
    for (let label = at; wire[label] !== 0; label += (wire[label] as number) + 1) {
      labelStarts[labels++] = label
    }
    // From the top-level domain down: each hash grows out of the one before.
    let hash = ROOT_HASH
    while (labels > 0) {
      const label = labelStarts[--labels] as number
      hash = foldLabel(hash, wire, label)
      if (this.#has(hash >>> 0, wire, label)) return true
    }
    return false
  }

  #has(hash: number, wire: Uint8Array, at: number): boolean {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] as number) - 1
      if (index < 0) return false
      if (this.#hashes[index] === hash && this.#isAt(index, wire, at)) return true
    }
  }

  #isAt(index: number, wire: Uint8Array, at: number): boolean {
    const start = this.#starts[index] as number
    const size = (this.#starts[index + 1] as number) - start
    return at + size <= wire.length && equalFold(this.#octets, start, wire, at, size)
  }

  #grow(): void {
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

// Where the labels of the name at hand start; nothing here is re-entrant.
const labelStarts = new Uint32Array(128)

function withRoom<A extends Uint8Array | Uint32Array>(array: A, length: number): A {
  if (length <= array.length) return array
  const Kind = array.constructor as new (length: number) => A
  const longer = new Kind(Math.max(length, array.length * 2))
  longer.set(array)
  return longer
}
