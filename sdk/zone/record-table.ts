/**
 * RRsets by node, their records in the order in which they came (RFC 2181 5). Hot path: `find`,
 * `first`, `next`.
 */

import { readUint16, writeUint16 } from '../wire/octets.ts'
import { withRoom } from './with-room.ts'

/** The records of the nodes of a tree, in a few typed arrays. It only grows. */
export class RecordTable {
  // Of each node: the number of its first RRset plus 1, or 0.
  #firstSets: Uint32Array
  #types: Uint16Array
  #nextSets: Uint32Array
  #firsts: Uint32Array
  #lasts: Uint32Array
  #sizes: Uint32Array
  #setCount = 0
  #ttls: Uint32Array
  // The number of the next record of the RRset plus 1, or 0.
  #nexts: Uint32Array
  #ats: Uint32Array
  #count = 0
  // RDATA, each with its size in two octets in front.
  #octets: Uint8Array
  #octetsSize = 0
  // Hashes of the RDATA of large RRsets, so that a double is found without a look at each record.
  #hashes: Map<number, Set<number>> | undefined = new Map()

  /** Makes a table with room for `expected` records; more are welcome. */
  constructor(expected = 16) {
    this.#firstSets = new Uint32Array(expected)
    this.#types = new Uint16Array(expected)
    this.#nextSets = new Uint32Array(expected)
    this.#firsts = new Uint32Array(expected)
    this.#lasts = new Uint32Array(expected)
    this.#sizes = new Uint32Array(expected)
    this.#ttls = new Uint32Array(expected)
    this.#nexts = new Uint32Array(expected)
    this.#ats = new Uint32Array(expected)
    this.#octets = new Uint8Array(expected * 16)
  }

  /** Records of all nodes. */
  get count(): number {
    return this.#count
  }

  /** The RRset of a node; -1 when it has none of this type. */
  find(node: number, type: number): number {
    // Nodes made after the last record was added have none.
    let set = (this.#firstSets[node] ?? 0) - 1
    while (set >= 0 && this.#types[set] !== type) set = (this.#nextSets[set] as number) - 1
    return set
  }

  /** The first RRset of a node; -1 when it has none. */
  firstSet(node: number): number {
    return (this.#firstSets[node] ?? 0) - 1
  }

  /** The RRset of the same node after `set`; -1 after the last. */
  nextSet(set: number): number {
    return (this.#nextSets[set] as number) - 1
  }

  type(set: number): number {
    return this.#types[set] as number
  }

  /** Records in an RRset. */
  size(set: number): number {
    return this.#sizes[set] as number
  }

  /** The first record of an RRset. */
  first(set: number): number {
    return this.#firsts[set] as number
  }

  /** The record of the same RRset after `record`; -1 after the last. */
  next(record: number): number {
    return (this.#nexts[record] as number) - 1
  }

  ttlSeconds(record: number): number {
    return this.#ttls[record] as number
  }

  /** The RDATA of a record: a view, not to be written to. */
  rdata(record: number): Uint8Array {
    const at = this.#ats[record] as number
    return this.#octets.subarray(at + 2, at + 2 + readUint16(this.#octets, at))
  }

  /** Octets of a record's RDATA with its size in two octets in front. */
  storedSize(record: number): number {
    return 2 + readUint16(this.#octets, this.#ats[record] as number)
  }

  /** Copies RDLENGTH and RDATA of a record to `at`; returns the offset behind them. */
  copyStored(record: number, target: Uint8Array, at: number): number {
    const octets = this.#octets
    const from = this.#ats[record] as number
    const size = 2 + readUint16(octets, from)
    for (let i = 0; i < size; i++) target[at + i] = octets[from + i] as number
    return at + size
  }

  /** The type that a RRSIG record covers: the first two octets of its RDATA. */
  typeCovered(record: number): number {
    return readUint16(this.#octets, (this.#ats[record] as number) + 2)
  }

  /** Adds a record; false when it is there already, whatever its TTL (RFC 2181 5). */
  add(
    node: number,
    type: number,
    ttlSeconds: number,
    rdata: Uint8Array,
    at: number,
    size: number,
  ): boolean {
    let set = this.find(node, type)
    if (set < 0) set = this.#addSet(node, type)
    else if (this.#isKnown(set, rdata, at, size)) return false
    const record = this.#count++
    this.#ttls = withRoom(this.#ttls, record + 1)
    this.#nexts = withRoom(this.#nexts, record + 1)
    this.#ats = withRoom(this.#ats, record + 1)
    this.#octets = withRoom(this.#octets, this.#octetsSize + 2 + size)
    this.#ttls[record] = ttlSeconds
    this.#ats[record] = this.#octetsSize
    writeUint16(this.#octets, this.#octetsSize, size)
    const octets = this.#octets
    const start = this.#octetsSize + 2
    for (let i = 0; i < size; i++) octets[start + i] = rdata[at + i] as number
    this.#octetsSize = start + size
    if (this.#sizes[set] === 0) this.#firsts[set] = record
    else this.#nexts[this.#lasts[set] as number] = record + 1
    this.#lasts[set] = record
    this.#sizes[set] = (this.#sizes[set] as number) + 1
    return true
  }

  /** Gives back what only adding needs. */
  seal(): void {
    this.#hashes = undefined
  }

  #addSet(node: number, type: number): number {
    const set = this.#setCount++
    this.#firstSets = withRoom(this.#firstSets, node + 1)
    this.#types = withRoom(this.#types, set + 1)
    this.#nextSets = withRoom(this.#nextSets, set + 1)
    this.#firsts = withRoom(this.#firsts, set + 1)
    this.#lasts = withRoom(this.#lasts, set + 1)
    this.#sizes = withRoom(this.#sizes, set + 1)
    this.#types[set] = type
    this.#nextSets[set] = this.#firstSets[node] as number
    this.#firstSets[node] = set + 1
    return set
  }

  #isKnown(set: number, rdata: Uint8Array, at: number, size: number): boolean {
    if ((this.#sizes[set] as number) >= MAX_COMPARED && !this.#isSuspect(set, rdata, at, size)) {
      return false
    }
    for (let record = this.first(set); record >= 0; record = this.next(record)) {
      if (this.#isSame(record, rdata, at, size)) return true
    }
    return false
  }

  #isSame(record: number, rdata: Uint8Array, at: number, size: number): boolean {
    const octets = this.#octets
    const from = this.#ats[record] as number
    if (readUint16(octets, from) !== size) return false
    for (let i = 0; i < size; i++) if (octets[from + 2 + i] !== rdata[at + i]) return false
    return true
  }

  /** Whether a large RRset may have the RDATA; notes it for the next time. */
  #isSuspect(set: number, rdata: Uint8Array, at: number, size: number): boolean {
    this.#hashes ??= new Map()
    let hashes = this.#hashes.get(set)
    if (hashes === undefined) {
      hashes = new Set()
      this.#hashes.set(set, hashes)
      for (let record = this.first(set); record >= 0; record = this.next(record)) {
        const known = this.rdata(record)
        hashes.add(hashOctets(known, 0, known.length))
      }
    }
    const hash = hashOctets(rdata, at, size)
    if (hashes.has(hash)) return true
    hashes.add(hash)
    return false
  }
}

// RRsets up to this size are compared record by record.
const MAX_COMPARED = 24

function hashOctets(octets: Uint8Array, at: number, size: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < size; i++) hash = Math.imul(hash ^ (octets[at + i] as number), 0x01000193)
  return hash
}
