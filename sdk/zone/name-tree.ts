/**
 * The names of a zone as a tree of labels in a few typed arrays; what lies between a name and the
 * apex is a node, too, so that empty non-terminals are there by themselves (RFC 4592 2.2.2).
 * Hot path: `child`.
 */

import { Name } from '../wire/name.ts'
import { foldLabel } from '../wire/name-hash.ts'
import { LOWER } from '../wire/octets.ts'
import { withRoom } from './with-room.ts'

/** The node of the zone's own name. */
export const APEX = 0

/** What a node says to those who only pass it. */
export const NodeFlag = { DELEGATION: 1, DNAME: 2, CNAME: 4, WILDCARD_BELOW: 8 } as const

/** Labels below a zone's apex. It only grows. */
export class NameTree {
  readonly origin: Name
  // Labels in lower case, each with its length in front.
  #labels: Uint8Array
  #labelsSize = 0
  #labelAts: Uint32Array
  #parents: Uint32Array
  // Of the whole name, folded from the root.
  #hashes: Uint32Array
  #flags: Uint8Array
  #count = 1
  // Open addressing, at most half full: the number of a node, or 0 (the apex is not in it).
  #slots: Uint32Array
  // Where the labels of the name at hand begin.
  readonly #starts = new Uint8Array(128)

  /** Makes a tree with room for `expected` names; more are welcome. */
  constructor(origin: Name, expected = 16) {
    this.origin = origin.toLowerCase()
    this.#labels = new Uint8Array(expected * 8)
    this.#labelAts = new Uint32Array(expected)
    this.#parents = new Uint32Array(expected)
    this.#hashes = new Uint32Array(expected)
    this.#flags = new Uint8Array(expected)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(expected * 2)))
    this.#hashes[APEX] = this.origin.hash
  }

  /** Nodes, empty non-terminals and the apex among them. */
  get count(): number {
    return this.#count
  }

  flags(node: number): number {
    return this.#flags[node] as number
  }

  setFlag(node: number, flag: number): void {
    this.#flags[node] = (this.#flags[node] as number) | flag
  }

  parent(node: number): number {
    return this.#parents[node] as number
  }

  /** The hash of a node's name; see `foldLabel`. */
  hash(node: number): number {
    return this.#hashes[node] as number
  }

  /** The child of `parent` whose label is at `at`, and whose name has `hash`; -1 without one. */
  child(parent: number, hash: number, wire: Uint8Array, at: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const unsigned = hash >>> 0
    for (let slot = unsigned & mask; ; slot = (slot + 1) & mask) {
      const node = slots[slot] as number
      if (node === 0) return -1
      if (this.#hashes[node] === unsigned && this.#parents[node] === parent) {
        if (this.#isLabel(node, wire, at)) return node
      }
    }
  }

  /** The child `*`; -1 without one. */
  wildcardBelow(parent: number): number {
    if ((this.flags(parent) & NodeFlag.WILDCARD_BELOW) === 0) return -1
    return this.child(parent, foldLabel(this.hash(parent), ASTERISK, 0), ASTERISK, 0)
  }

  /** The node of the uncompressed name at `at`, below or at the apex; -1 when there is none. */
  find(wire: Uint8Array, at: number): number {
    let count = this.labelsBelow(wire, at)
    let node = count < 0 ? -1 : APEX
    while (count > 0 && node >= 0) {
      const start = at + (this.#starts[--count] as number)
      node = this.child(node, foldLabel(this.hash(node), wire, start), wire, start)
    }
    return node
  }

  /**
   * Counts the labels left of the apex of the uncompressed name at `at`; -1 when it lies outside
   * of the zone. {@link start} tells where each begins.
   */
  labelsBelow(wire: Uint8Array, at: number): number {
    const starts = this.#starts
    let count = 0
    let offset = 0
    for (let size = wire[at] as number; size !== 0; size = wire[at + offset] as number) {
      starts[count++] = offset
      offset += size + 1
    }
    const origin = this.origin.wire
    const below = offset + 1 - origin.length
    if (below < 0) return -1
    for (let i = 0; i < origin.length; i++) {
      if (LOWER[wire[at + below + i] as number] !== origin[i]) return -1
    }
    while (count > 0 && (starts[count - 1] as number) >= below) count--
    if (count === 0) return below === 0 ? 0 : -1
    // What looks like the apex must begin where a label ends.
    const last = starts[count - 1] as number
    return last + (wire[at + last] as number) + 1 === below ? count : -1
  }

  /** Offset of a label from the start of the name last given to {@link labelsBelow}. */
  start(index: number): number {
    return this.#starts[index] as number
  }

  /** The node of the name at `at`, made if it is new; -1 when it lies outside of the zone. */
  add(wire: Uint8Array, at: number): number {
    let count = this.labelsBelow(wire, at)
    if (count < 0) return -1
    let node = APEX
    while (count > 0) {
      const start = at + (this.#starts[--count] as number)
      const hash = foldLabel(this.hash(node), wire, start) >>> 0
      const known = this.child(node, hash, wire, start)
      node = known >= 0 ? known : this.#append(node, hash, wire, start)
    }
    return node
  }

  /** Writes the name of a node, uncompressed, at the start of `target`; returns its size. */
  writeName(node: number, target: Uint8Array): number {
    const labels = this.#labels
    let size = 0
    for (let at = node; at !== APEX; at = this.#parents[at] as number) {
      const from = this.#labelAts[at] as number
      const end = from + (labels[from] as number) + 1
      for (let i = from; i < end; i++) target[size++] = labels[i] as number
    }
    target.set(this.origin.wire, size)
    return size + this.origin.wire.length
  }

  /** The name of a node. */
  name(node: number): Name {
    return node === APEX ? this.origin : new Name(scratch.slice(0, this.writeName(node, scratch)))
  }

  /** Compares the labels of two nodes in canonical order (RFC 4034 6.1): octets, then length. */
  compareLabels(left: number, right: number): number {
    return compareLabelsAt(
      this.#labels,
      this.#labelAts[left] as number,
      this.#labels,
      this.#labelAts[right] as number,
    )
  }

  /** Compares the label of a node with the one at `at`. */
  compareLabelTo(node: number, wire: Uint8Array, at: number): number {
    return compareLabelsAt(this.#labels, this.#labelAts[node] as number, wire, at)
  }

  #isLabel(node: number, wire: Uint8Array, at: number): boolean {
    const labels = this.#labels
    let from = this.#labelAts[node] as number
    const size = labels[from] as number
    if (wire[at] !== size) return false
    for (let i = 1; i <= size; i++) {
      if (labels[++from] !== LOWER[wire[at + i] as number]) return false
    }
    return true
  }

  #append(parent: number, hash: number, wire: Uint8Array, at: number): number {
    const node = this.#count++
    const size = (wire[at] as number) + 1
    this.#labels = withRoom(this.#labels, this.#labelsSize + size)
    this.#labelAts = withRoom(this.#labelAts, node + 1)
    this.#parents = withRoom(this.#parents, node + 1)
    this.#hashes = withRoom(this.#hashes, node + 1)
    this.#flags = withRoom(this.#flags, node + 1)
    this.#labelAts[node] = this.#labelsSize
    for (let i = 0; i < size; i++) {
      this.#labels[this.#labelsSize++] = LOWER[wire[at + i] as number] as number
    }
    this.#parents[node] = parent
    this.#hashes[node] = hash
    if (size === 2 && wire[at + 1] === 0x2a) this.setFlag(parent, NodeFlag.WILDCARD_BELOW)
    if (this.#count * 2 > this.#slots.length) this.#rehash()
    else this.#occupy(node)
    return node
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (let node = 1; node < this.#count; node++) this.#occupy(node)
  }

  #occupy(node: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#hashes[node] as number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = node
  }
}

const ASTERISK = Uint8Array.of(1, 0x2a)
const scratch = new Uint8Array(255)

function compareLabelsAt(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
): number {
  const leftSize = left[leftAt] as number
  const rightSize = right[rightAt] as number
  const shorter = leftSize < rightSize ? leftSize : rightSize
  for (let i = 1; i <= shorter; i++) {
    const difference =
      (LOWER[left[leftAt + i] as number] as number) -
      (LOWER[right[rightAt + i] as number] as number)
    if (difference !== 0) return difference
  }
  return leftSize - rightSize
}
