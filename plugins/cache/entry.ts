/**
 * A stored reply: the octets that a hit copies, and what a lookup compares. Hot path: the
 * comparisons and the TTLs.
 */

import {
  compose,
  equalFold,
  Flag,
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

/** Which store an entry belongs to; the index of its metrics too. */
export const Kind = { SUCCESS: 0, DENIAL: 1 } as const
export type KindCode = (typeof Kind)[keyof typeof Kind]

/** What besides name and type tells entries apart: bits of {@link variantOf}. */
const VARIANT_DO = 2
const VARIANT_CD = 1

/** A stored reply without OPT, all of whose TTLs are the same. */
export class Entry {
  /** The message; its TTLs are those of the last hit. */
  bytes: Uint8Array
  readonly kind: KindCode
  readonly hash: number
  readonly qtype: number
  readonly variant: number
  /** Offset after the question, which is spelled as the first client did. */
  readonly questionEnd: number
  readonly ttlSeconds: number
  readonly storedMs: number
  readonly expiresMs: number
  /** Place in the store; -1 outside of it. */
  slot = -1
  /** Hits that followed one another closely, and the last of them: what *prefetch* goes by. */
  hits = 0
  lastHitMs = 0
  isRefreshing = false
  /** After a refresh failed: when the next may be tried. */
  retryAtMs = 0
  // The TTL that the octets carry.
  #writtenTtl: number
  #isDetached = false

  /** Takes the octets of a message that carries `ttlSeconds` in all its RRs. */
  constructor(
    bytes: Uint8Array,
    kind: KindCode,
    hash: number,
    query: Query,
    ttlSeconds: number,
    storedMs: number,
  ) {
    this.bytes = bytes
    this.kind = kind
    this.hash = hash
    this.qtype = query.qtype
    this.variant = variantOf(query)
    this.questionEnd = query.questionEnd
    this.ttlSeconds = ttlSeconds
    this.storedMs = storedMs
    this.expiresMs = storedMs + ttlSeconds * 1000
    this.#writtenTtl = ttlSeconds
  }

  /** Whether it is SERVFAIL or NOTIMP, which says nothing about the name. */
  get isFailure(): boolean {
    const rcode = (this.bytes[3] as number) & Flag.RCODE
    return rcode !== 0 && rcode !== 3
  }

  /** Whether it has RRs in its answer section. */
  get hasAnswer(): boolean {
    return readUint16(this.bytes, HeaderOffset.ANCOUNT) > 0
  }

  /** Whether `query` asks its question in the same spelling. */
  isSpelledAs(query: Query, variant: number): boolean {
    const end = this.questionEnd
    if (end !== query.questionEnd || this.qtype !== query.qtype || this.variant !== variant) {
      return false
    }
    const bytes = this.bytes
    const wire = query.wire
    const nameEnd = end - 4
    for (let i = HEADER_SIZE; i < nameEnd; i++) if (bytes[i] !== wire[i]) return false
    return true
  }

  /** Whether `query` asks its question, in whatever spelling. */
  isAskedBy(query: Query, variant: number): boolean {
    const { questionEnd, bytes } = this
    return (
      questionEnd === query.questionEnd &&
      this.qtype === query.qtype &&
      this.variant === variant &&
      equalFold(bytes, HEADER_SIZE, query.wire, HEADER_SIZE, questionEnd - 4 - HEADER_SIZE)
    )
  }

  /** Whether it answers the same question as another entry. */
  hasQuestionOf(other: Entry): boolean {
    const { questionEnd, bytes } = this
    return (
      questionEnd === other.questionEnd &&
      this.qtype === other.qtype &&
      this.variant === other.variant &&
      equalFold(bytes, HEADER_SIZE, other.bytes, HEADER_SIZE, questionEnd - 4 - HEADER_SIZE)
    )
  }

  /** Writes one TTL into all RRs; nothing to do if they carry it. */
  writeTtl(ttlSeconds: number): void {
    if (this.#writtenTtl === ttlSeconds) return
    this.#writtenTtl = ttlSeconds
    writeTtls(this.bytes, this.questionEnd, this.bytes.length, ttlSeconds)
  }

  /**
   * Rewrites the octets so that no name points into the question: the question will be written
   * anew in another client's spelling, and owners must keep that of the first (as CoreDNS does).
   * Returns by how many octets the message has grown.
   */
  detach(): number {
    if (this.#isDetached) return 0
    this.#isDetached = true
    const { bytes, questionEnd } = this
    const message = new Message(bytes)
    const { answer, authority, additional, flags } = message
    const question = unlike(bytes.slice(HEADER_SIZE, questionEnd))
    const { wire, isCut } = compose({ id: 0, flags, question, answer, authority, additional })
    // Rather another spelling than a record less: not all octets of strangers can be decoded.
    if (isCut || !hasSameCounts(wire, bytes)) return 0
    wire.set(bytes.subarray(HEADER_SIZE, questionEnd), HEADER_SIZE)
    this.bytes = wire
    return wire.length - bytes.length
  }
}

/** DO and CD of a query: answers to them differ. */
export function variantOf(query: Query): number {
  return (query.isDnssecOk ? VARIANT_DO : 0) | ((query.flags & Flag.CD) !== 0 ? VARIANT_CD : 0)
}

/**
 * The hash of a query's question. `seed` keeps clients from choosing names that crowd one part of
 * a table; the rest is the finisher of MurmurHash3.
 */
export function hashOf(query: Query, variant: number, seed: number): number {
  let hash = query.qnameHash ^ seed ^ Math.imul((query.qtype << 2) | variant, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Writes one TTL into all RRs from `at` on. There must be no OPT: its TTL is none. */
export function writeTtls(wire: Uint8Array, at: number, end: number, ttlSeconds: number): void {
  while (at < end) {
    const fixedAt = skipName(wire, at, end)
    writeUint32(wire, fixedAt + 4, ttlSeconds)
    at = fixedAt + 10 + readUint16(wire, fixedAt + 8)
  }
}

/** Makes an entry of a reply that has one TTL and no OPT. */
export function makeEntry(
  kind: KindCode,
  hash: number,
  query: Query,
  message: Message,
  ttlSeconds: number,
  nowMs: number,
): Entry {
  const bytes = message.toBytes()
  // CoreDNS sets AA on hits, because some old stub resolvers drop everything else.
  writeUint16(bytes, HeaderOffset.FLAGS, message.flags | Flag.QR | Flag.AA)
  return new Entry(bytes, kind, hash, query, ttlSeconds, nowMs)
}

/** Whether two messages have the same number of RRs in each section. */
export function hasSameCounts(left: Uint8Array, right: Uint8Array): boolean {
  for (let at: number = HeaderOffset.ANCOUNT; at < HEADER_SIZE; at++) {
    if (left[at] !== right[at]) return false
  }
  return true
}

/** Changes each letter of a name, so that no name with letters is like it. */
function unlike(question: Uint8Array): Uint8Array {
  for (let at = 0; question[at] !== 0; at += (question[at] as number) + 1) {
    const end = at + (question[at] as number)
    for (let i = at + 1; i <= end; i++) {
      const octet = question[i] as number
      const isLetter = (LOWER[octet] as number) >= 0x61 && (LOWER[octet] as number) <= 0x7a
      if (isLetter) question[i] = octet ^ 0x80
    }
  }
  return question
}
