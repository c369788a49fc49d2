/** The set of types in NSEC and NSEC3: windows of 256 bits (RFC 4034 4.1.2). */

import { formatType, parseTypeText } from '../dns/type.ts'
import type { Field } from './codec.ts'
import type { RdataReader } from './rdata-reader.ts'

/** All octets that are left, as types in ascending order; in text their mnemonics. */
export const typeBitmap: Field<readonly number[]> = {
  compose(to, types) {
    const windows = new Map<number, Uint8Array>()
    for (const type of [...types].sort((a, b) => a - b)) {
      const bits = windows.get(type >> 8) ?? new Uint8Array(32)
      windows.set(type >> 8, bits)
      bits[(type & 0xff) >> 3] = (bits[(type & 0xff) >> 3] as number) | (0x80 >> (type & 7))
    }
    for (const [window, bits] of windows) {
      let size = bits.length
      while (bits[size - 1] === 0) size--
      to.uint8(window)
      to.uint8(size)
      to.octets(bits.subarray(0, size))
    }
  },
  parse(from) {
    const types: number[] = []
    for (let last = -1; from.left > 0; ) {
      const window = from.uint8()
      const bits = parseBits(from)
      if (window === undefined || bits === undefined || window <= last) return undefined
      last = window
      for (let bit = 0; bit < 8 * bits.length; bit++) {
        if (((bits[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0) types.push(window * 256 + bit)
      }
    }
    return types
  },
  format: (types) => types.map(formatType).join(' '),
  parseText(from) {
    const types = new Set<number>()
    while (from.peek !== undefined) {
      const text = from.word('a type')
      const type = parseTypeText(text)
      if (type === undefined) throw from.error('a type', text)
      types.add(type)
    }
    return [...types].sort((a, b) => a - b)
  },
}

/** A window's octets: 1 to 32, the last not zero. */
function parseBits(from: RdataReader): Uint8Array | undefined {
  const bits = from.characterString()
  if (bits === undefined || bits.length === 0 || bits.length > 32) return undefined
  return bits[bits.length - 1] === 0 ? undefined : bits
}
