/**
 * Replies kept as wire octets until what they were made from changes: a hit is a look-up, a
 * comparison and a copy. Only questions in lower case are kept; answers to others keep their
 * spelling and are composed each time. Hot path: `find`.
 */

import {
  HEADER_SIZE,
  HeaderOffset,
  LOWER,
  Message,
  type Query,
  readUint16,
  skipName,
  writeUint16,
  writeUint32,
} from '@fingerpost/sdk'
import type { ServiceIndex, Versioned } from './service-index.ts'

// Names that exist are as many as the cluster has; those that don't can be made up.
const MAX_POSITIVE = 100_000
const MAX_NEGATIVE = 10_000

interface Kept {
  readonly wire: Uint8Array
  readonly basis: Versioned
  readonly version: number
  readonly namespaces: number
  /** Whose serial stands in the SOA at the end; undefined where there is none. */
  readonly serialOf: ServiceIndex | undefined
}

/** The replies of one server block. */
export class Replies {
  readonly #namespaces: Versioned
  readonly #positive = new Map<number, Kept>()
  readonly #negative = new Map<number, Kept>()

  constructor(namespaces: Versioned) {
    this.#namespaces = namespaces
  }

  /** The reply to a question asked before, if it still holds. */
  find(query: Query): Message | undefined {
    const key = keyOf(query)
    const kept = this.#positive.get(key) ?? this.#negative.get(key)
    if (
      kept === undefined ||
      kept.version !== kept.basis.version ||
      kept.namespaces !== this.#namespaces.version ||
      !isSameQuestion(kept.wire, query)
    ) {
      return undefined
    }
    const { wire: stored, serialOf } = kept
    if (stored.length > query.maxReplySize) return copyStart(stored, query)
    const wire = new Uint8Array(stored.length + query.replySlack)
    wire.set(stored)
    // The serial is the fifth last of the five numbers that end a SOA.
    if (serialOf !== undefined) writeUint32(wire, stored.length - 20, serialOf.serial)
    return new Message(wire, stored.length)
  }

  /** Keeps a reply for as long as `basis` does not change. */
  keep(query: Query, message: Message, basis: Versioned, serialOf?: ServiceIndex): void {
    if (!isLowerCase(query) || message.isTruncated) return
    const replies = serialOf === undefined ? this.#positive : this.#negative
    const limit = serialOf === undefined ? MAX_POSITIVE : MAX_NEGATIVE
    const key = keyOf(query)
    // A name may have come or gone: it must not be found where it was.
    this.#positive.delete(key)
    this.#negative.delete(key)
    if (replies.size >= limit) {
      for (const oldest of replies.keys()) {
        replies.delete(oldest)
        break
      }
    }
    replies.set(key, {
      wire: message.wire.slice(0, message.size),
      basis,
      version: basis.version,
      namespaces: this.#namespaces.version,
      serialOf,
    })
  }
}

/** A number for name and type; questions that share one displace each other. */
function keyOf(query: Query): number {
  return (query.qnameHash ^ Math.imul(query.qtype, 0x9e3779b1)) >>> 0
}

/** Compares name, type and class, case and all. */
function isSameQuestion(stored: Uint8Array, { wire, questionEnd }: Query): boolean {
  if (stored.length < questionEnd) return false
  for (let i = HEADER_SIZE; i < questionEnd; i++) if (stored[i] !== wire[i]) return false
  return true
}

function isLowerCase({ wire, questionEnd }: Query): boolean {
  for (let i = HEADER_SIZE; i < questionEnd - 4; i++) {
    if (wire[i] !== LOWER[wire[i] as number]) return false
  }
  return true
}

/**
 * Copies as many RRs as make the message too long for the client, so that the server, which takes
 * it apart to cut it, has not thousands to look at.
 */
function copyStart(stored: Uint8Array, query: Query): Message {
  const counts = [0, 0, 0]
  let at = query.questionEnd
  for (let section = 0; section < 3 && at <= query.maxReplySize; section++) {
    let left = readUint16(stored, HeaderOffset.ANCOUNT + 2 * section)
    for (; left > 0 && at <= query.maxReplySize; left--) {
      const fixedAt = skipName(stored, at, stored.length)
      at = fixedAt + 10 + readUint16(stored, fixedAt + 8)
      counts[section] = (counts[section] as number) + 1
    }
  }
  const wire = new Uint8Array(at + query.replySlack)
  wire.set(stored.subarray(0, at))
  for (let i = 0; i < 3; i++) {
    writeUint16(wire, HeaderOffset.ANCOUNT + 2 * i, counts[i] as number)
  }
  return new Message(wire, at)
}
