/** Names in the text of a zone, off its octets (RFC 1035 5.1). */

import { MAX_LABEL_SIZE, MAX_NAME_SIZE } from '../wire/name.ts'

const DOT = 0x2e
const BACKSLASH = 0x5c
const AT = 0x40

/**
 * Writes the name in `text` from `start` to `end` at `target[at]`, uncompressed; one without a
 * trailing dot is completed with `origin`. Returns its size, or -1 when it is no name. `target`
 * needs room for 256 octets.
 */
export function readNameText(
  text: Uint8Array,
  start: number,
  end: number,
  origin: Uint8Array,
  target: Uint8Array,
  at: number,
): number {
  if (end - start === 1) {
    if (text[start] === DOT) {
      target[at] = 0
      return 1
    }
    if (text[start] === AT) return append(origin, target, at, at)
  }
  const limit = at + MAX_NAME_SIZE
  let lengthAt = at
  let to = at + 1
  for (let i = start; i < end; i++) {
    let octet = text[i] as number
    if (octet === DOT) {
      const size = to - lengthAt - 1
      if (size === 0 || size > MAX_LABEL_SIZE) return -1
      target[lengthAt] = size
      lengthAt = to++
    } else {
      if (octet === BACKSLASH) {
        octet = readEscape(text, i + 1, end)
        if (octet < 0) return -1
        i += escapeSize(text, i + 1)
      }
      target[to++] = octet
    }
    if (to > limit) return -1
  }
  const size = to - lengthAt - 1
  if (size === 0) {
    target[lengthAt] = 0
    return lengthAt === at ? -1 : to - at
  }
  if (size > MAX_LABEL_SIZE) return -1
  target[lengthAt] = size
  return append(origin, target, to, at)
}

/** The octet that the escape behind a backslash stands for; -1 when it is none. */
export function readEscape(text: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const first = text[at] as number
  if (!isDigit(first)) return first
  if (at + 3 > end) return -1
  const second = text[at + 1] as number
  const third = text[at + 2] as number
  if (!isDigit(second) || !isDigit(third)) return -1
  const octet = (first - 0x30) * 100 + (second - 0x30) * 10 + third - 0x30
  return octet > 255 ? -1 : octet
}

/** Octets of a valid escape behind its backslash. */
export function escapeSize(text: Uint8Array, at: number): number {
  return isDigit(text[at] as number) ? 3 : 1
}

export function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39
}

function append(origin: Uint8Array, target: Uint8Array, to: number, at: number): number {
  const size = to - at + origin.length
  if (size > MAX_NAME_SIZE) return -1
  for (let i = 0; i < origin.length; i++) target[to + i] = origin[i] as number
  return size
}
