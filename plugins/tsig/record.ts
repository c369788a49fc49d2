/** The TSIG record: where it stands in a message, its fields, its wire form. RFC 8945 4.2. */

import {
  HEADER_SIZE,
  HeaderOffset,
  type Name,
  parseName,
  readUint16,
  skipName,
  Type,
  writeUint16,
} from '@fingerpost/sdk'

const CLASS_ANY = 255
/** Octets of time, fudge and MAC size; then those of original id, error and other size. */
const FIXED_BEFORE_MAC = 10
const FIXED_AFTER_MAC = 6

/** A TSIG record. */
export interface TsigRecord {
  readonly keyName: Name
  readonly algorithmName: Name
  /** Unix seconds, 48 bits. */
  readonly timeSeconds: number
  /** Seconds that clocks may differ by. */
  readonly fudgeSeconds: number
  readonly mac: Uint8Array
  readonly originalId: number
  readonly error: number
  readonly other: Uint8Array
}

/** A record and where it begins. */
export interface FoundTsig {
  readonly at: number
  /** Undefined when it is malformed. */
  readonly record: TsigRecord | undefined
}

/** Finds the TSIG of a message: the last of its records (RFC 8945 5.1); undefined without one. */
export function findTsig(wire: Uint8Array, questionEnd: number): FoundTsig | undefined {
  const counts = [HeaderOffset.ANCOUNT, HeaderOffset.NSCOUNT, HeaderOffset.ARCOUNT]
  let left = counts.reduce((sum, offset) => sum + readUint16(wire, offset), 0)
  for (let at = questionEnd; left > 0 && at < wire.length; left--) {
    const fixedAt = skipName(wire, at)
    const end = fixedAt + 10 + readUint16(wire, fixedAt + 8)
    if (left === 1 && readUint16(wire, fixedAt) === Type.TSIG) {
      return { at, record: parseRecord(wire, at, fixedAt, end) }
    }
    at = end
  }
  return undefined
}

function parseRecord(
  wire: Uint8Array,
  at: number,
  fixedAt: number,
  end: number,
): TsigRecord | undefined {
  const keyName = parseName(wire, at, wire.length)
  const algorithmName = parseName(wire, fixedAt + 10, end)
  if (keyName === undefined || algorithmName === undefined) return undefined
  const timeAt = fixedAt + 10 + algorithmName.wire.length
  if (timeAt + FIXED_BEFORE_MAC > end) return undefined
  const macAt = timeAt + FIXED_BEFORE_MAC
  const macEnd = macAt + readUint16(wire, timeAt + 8)
  if (macEnd + FIXED_AFTER_MAC > end) return undefined
  const other = wire.slice(macEnd + FIXED_AFTER_MAC, end)
  if (other.length !== readUint16(wire, macEnd + 4)) return undefined
  return {
    keyName,
    algorithmName,
    timeSeconds: readUint16(wire, timeAt) * 2 ** 32 + uint32(wire, timeAt + 2),
    fudgeSeconds: readUint16(wire, timeAt + 6),
    mac: wire.slice(macAt, macEnd),
    originalId: readUint16(wire, macEnd),
    error: readUint16(wire, macEnd + 2),
    other,
  }
}

/** Puts a record behind a message. */
export function appendTsig(wire: Uint8Array, record: TsigRecord): Uint8Array {
  const { keyName, algorithmName, mac, other } = record
  const rdata = concat(
    algorithmName.wire,
    timers(record),
    uint16(mac.length),
    mac,
    uint16(record.originalId),
    uint16(record.error),
    uint16(other.length),
    other,
  )
  const fixed = new Uint8Array(10)
  writeUint16(fixed, 0, Type.TSIG)
  writeUint16(fixed, 2, CLASS_ANY)
  writeUint16(fixed, 8, rdata.length)
  const whole = concat(wire, keyName.wire, fixed, rdata)
  writeUint16(whole, HeaderOffset.ARCOUNT, readUint16(whole, HeaderOffset.ARCOUNT) + 1)
  return whole
}

/** The message without its TSIG, under the id it was signed with. */
export function withoutTsig(wire: Uint8Array, at: number, originalId: number): Uint8Array {
  const bare = wire.slice(0, Math.max(at, HEADER_SIZE))
  writeUint16(bare, HeaderOffset.ID, originalId)
  writeUint16(bare, HeaderOffset.ARCOUNT, readUint16(bare, HeaderOffset.ARCOUNT) - 1)
  return bare
}

/** What of a record is signed besides the message (RFC 8945 4.3.3). */
export function tsigVariables(record: TsigRecord): Uint8Array {
  const { keyName, algorithmName, error, other } = record
  return concat(
    keyName.toLowerCase().wire,
    uint16(CLASS_ANY),
    new Uint8Array(4),
    algorithmName.toLowerCase().wire,
    timers(record),
    uint16(error),
    uint16(other.length),
    other,
  )
}

/** Time and fudge, which is all that is signed after a stream's first message (RFC 8945 5.3.1). */
export function timers({ timeSeconds, fudgeSeconds }: TsigRecord): Uint8Array {
  return concat(uint48(timeSeconds), uint16(fudgeSeconds))
}

/** A number as six octets. */
export function uint48(value: number): Uint8Array {
  const octets = new Uint8Array(6)
  for (let i = 5, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) octets[i] = rest % 256
  return octets
}

/** A number as two octets. */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}

/** Octets one behind the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function uint32(wire: Uint8Array, at: number): number {
  return readUint16(wire, at) * 0x1_0000 + readUint16(wire, at + 2)
}
