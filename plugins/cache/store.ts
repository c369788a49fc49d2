/**
 * Entries by the hash of their question, the least recently used leaving first. An open-addressing
 * table and the list of use are typed arrays: a lookup allocates nothing. Hot path.
 */

import type { Query } from '@fingerpost/sdk'
import type { Entry } from './entry.ts'

/** The fewest entries a store may be limited to, as in CoreDNS: 256 shards of 4. */
export const MIN_CAPACITY = 1024
/** The most entries a store may be limited to. */
export const MAX_CAPACITY = 1 << 24
/** Octets of messages that a store may hold on average per entry of its capacity. */
export const AVERAGE_ENTRY_BYTES = 1024
/** Entries of one hash: names can be made to collide, and must not make a lookup long. */
export const MAX_SAME_HASH = 8

const INITIAL_SLOTS = 256
const NONE = -1

/**
 * A bounded store. Each entry has a slot; the table leads from a hash to slots by linear probing
 * and is at most half full.
 */
export class Store {
  /** Entries held at most. */
  readonly capacity: number
  /** Octets of messages held at most. */
  readonly maxBytes: number
  #count = 0
  #sizeBytes = 0
  // Pairs of a hash and a slot + 1; 0 where there is none.
  #table = new Int32Array(INITIAL_SLOTS * 4)
  #mask = INITIAL_SLOTS * 2 - 1
  #entries: (Entry | undefined)[] = new Array(INITIAL_SLOTS).fill(undefined)
  // The list of use, by slot. Free slots hang together by `older`.
  #newer = new Int32Array(INITIAL_SLOTS)
  #older = new Int32Array(INITIAL_SLOTS)
  #newest = NONE
  #oldest = NONE
  #free = NONE
  #usedSlots = 0

  constructor(capacity: number) {
    this.capacity = Math.min(Math.max(capacity, MIN_CAPACITY), MAX_CAPACITY)
    this.maxBytes = this.capacity * AVERAGE_ENTRY_BYTES
  }

  /** Entries held, expired ones included. */
  get count(): number {
    return this.#count
  }

  /** Octets of the messages held. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** All entries, the most recently used first. Not for the hot path. */
  *entries(): Generator<Entry> {
    for (let slot = this.#newest; slot !== NONE; slot = this.#older[slot] as number) {
      yield this.#entries[slot] as Entry
    }
  }

  /** The entry for the question of `query`; whether it is still fresh is for the caller to say. */
  find(hash: number, query: Query, variant: number): Entry | undefined {
    const table = this.#table
    const mask = this.#mask
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = (table[2 * at + 1] as number) - 1
      if (slot < 0) return undefined
      if (table[2 * at] !== hash) continue
      const entry = this.#entries[slot] as Entry
      if (entry.isSpelledAs(query, variant)) return entry
      if (entry.isAskedBy(query, variant)) {
        this.#sizeBytes += entry.detach()
        return entry
      }
    }
  }

  /** Marks an entry as the most recently used. */
  touch(entry: Entry): void {
    const slot = entry.slot
    if (slot === this.#newest || slot === NONE) return
    this.#unlink(slot)
    this.#link(slot)
  }

  /** Adds an entry in place of the one for its question; returns how many others had to leave. */
  put(entry: Entry): number {
    const size = entry.bytes.length
    const rival = this.#rivalOf(entry)
    if (rival !== undefined) this.remove(rival)
    let evicted = rival === undefined || rival.hasQuestionOf(entry) ? 0 : 1
    while (this.#count >= this.capacity || this.#sizeBytes + size > this.maxBytes) {
      this.remove(this.#entries[this.#oldest] as Entry)
      evicted++
    }
    this.#insert(entry)
    return evicted
  }

  /** Removes an entry; one that has left already stays away. */
  remove(entry: Entry): void {
    const slot = entry.slot
    if (slot === NONE) return
    this.#removeFromTable(entry.hash, slot)
    this.#unlink(slot)
    this.#entries[slot] = undefined
    this.#older[slot] = this.#free
    this.#free = slot
    this.#count--
    this.#sizeBytes -= entry.bytes.length
    entry.slot = NONE
  }

  #insert(entry: Entry): void {
    let slot = this.#free
    if (slot === NONE) {
      if (this.#usedSlots === this.#entries.length) this.#grow()
      slot = this.#usedSlots++
    } else {
      this.#free = this.#older[slot] as number
    }
    entry.slot = slot
    this.#entries[slot] = entry
    this.#insertIntoTable(entry.hash, slot)
    this.#link(slot)
    this.#count++
    this.#sizeBytes += entry.bytes.length
  }

  /** The entry that must make room: the same question's, or one of too many with the same hash. */
  #rivalOf(entry: Entry): Entry | undefined {
    let sameHash = 0
    for (let at = entry.hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const slot = (this.#table[2 * at + 1] as number) - 1
      if (slot < 0) return undefined
      if (this.#table[2 * at] !== entry.hash) continue
      const other = this.#entries[slot] as Entry
      if (other.hasQuestionOf(entry) || ++sameHash === MAX_SAME_HASH) return other
    }
  }

  #link(slot: number): void {
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] as number
    const older = this.#older[slot] as number
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
  }

  #insertIntoTable(hash: number, slot: number): void {
    let at = hash & this.#mask
    while (this.#table[2 * at + 1] !== 0) at = (at + 1) & this.#mask
    this.#table[2 * at] = hash
    this.#table[2 * at + 1] = slot + 1
  }

  /** Closes the gap that a removal leaves, so that no probe ends early (Knuth 6.4, algorithm R). */
  #removeFromTable(hash: number, slot: number): void {
    const table = this.#table
    const mask = this.#mask
    let gap = hash & mask
    while (table[2 * gap + 1] !== slot + 1) gap = (gap + 1) & mask
    for (let at = (gap + 1) & mask; table[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = (table[2 * at] as number) & mask
      // Entries between their home and the gap stay where they are found.
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      table[2 * gap] = table[2 * at] as number
      table[2 * gap + 1] = table[2 * at + 1] as number
      gap = at
    }
    table[2 * gap + 1] = 0
  }

  #grow(): void {
    const slots = this.#entries.length * 2
    const newer = new Int32Array(slots)
    const older = new Int32Array(slots)
    newer.set(this.#newer)
    older.set(this.#older)
    this.#newer = newer
    this.#older = older
    this.#table = new Int32Array(slots * 4)
    this.#mask = slots * 2 - 1
    this.#entries.forEach((entry, slot) => {
      if (entry !== undefined) this.#insertIntoTable(entry.hash, slot)
    })
    for (let slot = this.#entries.length; slot < slots; slot++) this.#entries.push(undefined)
  }
}
