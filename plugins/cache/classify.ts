/**
 * What kind of answer a reply is, how long it may be kept, and which TTL its RRs get: CoreDNS's
 * table. RFC 2308 (negative answers; its SOA MINIMUM is not consulted), RFC 4035 (signatures).
 */

import {
  equalFold,
  Flag,
  HEADER_SIZE,
  HeaderOffset,
  type Message,
  type Query,
  Rcode,
  readUint16,
  readUint32,
  skipName,
  Type,
} from '@fingerpost/sdk'
import { Kind, type KindCode } from './entry.ts'

/** Bounds of the TTLs of one kind of answers, in seconds. */
export interface TtlBounds {
  readonly minTtlSeconds: number
  readonly maxTtlSeconds: number
}

/** What {@link classify} goes by. */
export interface ClassifyRules {
  readonly success: TtlBounds
  readonly denial: TtlBounds
  /** How long SERVFAIL and NOTIMP are kept; 0 for not at all. */
  readonly servfailSeconds: number
}

/** What a reply is. */
export interface Classified {
  /** The store it belongs to; undefined when it must not be kept. */
  readonly kind: KindCode | undefined
  /** What all its RRs get as TTL, and how long it is kept. */
  readonly ttlSeconds: number
  /** Whether all of them have that TTL already. */
  readonly isUniform: boolean
}

// For answers whose RRs say nothing about how long they are true.
const BASE_TTL_SECONDS = 5

/** Classifies a reply. `wallMs` is for the signatures in it, where the client wants those. */
export function classify(
  query: Query,
  message: Message,
  rules: ClassifyRules,
  wallMs: number,
): Classified {
  const { success, denial, servfailSeconds } = rules
  const seen = survey(query, message, wallMs)
  if (seen.hasExpiredSignature) return refused(seen, clamp(BASE_TTL_SECONDS, success))
  const { rcode } = message
  const minTtl = seen.minTtlSeconds ?? BASE_TTL_SECONDS
  const successKind = message.isTruncated ? undefined : Kind.SUCCESS
  const denialKind = message.isTruncated ? undefined : Kind.DENIAL
  switch (rcode) {
    case Rcode.NOERROR:
      if (seen.isAnswer) return kept(seen, successKind, clamp(minTtl, success))
      if (seen.hasSoa) return kept(seen, denialKind, clamp(minTtl, denial))
      // An alias that leads nowhere: neither an answer nor the word of a zone that there is none.
      if (message.answerCount > 0) return refused(seen, clamp(minTtl, success))
      return kept(seen, successKind, clamp(seen.hasNs ? BASE_TTL_SECONDS : minTtl, success))
    case Rcode.NXDOMAIN:
      if (message.answerCount > 0) return refused(seen, clamp(BASE_TTL_SECONDS, success))
      return kept(seen, seen.hasSoa ? denialKind : undefined, clamp(minTtl, denial))
    case Rcode.SERVFAIL:
    case Rcode.NOTIMP:
      return kept(seen, denialKind, servfailSeconds)
    default:
      return refused(seen, clamp(BASE_TTL_SECONDS, success))
  }
}

function kept(seen: Survey, kind: KindCode | undefined, ttlSeconds: number): Classified {
  const { minTtlSeconds, maxTtlSeconds } = seen
  const isUniform = maxTtlSeconds === minTtlSeconds && maxTtlSeconds === ttlSeconds
  return { kind: ttlSeconds > 0 ? kind : undefined, ttlSeconds, isUniform }
}

function refused(seen: Survey, ttlSeconds: number): Classified {
  return kept(seen, undefined, ttlSeconds)
}

function clamp(ttlSeconds: number, { minTtlSeconds, maxTtlSeconds }: TtlBounds): number {
  return Math.min(Math.max(ttlSeconds, minTtlSeconds), maxTtlSeconds)
}

interface Survey {
  minTtlSeconds: number | undefined
  maxTtlSeconds: number
  /** The answer section holds more than aliases. */
  isAnswer: boolean
  hasSoa: boolean
  hasNs: boolean
  hasExpiredSignature: boolean
}

function survey(query: Query, message: Message, wallMs: number): Survey {
  const { wire, size } = message
  const seen: Survey = {
    minTtlSeconds: undefined,
    maxTtlSeconds: 0,
    isAnswer: false,
    hasSoa: false,
    hasNs: false,
    hasExpiredSignature: false,
  }
  let hasAlias = false
  let hasOther = false
  let hasType = false
  // The sections are told apart on the way: to look for them first would be a walk more.
  let at = questionEndOf(message)
  for (let section = 0; section < 3; section++) {
    for (let left = readUint16(wire, HeaderOffset.ANCOUNT + 2 * section); left > 0; left--) {
      const fixedAt = skipName(wire, at, size)
      // A message that a plugin spoiled: what is behind it can't be told.
      if (fixedAt < 0 || fixedAt + 10 > size) return seen
      const type = readUint16(wire, fixedAt)
      const rdataAt = fixedAt + 10
      if (type !== Type.OPT) {
        const ttl = readUint32(wire, fixedAt + 4)
        if (seen.minTtlSeconds === undefined || ttl < seen.minTtlSeconds) seen.minTtlSeconds = ttl
        if (ttl > seen.maxTtlSeconds) seen.maxTtlSeconds = ttl
      }
      if (section === 0) {
        hasOther = true
        if (type === query.qtype || query.qtype === Type.ANY) hasType = true
        if (type === Type.CNAME || type === Type.DNAME) hasAlias = true
      } else if (section === 1) {
        if (type === Type.SOA) seen.hasSoa = true
        if (type === Type.NS) seen.hasNs = true
      }
      if (type === Type.RRSIG && query.isDnssecOk && hasExpired(wire, rdataAt, wallMs)) {
        seen.hasExpiredSignature = true
      }
      at = rdataAt + readUint16(wire, fixedAt + 8)
    }
  }
  seen.isAnswer = hasType || (hasOther && !hasAlias)
  return seen
}

function questionEndOf({ wire, size, questionCount }: Message): number {
  let at = HEADER_SIZE
  for (let left = questionCount; left > 0 && at > 0; left--) {
    at = skipName(wire, at, size)
    if (at > 0) at += 4
  }
  return at < 0 ? size : at
}

/** Compares the expiration of an RRSIG in serial arithmetic (RFC 4034 3.1.5, RFC 1982). */
function hasExpired(wire: Uint8Array, rdataAt: number, wallMs: number): boolean {
  const expiration = readUint32(wire, rdataAt + 8)
  return ((expiration - Math.floor(wallMs / 1000)) | 0) < 0
}

/** Whether a reply's question is the query's, octet by octet but for the case of letters. */
export function answersQuestion(query: Query, message: Message): boolean {
  const { questionEnd, qtype, qclass } = query
  if (message.questionCount !== 1 || message.answerAt !== questionEnd) return false
  return (
    (message.flags & Flag.QR) !== 0 &&
    readUint16(message.wire, questionEnd - 4) === qtype &&
    readUint16(message.wire, questionEnd - 2) === qclass &&
    equalFold(message.wire, HEADER_SIZE, query.wire, HEADER_SIZE, questionEnd - 4 - HEADER_SIZE)
  )
}
