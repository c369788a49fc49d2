/** Types by their mnemonics, off the octets of a zone's text. */

import { parseTypeText } from '../dns/type.ts'
import type { EntryScanner } from './entry-scanner.ts'
import { isDigit } from './name-text.ts'

// Mnemonics as numbers: eight characters of six bits are exact in a double.
const MAX_PACKED = 8
const packed = new Map<number, number>()

/** The type that a token names; -1 when it names none. */
export function typeOf(scanner: EntryScanner, token: number): number {
  const { bytes } = scanner
  const start = scanner.starts[token] as number
  const end = scanner.ends[token] as number
  if (end - start > MAX_PACKED) return parseTypeText(scanner.text(token)) ?? -1
  let key = 0
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number
    // Letters without case, and digits: all that mnemonics have.
    const digit = octet >= 0x61 && octet <= 0x7a ? octet - 0x60 : letterOrDigit(octet)
    if (digit < 0) return parseTypeText(scanner.text(token)) ?? -1
    key = key * 64 + digit
  }
  const known = packed.get(key)
  if (known !== undefined) return known
  const type = parseTypeText(scanner.text(token))
  // The mnemonics that there are, and nothing that a file makes up.
  if (type !== undefined && packed.size < 128) packed.set(key, type)
  return type ?? -1
}

function letterOrDigit(octet: number): number {
  if (octet >= 0x41 && octet <= 0x5a) return octet - 0x40
  return isDigit(octet) ? octet - 0x30 + 27 : -1
}
