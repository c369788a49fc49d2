/**
 * RDATA of RRSIG and NSEC off the octets of a zone's text, in the form that signers write: most
 * records of a signed zone are of these types. Other forms are left to the codecs, which also say
 * what is wrong. RFC 4034 3.2, 4.2.
 */

import { writeUint16, writeUint32 } from '../wire/octets.ts'
import type { EntryScanner } from './entry-scanner.ts'
import { isDigit, readNameText } from './name-text.ts'
import { typeOf } from './type-text.ts'

// RDATA of these types is far from this; longer ones go the other way.
const MAX_SIZE = 0x4000

/**
 * Writes the RDATA of RRSIG that begins with `token` to `octets`; returns its size, or -1 when it
 * is not in the usual form.
 */
export function readSignature(
  scanner: EntryScanner,
  token: number,
  origin: Uint8Array,
  octets: Uint8Array,
): number {
  if (scanner.count < token + 9 || isUnusual(scanner, token)) return -1
  const covered = typeOf(scanner, token)
  const algorithm = readNumber(scanner, token + 1, 0xff)
  const labels = readNumber(scanner, token + 2, 0xff)
  const ttl = readNumber(scanner, token + 3, 0xffffffff)
  const expiration = readTime(scanner, token + 4)
  const inception = readTime(scanner, token + 5)
  const keyTag = readNumber(scanner, token + 6, 0xffff)
  if (covered < 0 || algorithm < 0 || labels < 0 || ttl < 0) return -1
  if (expiration < 0 || inception < 0 || keyTag < 0) return -1
  writeUint16(octets, 0, covered)
  octets[2] = algorithm
  octets[3] = labels
  writeUint32(octets, 4, ttl)
  writeUint32(octets, 8, expiration)
  writeUint32(octets, 12, inception)
  writeUint16(octets, 16, keyTag)
  const nameSize = readName(scanner, token + 7, origin, octets, 18)
  return nameSize < 0 ? -1 : readBase64(scanner, token + 8, octets, 18 + nameSize)
}

const bitmap = new Uint8Array(64)

/** The same for NSEC with types below 512. */
export function readDenial(
  scanner: EntryScanner,
  token: number,
  origin: Uint8Array,
  octets: Uint8Array,
): number {
  if (scanner.count <= token || isUnusual(scanner, token)) return -1
  const size = readName(scanner, token, origin, octets, 0)
  if (size < 0) return -1
  bitmap.fill(0)
  for (let at = token + 1; at < scanner.count; at++) {
    const type = typeOf(scanner, at)
    if (type < 0 || type >= 512) return -1
    bitmap[type >> 3] = (bitmap[type >> 3] as number) | (0x80 >> (type & 7))
  }
  return writeWindow(1, octets, writeWindow(0, octets, size))
}

/** Writes a window of the bitmap, if there is a bit in it; returns the offset behind it. */
function writeWindow(window: number, octets: Uint8Array, at: number): number {
  let size = 32
  while (size > 0 && bitmap[window * 32 + size - 1] === 0) size--
  if (size === 0) return at
  octets[at] = window
  octets[at + 1] = size
  for (let i = 0; i < size; i++) octets[at + 2 + i] = bitmap[window * 32 + i] as number
  return at + 2 + size
}

function readName(
  { bytes, starts, ends }: EntryScanner,
  token: number,
  origin: Uint8Array,
  octets: Uint8Array,
  at: number,
): number {
  return readNameText(bytes, starts[token] as number, ends[token] as number, origin, octets, at)
}

/** Reads digits; -1 when there are others, or the number is too large. */
function readNumber({ bytes, starts, ends }: EntryScanner, token: number, max: number): number {
  const start = starts[token] as number
  return readDigits(bytes, start, ends[token] as number, max)
}

function readDigits(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (end === start || end - start > 10) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    if (!isDigit(bytes[at] as number)) return -1
    value = value * 10 + (bytes[at] as number) - 0x30
  }
  return value > max ? -1 : value
}

/** Reads `YYYYMMDDHHmmSS`; -1 for what is no such time. */
function readTime({ bytes, starts, ends }: EntryScanner, token: number): number {
  const at = starts[token] as number
  if ((ends[token] as number) - at !== 14) return -1
  const year = readDigits(bytes, at, at + 4, 9999)
  const month = readDigits(bytes, at + 4, at + 6, 12)
  const day = readDigits(bytes, at + 6, at + 8, 31)
  const hour = readDigits(bytes, at + 8, at + 10, 23)
  const minute = readDigits(bytes, at + 10, at + 12, 59)
  const second = readDigits(bytes, at + 12, at + 14, 59)
  if (year < 1970 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return -1
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const length = month === 2 && isLeap ? 29 : (monthLengths[month - 1] as number)
  if (day > length) return -1
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  let days = (year - 1970) * 365 + leapDays - LEAP_DAYS_BEFORE_1970 + day - 1
  for (let i = 1; i < month; i++) days += monthLengths[i - 1] as number
  if (isLeap && month > 2) days++
  return (((days * 24 + hour) * 60 + minute) * 60 + second) % 2 ** 32
}

const LEAP_DAYS_BEFORE_1970 = 477
const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const PAD = 0x3d
const DIGITS = new Int8Array(256).fill(-1)
for (const [value, char] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  DIGITS[char.charCodeAt(0)] = value
}

/** Reads the tokens from `token` on as Base64; returns the offset behind it, or -1. */
function readBase64(scanner: EntryScanner, token: number, octets: Uint8Array, at: number): number {
  const { bytes, starts, ends } = scanner
  let value = 0
  let bits = 0
  let count = 0
  let pads = 0
  for (; token < scanner.count; token++) {
    const end = ends[token] as number
    for (let i = starts[token] as number; i < end; i++) {
      count++
      const octet = bytes[i] as number
      if (octet === PAD) {
        pads++
        continue
      }
      const digit = DIGITS[octet] as number
      if (digit < 0 || pads > 0 || at >= MAX_SIZE) return -1
      value = (value << 6) | digit
      bits += 6
      if (bits < 8) continue
      bits -= 8
      octets[at++] = value >> bits
      value &= (1 << bits) - 1
    }
  }
  return count % 4 === 0 && pads <= 2 && value === 0 ? at : -1
}

/** Whether quotes or joined tokens make this anything but a row of words. */
function isUnusual({ count, marks }: EntryScanner, token: number): boolean {
  for (let at = token; at < count; at++) if (marks[at] !== 0) return true
  return false
}
