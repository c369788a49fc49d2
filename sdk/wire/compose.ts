/**
 * Composes messages with name compression (RFC 1035 4.1.4; never inside the RDATA of types after
 * RFC 3597). Names are compressed only against octets of the same case, so that what a client
 * sees keeps the case it was given.
 */

import { HEADER_SIZE, HeaderOffset } from './header.ts'
import { foldLabel, ROOT_HASH } from './name-hash.ts'
import { writeUint16, writeUint32 } from './octets.ts'
import { rdataNames, skipFixed } from './rdata-names.ts'
import type { Rr } from './rr.ts'

/** The largest message (RFC 1035 4.2.2). */
export const MAX_MESSAGE_SIZE = 0xffff
// Pointers have 14 bits: names past this offset can't be pointed at.
const MAX_POINTER = 0x3fff

const buffer = new Uint8Array(MAX_MESSAGE_SIZE + 1024)
// Hash of a name already written → the offset it was written at.
const written = new Map<number, number>()
const labelStarts = new Uint8Array(128)

/** The parts of a message to compose. */
export interface MessageParts {
  readonly id: number
  /** The 16 bits at offset 2, RCODE included. */
  readonly flags: number
  /** The question in wire form: an uncompressed name, type and class; none when empty. */
  readonly question: Uint8Array
  readonly answer?: readonly Rr[] | undefined
  readonly authority?: readonly Rr[] | undefined
  readonly additional?: readonly Rr[] | undefined
}

/** Where the sections of a composed message lie. */
export interface Composed {
  readonly wire: Uint8Array
  /** True when RRs were left out because the message would have passed 65,535 octets. */
  readonly isCut: boolean
}

/** Composes a message; RRs that no longer fit into 65,535 octets are left out from the end. */
export function compose(parts: MessageParts, slack = 0): Composed {
  written.clear()
  writeUint16(buffer, HeaderOffset.ID, parts.id)
  writeUint16(buffer, HeaderOffset.FLAGS, parts.flags)
  const hasQuestion = parts.question.length > 0
  writeUint16(buffer, HeaderOffset.QDCOUNT, hasQuestion ? 1 : 0)
  let at = HEADER_SIZE
  if (hasQuestion) {
    at = composeNameAt(at, parts.question, 0)
    buffer.set(parts.question.subarray(parts.question.length - 4), at)
    at += 4
  }
  let isCut = false
  const sections = [parts.answer, parts.authority, parts.additional]
  for (let i = 0; i < 3; i++) {
    const rrs = sections[i] ?? []
    let count = 0
    for (const rr of rrs) {
      const next = isCut ? -1 : composeRr(at, rr)
      if (next < 0) {
        isCut = true
        break
      }
      at = next
      count++
    }
    writeUint16(buffer, HeaderOffset.ANCOUNT + 2 * i, count)
  }
  const wire = new Uint8Array(at + slack)
  wire.set(buffer.subarray(0, at))
  return { wire, isCut }
}

/** Writes one RR at `at`; returns the offset after it, or -1 when it does not fit. */
function composeRr(at: number, rr: Rr): number {
  // An owner of 255 octets, the fixed fields, and RDATA that can only shrink.
  if (at + 265 + rr.rdata.length > buffer.length) return -1
  at = composeNameAt(at, rr.owner.wire, 0)
  writeUint16(buffer, at, rr.type)
  writeUint16(buffer, at + 2, rr.class)
  writeUint32(buffer, at + 4, rr.ttlSeconds)
  const sizeAt = at + 8
  at = composeRdata(sizeAt + 2, rr)
  writeUint16(buffer, sizeAt, at - sizeAt - 2)
  return at > MAX_MESSAGE_SIZE ? -1 : at
}

function composeRdata(at: number, { type, rdata }: Rr): number {
  const names = rdataNames(type)
  const namesAt = names === undefined ? -1 : skipFixed(rdata, names, 0, rdata.length)
  let offset = 0
  if (names !== undefined && namesAt >= 0) {
    buffer.set(rdata.subarray(0, namesAt), at)
    at += namesAt
    offset = namesAt
    for (let i = 0; i < names.names && offset < rdata.length; i++) {
      // Names after RFC 1035 stay whole, but owners further on may point at them.
      at = composeNameAt(at, rdata, offset, names.mayCompress)
      while (offset < rdata.length && rdata[offset] !== 0) offset += (rdata[offset] as number) + 1
      offset++
    }
  }
  if (offset < rdata.length) {
    buffer.set(rdata.subarray(offset), at)
    at += rdata.length - offset
  }
  return at
}

/** Writes the uncompressed name at `source[from]`, as far as possible as a pointer. */
function composeNameAt(at: number, source: Uint8Array, from: number, mayCompress = true): number {
  let count = 0
  let end = from
  for (; end < source.length && source[end] !== 0; end += (source[end] as number) + 1) {
    labelStarts[count++] = end - from
  }
  // From the root upwards: the longest known suffix wins, and new suffixes are remembered.
  let hash = ROOT_HASH
  let known = count
  let pointer = -1
  for (let i = count - 1; i >= 0; i--) {
    const start = from + (labelStarts[i] as number)
    hash = foldLabel(hash, source, start)
    const offset = written.get(hash)
    const isKnown = offset !== undefined && known === i + 1 && matches(offset, source, start)
    if (isKnown && mayCompress) {
      pointer = offset
      known = i
    } else if (!isKnown) {
      // New, or known in another spelling only: the latest one is the likelier to come again.
      const offsetHere = at + start - from
      if (offsetHere <= MAX_POINTER) written.set(hash, offsetHere)
    }
  }
  const literal = known === count ? end - from : (labelStarts[known] as number)
  buffer.set(source.subarray(from, from + literal), at)
  at += literal
  if (pointer < 0) {
    buffer[at] = 0
    return at + 1
  }
  writeUint16(buffer, at, 0xc000 | pointer)
  return at + 2
}

/** Compares the name written at `offset` (pointers followed) with the one at `source[at]`. */
function matches(offset: number, source: Uint8Array, at: number): boolean {
  for (;;) {
    let size = buffer[offset] as number
    while (size >= 0xc0) {
      offset = ((size & 0x3f) << 8) | (buffer[offset + 1] as number)
      size = buffer[offset] as number
    }
    if (size !== source[at]) return false
    if (size === 0) return true
    for (let i = 1; i <= size; i++) if (buffer[offset + i] !== source[at + i]) return false
    offset += size + 1
    at += size + 1
  }
}
