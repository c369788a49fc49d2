/**
 * Reads a client's octets in one pass: header, question, OPT. Nothing is decoded; octets behind
 * the last record are tolerated. RFC 1035 4.1, RFC 6891 6.1. Hot path.
 */

import { Type } from '../dns/type.ts'
import { HEADER_SIZE } from './header.ts'
import { MAX_LABEL_SIZE, MAX_NAME_SIZE } from './name.ts'
import { foldLabel, ROOT_HASH } from './name-hash.ts'
import { readUint16 } from './octets.ts'
import { skipName } from './parse-name.ts'
import { type Exchange, Query } from './query.ts'

/** Why octets are no query that a chain could answer, and what the server does about it. */
export const ParseFault = {
  /** Too short for a header, or itself a response: no reply. */
  SILENCE: 1,
  /** An opcode that is not served: NOTIMP with a header alone. */
  NOT_IMPLEMENTED: 2,
  /** A malformed header or question: FORMERR with a header alone. */
  FORMAT_ERROR: 3,
  /** Malformed records behind a sound question: FORMERR with the question. */
  FORMAT_ERROR_IN_RECORDS: 4,
  /** A header that promises a question and nothing behind it: SERVFAIL with a header alone. */
  NO_QUESTION: 5,
} as const

export type ParseFaultCode = (typeof ParseFault)[keyof typeof ParseFault]

const labelStarts = new Uint8Array(128)

/** Parses a query; a number tells why there is none. Keeps `wire`, which must not change after. */
export function parseQuery(wire: Uint8Array, exchange: Exchange): Query | ParseFaultCode {
  const length = wire.length
  if (length < HEADER_SIZE) return ParseFault.SILENCE
  const high = wire[2] as number
  if ((high & 0x80) !== 0) return ParseFault.SILENCE
  const opcode = (high & 0x78) >> 3
  if (opcode !== 0 && opcode !== 4) return ParseFault.NOT_IMPLEMENTED
  // One question, at most one RR in answer (NOTIFY) and authority (IXFR), OPT and TSIG at most.
  if (wire[4] !== 0 || wire[5] !== 1 || wire[6] !== 0 || wire[8] !== 0 || wire[10] !== 0) {
    return ParseFault.FORMAT_ERROR
  }
  if (length === HEADER_SIZE) return ParseFault.NO_QUESTION
  const answers = wire[7] as number
  const authorities = wire[9] as number
  const additionals = wire[11] as number
  if (answers > 1 || authorities > 1 || additionals > 2) return ParseFault.FORMAT_ERROR

  let at = HEADER_SIZE
  let labels = 0
  for (;;) {
    if (at >= length) return ParseFault.FORMAT_ERROR
    const size = wire[at] as number
    if (size === 0) break
    if (size > MAX_LABEL_SIZE) return ParseFault.FORMAT_ERROR
    labelStarts[labels++] = at - HEADER_SIZE
    at += size + 1
    if (at - HEADER_SIZE >= MAX_NAME_SIZE) return ParseFault.FORMAT_ERROR
  }
  const questionEnd = at + 5
  if (questionEnd > length) return parseCutQuestion(wire, at + 1, exchange)
  let hash: number = ROOT_HASH
  while (labels > 0) {
    hash = foldLabel(hash, wire, HEADER_SIZE + (labelStarts[--labels] as number))
  }
  let optAt = -1
  if (answers + authorities + additionals > 0) {
    optAt = findOpt(wire, questionEnd, answers + authorities, additionals)
    if (optAt === MALFORMED) return ParseFault.FORMAT_ERROR_IN_RECORDS
  }
  return new Query(wire, questionEnd, hash >>> 0, optAt, exchange)
}

/** A question that ends after its name or type has zeroes in place of what is missing. */
function parseCutQuestion(
  wire: Uint8Array,
  nameEnd: number,
  exchange: Exchange,
): Query | ParseFaultCode {
  if (wire.length !== nameEnd && wire.length !== nameEnd + 2) return ParseFault.FORMAT_ERROR
  const whole = new Uint8Array(nameEnd + 4)
  whole.set(wire)
  return parseQuery(whole, exchange)
}

const MALFORMED = -2

/**
 * Walks the records; the offset of the last OPT, -1 without one, `MALFORMED` when a record is cut
 * short. Fewer records than the header promises are fine.
 */
function findOpt(wire: Uint8Array, at: number, before: number, additionals: number): number {
  const length = wire.length
  let optAt = -1
  for (let i = 0; i < before + additionals && at < length; i++) {
    const fixedAt = skipName(wire, at)
    if (fixedAt < 0 || fixedAt + 10 > length) return MALFORMED
    const end = fixedAt + 10 + readUint16(wire, fixedAt + 8)
    if (end > length) return MALFORMED
    if (i >= before && readUint16(wire, fixedAt) === Type.OPT) {
      if (!areOptionsWhole(wire, fixedAt + 10, end)) return MALFORMED
      // Owners other than the root are tolerated, as CoreDNS does: the fields count from here.
      optAt = fixedAt - 1
    }
    at = end
  }
  return optAt
}

function areOptionsWhole(wire: Uint8Array, at: number, end: number): boolean {
  while (at + 4 <= end) at += 4 + readUint16(wire, at + 2)
  return at === end
}
