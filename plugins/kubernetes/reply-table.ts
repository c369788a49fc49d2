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

/** What is noted of a place: offsets of words. */
const PLACE_WORDS = 8
const SIZE = 2
/** Octets that the ring has for the reply: another one to the same question may take its place. */
const ROOM = 3
const NOTE = 4
const BASIS = 5
const VERSION = 6
/** Doubles in so many words. */
const PLACE_DOUBLES = PLACE_WORDS / 2

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
  // By place; what is known of a place lies together, since each look-up is at another one.
  #hashes = new Uint32Array(INITIAL_SETS * WAYS)
  #places = new Uint32Array(INITIAL_SETS * WAYS * PLACE_WORDS)
  // The first two words of each: where its reply begins in all that was ever written to the ring.
  #positions = emptyPositions(this.#places)
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
    const from = this.#positionOf(place) % this.#ringBytes
    return this.#ring.slice(from, from + this.#wordOf(place, SIZE) + slack)
  }

  size(place: number): number {
    return this.#wordOf(place, SIZE)
  }

  note(place: number): number {
    return this.#wordOf(place, NOTE)
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
      this.#places[place * PLACE_WORDS + ROOM] = 0
    }
    const at = place * PLACE_WORDS
    if (this.#wordOf(place, ROOM) < reply.size) {
      if (this.#positionOf(place) === NOWHERE) this.#usedPlaces++
      this.#positions[place * PLACE_DOUBLES] = this.#allot(reply.size)
      this.#places[at + ROOM] = reply.size
    }
    const from = this.#positionOf(place) % this.#ringBytes
    for (let i = 0; i < reply.size; i++) this.#ring[from + i] = reply.wire[i] as number
    this.#hashes[place] = hash
    this.#places[at + SIZE] = reply.size
    this.#places[at + NOTE] = reply.note
    this.#places[at + BASIS] = reply.basis
    this.#places[at + VERSION] = this.#counts.at(reply.basis)
  }

  #positionOf(place: number): number {
    return this.#positions[place * PLACE_DOUBLES] as number
  }

  #wordOf(place: number, word: number): number {
    return this.#places[place * PLACE_WORDS + word] as number
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
    const position = this.#positionOf(place)
    if (position < this.#tail || this.#wordOf(place, SIZE) < questionEnd) return false
    const ring = this.#ring
    const from = position % this.#ringBytes
    const isAnyCase = (this.#wordOf(place, NOTE) & Note.ANY_CASE) !== 0
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
        if (this.#positionOf(at) < this.#positionOf(oldest)) oldest = at
      }
      first = this.#secondOf(hash)
    }
    return oldest
  }

  #holds(place: number): boolean {
    if (this.#positionOf(place) < this.#tail) return false
    return this.#isCurrent(place)
  }

  #isCurrent(place: number): boolean {
    return this.#counts.at(this.#wordOf(place, BASIS)) === this.#wordOf(place, VERSION)
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
    const hashes = this.#hashes
    const places = this.#places
    const kept = Array.from({ length }, (_, place) => place).filter((place) => this.#holds(place))
    this.#hashes = new Uint32Array(length * 2)
    this.#places = new Uint32Array(length * 2 * PLACE_WORDS)
    this.#positions = emptyPositions(this.#places)
    this.#setMask = (length * 2) / WAYS - 1
    for (const from of kept) {
      const to = this.#placeFor(hashes[from] as number)
      this.#hashes[to] = hashes[from] as number
      const at = from * PLACE_WORDS
      this.#places.set(places.subarray(at, at + PLACE_WORDS), to * PLACE_WORDS)
    }
    this.#usedPlaces = kept.length
  }
}

/** The positions in places that are all free. */
function emptyPositions(places: Uint32Array<ArrayBuffer>): Float64Array {
  const positions = new Float64Array(places.buffer)
  for (let at = 0; at < positions.length; at += PLACE_DOUBLES) positions[at] = NOWHERE
  return positions
}
