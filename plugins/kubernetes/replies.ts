/**
 * Replies kept as wire octets until what they were made from changes: a hit is a look-up, a
 * comparison and a copy. Hot path: `find`.
 */

import {
  HEADER_SIZE,
  HeaderOffset,
  LOWER,
  Message,
  type Query,
  readUint16,
  skipName,
  Type,
  writeUint16,
  writeUint32,
} from '@fingerpost/sdk'
import { Note, ReplyTable } from './reply-table.ts'
import type { ServiceIndex } from './service-index.ts'
import type { Version, Versions } from './versions.ts'

// Names that exist are as many as the cluster has; those that don't can be made up, and most of
// what search paths ask for does not exist. Neither kind displaces the other.
const MAX_EXISTING = 131_072
const MAX_EXISTING_BYTES = 32 * 1024 * 1024
const MAX_MADE_UP = 65_536
const MAX_MADE_UP_BYTES = 8 * 1024 * 1024

// Of which index the SOA at the end of a reply has the serial; the next bits number the indexes.
const SERIAL_SHIFT = 1

/** What a reply depends on. */
export interface Basis {
  readonly basis: Version
  /** Whose serial stands in the SOA at the end; undefined where there is none. */
  readonly serialOf?: ServiceIndex | undefined
  /** Anyone can make up names that have such replies. */
  readonly isMadeUp?: boolean
}

/** The replies of one server block. */
export class Replies {
  // By the number noted with a reply; 0 for none.
  readonly #indexes: readonly (ServiceIndex | undefined)[]
  readonly #existing: ReplyTable
  readonly #madeUp: ReplyTable

  /** Negative replies have the serial of one of `indexes`. */
  constructor(versions: Versions, indexes: readonly ServiceIndex[]) {
    this.#existing = new ReplyTable(versions, MAX_EXISTING, MAX_EXISTING_BYTES)
    this.#madeUp = new ReplyTable(versions, MAX_MADE_UP, MAX_MADE_UP_BYTES)
    this.#indexes = [undefined, ...indexes]
  }

  /** Octets of the replies that are kept. */
  get sizeBytes(): number {
    return this.#existing.sizeBytes + this.#madeUp.sizeBytes
  }

  /** The reply to a question asked before, if it still holds. */
  find(query: Query): Message | undefined {
    const hash = hashOf(query)
    let table = this.#existing
    let place = table.find(hash, query)
    if (place < 0) {
      table = this.#madeUp
      place = table.find(hash, query)
      if (place < 0) return undefined
    }
    const note = table.note(place)
    const size = table.size(place)
    const wire = table.copy(place, query.replySlack)
    if ((note & Note.ANY_CASE) !== 0) writeName(query, wire)
    const serialOf = this.#indexes[note >> SERIAL_SHIFT]
    // The serial is the fifth last of the five numbers that end a SOA.
    if (serialOf !== undefined) writeUint32(wire, size - 20, serialOf.serial)
    return size > query.maxReplySize ? startOf(wire, query) : new Message(wire, size)
  }

  /** Keeps a reply for as long as its basis does not change. */
  keep(query: Query, message: Message, { basis, serialOf, isMadeUp = false }: Basis): void {
    if (message.isTruncated) return
    // Names of other records are spelled as the zone in the question is.
    const isAnyCase = serialOf !== undefined || isOfAddresses(query, message)
    if (!isAnyCase && !isLowerCase(query)) return
    const table = isMadeUp ? this.#madeUp : this.#existing
    const serial = serialOf === undefined ? 0 : this.#indexes.indexOf(serialOf)
    const note = (isAnyCase ? Note.ANY_CASE : 0) | (serial << SERIAL_SHIFT)
    table.put(hashOf(query), query, { wire: message.wire, size: message.size, basis, note })
  }
}

/** A number for name and type. */
function hashOf(query: Query): number {
  return (query.qnameHash ^ Math.imul(query.qtype, 0x9e3779b1)) >>> 0
}

/** Whether all names in a reply are the question's, to which they point. */
function isOfAddresses({ qtype }: Query, { additionalCount }: Message): boolean {
  return (qtype === Type.A || qtype === Type.AAAA) && additionalCount === 0
}

function isLowerCase({ wire, questionEnd }: Query): boolean {
  for (let i = HEADER_SIZE; i < questionEnd - 4; i++) {
    if (wire[i] !== LOWER[wire[i] as number]) return false
  }
  return true
}

function writeName({ wire: source, questionEnd }: Query, wire: Uint8Array): void {
  for (let i = HEADER_SIZE; i < questionEnd; i++) wire[i] = source[i] as number
}

/**
 * As many RRs as make the message too long for the client, so that the server, which takes it apart
 * to cut it, has not thousands to look at.
 */
function startOf(wire: Uint8Array, query: Query): Message {
  const counts = [0, 0, 0]
  let at = query.questionEnd
  for (let section = 0; section < 3 && at <= query.maxReplySize; section++) {
    let left = readUint16(wire, HeaderOffset.ANCOUNT + 2 * section)
    for (; left > 0 && at <= query.maxReplySize; left--) {
      const fixedAt = skipName(wire, at, wire.length)
      at = fixedAt + 10 + readUint16(wire, fixedAt + 8)
      counts[section] = (counts[section] as number) + 1
    }
  }
  for (let i = 0; i < 3; i++) {
    writeUint16(wire, HeaderOffset.ANCOUNT + 2 * i, counts[i] as number)
  }
  return new Message(wire, at)
}
