/**
 * Replies by their question, in sets of four as processors' caches have them: a look-up is a hash
 * and at most four comparisons, an addition displaces at worst one reply, and there is no object
 * per reply but its octets. Hot path: `find`.
 */

import { HEADER_SIZE, LOWER, type Query } from '@fingerpost/sdk'
import type { Versioned } from './versions.ts'

const WAYS = 4
const INITIAL_SETS = 64

/** Bits of what is noted about a reply; the others are the caller's. */
export const Note = {
  /** It fits questions of any case: all names in it lead back to the question. */
  ANY_CASE: 1,
} as const

/** A bounded table of replies by unsigned hashes. Places are numbers that hold until the next addition. */
export class ReplyTable {
  readonly #maxCount: number
  readonly #maxBytes: number
  #count = 0
  #sizeBytes = 0
  // By place. Those of a set follow one another, from the front.
  #hashes = new Uint32Array(INITIAL_SETS * WAYS)
  #notes = new Uint8Array(INITIAL_SETS * WAYS)
  #versions = new Float64Array(INITIAL_SETS * WAYS)
  #wires: (Uint8Array | undefined)[] = new Array(INITIAL_SETS * WAYS).fill(undefined)
  #bases: (Versioned | undefined)[] = new Array(INITIAL_SETS * WAYS).fill(undefined)
  #setMask = INITIAL_SETS - 1
  // Where the next reply that has to leave is looked for.
  #hand = 0

  constructor(maxCount: number, maxBytes: number) {
    this.#maxCount = maxCount
    this.#maxBytes = maxBytes
  }

  get count(): number {
    return this.#count
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The place of the reply to a question, if there is one that still holds; -1 otherwise. */
  find(hash: number, query: Query): number {
    const first = this.#firstOf(hash)
    for (let at = first; at < first + WAYS; at++) {
      const wire = this.#wires[at]
      if (wire === undefined) return -1
      if (this.#hashes[at] !== hash || !isAskedBy(wire, query, this.#notes[at] as number)) {
        continue
      }
      return this.#bases[at]?.version === this.#versions[at] ? at : -1
    }
    return -1
  }

  wire(place: number): Uint8Array {
    return this.#wires[place] as Uint8Array
  }

  note(place: number): number {
    return this.#notes[place] as number
  }

  /** Adds a reply in place of the one to its question; it holds until `basis` changes. */
  put(
    hash: number,
    query: Query,
    note: number,
    reply: { readonly wire: Uint8Array; readonly basis: Versioned },
  ): void {
    if (reply.wire.length > this.#maxBytes) return
    let place = this.#placeFor(hash, query)
    if (this.#wires[place] === undefined && this.#mustGrow()) {
      this.#grow()
      place = this.#placeFor(hash, query)
    }
    this.#set(place, hash, note, reply.wire, reply.basis, reply.basis.version)
    while (this.#count > this.#maxCount || this.#sizeBytes > this.#maxBytes) this.#evict(place)
  }

  /** Forgets the reply to a question, whether it holds or not. */
  remove(hash: number, query: Query): void {
    const first = this.#firstOf(hash)
    for (let at = first; at < first + WAYS; at++) {
      const wire = this.#wires[at]
      if (wire === undefined) return
      if (this.#hashes[at] === hash && isAskedBy(wire, query, Note.ANY_CASE)) {
        this.#removeAt(at)
        return
      }
    }
  }

  /** The first place of the set of a hash: hashes of similar names differ little in their ends. */
  #firstOf(hash: number): number {
    return ((Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 10) & this.#setMask) * WAYS
  }

  /** The place of the same question, else a free one of its set, else any of the set. */
  #placeFor(hash: number, query: Query): number {
    const first = this.#firstOf(hash)
    let stale = -1
    for (let at = first; at < first + WAYS; at++) {
      const wire = this.#wires[at]
      if (wire === undefined) return at
      if (this.#hashes[at] === hash && isAskedBy(wire, query, Note.ANY_CASE)) return at
      if (this.#bases[at]?.version !== this.#versions[at]) stale = at
    }
    return stale >= 0 ? stale : first + ((hash >>> 24) & (WAYS - 1))
  }

  #set(
    place: number,
    hash: number,
    note: number,
    wire: Uint8Array,
    basis: Versioned | undefined,
    version: number,
  ): void {
    const before = this.#wires[place]
    if (before === undefined) this.#count++
    this.#sizeBytes += wire.length - (before?.length ?? 0)
    this.#wires[place] = wire
    this.#bases[place] = basis
    this.#versions[place] = version
    this.#hashes[place] = hash
    this.#notes[place] = note
  }

  #removeAt(place: number): void {
    // The last of the set takes the place, so that there is no gap.
    let last = place
    const end = place - (place % WAYS) + WAYS
    while (last + 1 < end && this.#wires[last + 1] !== undefined) last++
    this.#count--
    this.#sizeBytes -= this.wire(place).length
    this.#wires[place] = this.#wires[last]
    this.#bases[place] = this.#bases[last]
    this.#versions[place] = this.#versions[last] as number
    this.#hashes[place] = this.#hashes[last] as number
    this.#notes[place] = this.#notes[last] as number
    this.#wires[last] = undefined
    this.#bases[last] = undefined
  }

  /** Lets one go, the hand going round; not the one that just came. */
  #evict(except: number): void {
    for (;;) {
      this.#hand = (this.#hand + 1) % this.#wires.length
      if (this.#hand === except || this.#wires[this.#hand] === undefined) continue
      this.#removeAt(this.#hand)
      return
    }
  }

  /** At half of the places: then few sets are full. */
  #mustGrow(): boolean {
    return this.#count * 2 >= this.#wires.length && this.#wires.length < this.#maxCount * 2
  }

  #grow(): void {
    const wires = this.#wires
    const bases = this.#bases
    const versions = this.#versions
    const hashes = this.#hashes
    const notes = this.#notes
    const length = wires.length * 2
    this.#wires = new Array(length).fill(undefined)
    this.#bases = new Array(length).fill(undefined)
    this.#versions = new Float64Array(length)
    this.#hashes = new Uint32Array(length)
    this.#notes = new Uint8Array(length)
    this.#setMask = length / WAYS - 1
    this.#count = 0
    this.#sizeBytes = 0
    for (let at = 0; at < wires.length; at++) {
      const wire = wires[at]
      // What doesn't hold any more need not move.
      if (wire === undefined || bases[at]?.version !== versions[at]) continue
      const hash = hashes[at] as number
      const first = this.#firstOf(hash)
      let place = first
      while (this.#wires[place] !== undefined) place++
      this.#set(place, hash, notes[at] as number, wire, bases[at], versions[at] as number)
    }
  }
}

/** Compares name, type and class. */
function isAskedBy(stored: Uint8Array, { wire, questionEnd }: Query, note: number): boolean {
  if (stored.length < questionEnd) return false
  for (let i = HEADER_SIZE; i < questionEnd; i++) {
    const octet = wire[i] as number
    if (stored[i] === octet) continue
    if ((note & Note.ANY_CASE) === 0 || i >= questionEnd - 4) return false
    if (LOWER[stored[i] as number] !== LOWER[octet]) return false
  }
  return true
}
