/**
 * Replies by their question, without an object for any of them: the octets lie one after the other
 * in a ring that overwrites its oldest, and each question has eight places to be in, two sets of
 * four. A look-up is a hash and at most eight comparisons. Hot path: `find`, `copy`.
 */

import { HEADER_SIZE, LOWER, type Query } from '@fingerpost/sdk'
import type { Version, Versions } from './versions.ts'

const WAYS = 4
const INITIAL_SETS = 64
const INITIAL_BYTES = 64 * 1024
/** Octets behind the ring, so that a copy may go past the end of a reply. */
const MARGIN_BYTES = 64
const NOWHERE = -1

/** Bits of what is noted about a reply; the others are the caller's. */
export const Note = {
  /** It fits questions of any case: all names in it lead back to the question. */
  ANY_CASE: 1,
} as const

/** A reply to keep. */
export interface Kept {
  readonly wire: Uint8Array
  readonly size: number
  /** It holds until this changes. */
  readonly basis: Version
  readonly note: number
}

/** A bounded table of replies by unsigned hashes. Places are numbers that hold until a `put`. */
export class ReplyTable {
  readonly #counts: Versions
  readonly #maxPlaces: number
  readonly #maxBytes: number
  // By place.
  #hashes = new Uint32Array(INITIAL_SETS * WAYS)
  #notes = new Uint8Array(INITIAL_SETS * WAYS)
  #versions = new Uint32Array(INITIAL_SETS * WAYS)
  #sizes = new Uint16Array(INITIAL_SETS * WAYS)
  // Octets that the ring has for a reply: another one to the same question may take its place.
  #rooms = new Uint16Array(INITIAL_SETS * WAYS)
  // In all that was ever written to the ring.
  #positions = new Float64Array(INITIAL_SETS * WAYS).fill(NOWHERE)
  #bases = new Uint32Array(INITIAL_SETS * WAYS)
  #setMask = INITIAL_SETS - 1
  #usedPlaces = 0
  #ring = new Uint8Array(INITIAL_BYTES + MARGIN_BYTES)
  #ringBytes = INITIAL_BYTES
  /** Where the next reply begins, and the oldest that is not overwritten. */
  #head = 0
  #tail = 0

  /** For so many replies of so many octets; powers of two. */
  constructor(counts: Versions, maxCount: number, maxBytes: number) {
    this.#counts = counts
    this.#maxPlaces = maxCount * 2
    this.#maxBytes = maxBytes
  }

  /** The octets that replies take. */
  get sizeBytes(): number {
    return this.#head - this.#tail
  }

  /** The place of the reply to a question, if there is one that still holds; -1 otherwise. */
  find(hash: number, query: Query): number {
    const place = this.#placeOf(hash, query)
    if (place === NOWHERE) return NOWHERE
    return this.#isCurrent(place) ? place : NOWHERE
  }

  /** A copy of the reply with room for `slack` octets behind it; 64 at most. */
  copy(place: number, slack: number): Uint8Array {
    const from = (this.#positions[place] as number) % this.#ringBytes
    return this.#ring.slice(from, from + (this.#sizes[place] as number) + slack)
  }

  size(place: number): number {
    return this.#sizes[place] as number
  }

  note(place: number): number {
    return this.#notes[place] as number
  }

  /** Keeps a reply in place of the one to the same question. */
  put(hash: number, query: Query, reply: Kept): void {
    if (reply.size > this.#maxBytes / 2 || reply.size > 0xffff) return
    let place = this.#placeOf(hash, query)
    if (place === NOWHERE) {
      if (this.#usedPlaces * 2 >= this.#hashes.length && this.#hashes.length < this.#maxPlaces) {
        this.#addPlaces()
      }
      place = this.#placeFor(hash)
      this.#rooms[place] = 0
    }
    if ((this.#rooms[place] as number) < reply.size) {
      if (this.#positions[place] === NOWHERE) this.#usedPlaces++
      this.#positions[place] = this.#allot(reply.size)
      this.#rooms[place] = reply.size
    }
    const from = (this.#positions[place] as number) % this.#ringBytes
    for (let i = 0; i < reply.size; i++) this.#ring[from + i] = reply.wire[i] as number
    this.#sizes[place] = reply.size
    this.#hashes[place] = hash
    this.#notes[place] = reply.note
    this.#bases[place] = reply.basis
    this.#versions[place] = this.#counts.at(reply.basis)
  }

  /** The place of a question, whether its reply holds or not. */
  #placeOf(hash: number, query: Query): number {
    const hashes = this.#hashes
    let first = this.#firstOf(hash)
    for (let set = 0; set < 2; set++) {
      for (let at = first; at < first + WAYS; at++) {
        if (hashes[at] === hash && this.#isAskedBy(at, query)) return at
      }
      first = this.#secondOf(hash)
    }
    return NOWHERE
  }

  /** Compares name, type and class. */
  #isAskedBy(place: number, { wire, questionEnd }: Query): boolean {
    const position = this.#positions[place] as number
    if (position < this.#tail || (this.#sizes[place] as number) < questionEnd) return false
    const ring = this.#ring
    const from = position % this.#ringBytes
    const isAnyCase = ((this.#notes[place] as number) & Note.ANY_CASE) !== 0
    for (let i = HEADER_SIZE; i < questionEnd; i++) {
      const octet = wire[i] as number
      const kept = ring[from + i] as number
      if (kept === octet) continue
      if (!isAnyCase || i >= questionEnd - 4 || LOWER[kept] !== LOWER[octet]) return false
    }
    return true
  }

  /** The first place of a set of a hash: hashes of similar names differ little in their ends. */
  #firstOf(hash: number): number {
    return ((Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 10) & this.#setMask) * WAYS
  }

  #secondOf(hash: number): number {
    return ((Math.imul(hash ^ (hash >>> 13), 0x85ebca6b) >>> 10) & this.#setMask) * WAYS
  }

  /** A place that is free or has nothing that holds, else that of the oldest. */
  #placeFor(hash: number): number {
    let first = this.#firstOf(hash)
    let oldest = first
    for (let set = 0; set < 2; set++) {
      for (let at = first; at < first + WAYS; at++) {
        if (!this.#holds(at)) return at
        if ((this.#positions[at] as number) < (this.#positions[oldest] as number)) oldest = at
      }
      first = this.#secondOf(hash)
    }
    return oldest
  }

  #holds(place: number): boolean {
    if ((this.#positions[place] as number) < this.#tail) return false
    return this.#isCurrent(place)
  }

  #isCurrent(place: number): boolean {
    return this.#counts.at(this.#bases[place] as Version) === this.#versions[place]
  }

  /** Gives out octets of the ring; what was there is gone. */
  #allot(size: number): number {
    while (this.#head + size > this.#ringBytes && this.#ringBytes < this.#maxBytes) this.#widen()
    // Nothing goes over the ring's end.
    const left = this.#ringBytes - (this.#head % this.#ringBytes)
    const position = left < size ? this.#head + left : this.#head
    this.#head = position + size
    this.#tail = Math.max(this.#tail, this.#head - this.#ringBytes)
    return position
  }

  /** Only before the first round: positions are offsets then. */
  #widen(): void {
    this.#ringBytes *= 2
    const ring = new Uint8Array(this.#ringBytes + MARGIN_BYTES)
    ring.set(this.#ring)
    this.#ring = ring
  }

  /** Twice as many places; what doesn't hold any more is left behind. */
  #addPlaces(): void {
    const { length } = this.#hashes
    const before = {
      hashes: this.#hashes,
      notes: this.#notes,
      versions: this.#versions,
      sizes: this.#sizes,
      rooms: this.#rooms,
      positions: this.#positions,
      bases: this.#bases,
    }
    const kept = Array.from({ length }, (_, place) => place).filter((place) => this.#holds(place))
    this.#hashes = new Uint32Array(length * 2)
    this.#notes = new Uint8Array(length * 2)
    this.#versions = new Uint32Array(length * 2)
    this.#sizes = new Uint16Array(length * 2)
    this.#rooms = new Uint16Array(length * 2)
    this.#positions = new Float64Array(length * 2).fill(NOWHERE)
    this.#bases = new Uint32Array(length * 2)
    this.#setMask = (length * 2) / WAYS - 1
    for (const from of kept) {
      const to = this.#placeFor(before.hashes[from] as number)
      this.#hashes[to] = before.hashes[from] as number
      this.#notes[to] = before.notes[from] as number
      this.#versions[to] = before.versions[from] as number
      this.#sizes[to] = before.sizes[from] as number
      this.#rooms[to] = before.rooms[from] as number
      this.#positions[to] = before.positions[from] as number
      this.#bases[to] = before.bases[from] as Version
    }
    this.#usedPlaces = kept.length
  }
}
