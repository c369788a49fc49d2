/** The fields that RDATA of most types is made of (RFC 1035 3.3, RFC 3596, RFC 4034, RFC 4648). */

import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../dns/ip-address.ts'
import { formatType, parseTypeText } from '../dns/type.ts'
import type { Name } from '../wire/name.ts'
import { formatBase64, formatHex, parseBase64, parseHex } from './base-text.ts'
import { formatCharacterString } from './character-string.ts'
import type { Field } from './codec.ts'
import { MAX_RDATA_SIZE, MAX_STRING_SIZE } from './rdata-writer.ts'
import { parseTtlText } from './ttl.ts'

/** A number of 8 bits. */
export const uint8: Field<number> = {
  compose: (to, value) => to.uint8(value),
  parse: (from) => from.uint8(),
  format: String,
  parseText: (from) => from.uint(0xff),
}

/** A number of 16 bits. */
export const uint16: Field<number> = {
  compose: (to, value) => to.uint16(value),
  parse: (from) => from.uint16(),
  format: String,
  parseText: (from) => from.uint(0xffff),
}

/** A number of 32 bits. */
export const uint32: Field<number> = {
  compose: (to, value) => to.uint32(value),
  parse: (from) => from.uint32(),
  format: String,
  parseText: (from) => from.uint(0xffffffff),
}

/** Seconds in 32 bits; in text also with units, `1h30m`. */
export const seconds: Field<number> = {
  ...uint32,
  parseText(from) {
    const expected = 'a number of seconds, or a time like 1h30m'
    const text = from.word(expected)
    const value = parseTtlText(text)
    if (value === undefined || value > 0xffffffff) throw from.error(expected, text)
    return value
  },
}

/** An uncompressed name. */
export const name: Field<Name> = {
  compose: (to, value) => to.name(value),
  parse: (from) => from.name(),
  format: String,
  parseText: (from) => from.name(),
}

/** Four octets. */
export const ipv4: Field<Uint8Array> = address(4, 'an IPv4 address', formatIpv4, parseIpv4)
/** Sixteen octets. */
export const ipv6: Field<Uint8Array> = address(16, 'an IPv6 address', formatIpv6, parseIpv6)

/** At most 255 octets. */
export const characterString: Field<Uint8Array> = {
  compose: (to, value) => to.characterString(value),
  parse: (from) => from.characterString(),
  format: formatCharacterString,
  parseText: (from) => from.octets(MAX_STRING_SIZE),
}

/** All octets that are left, in text as one string. */
export const restAsString: Field<Uint8Array> = {
  compose: (to, value) => to.octets(value),
  parse: (from) => from.octets(),
  format: formatCharacterString,
  parseText: (from) => from.octets(MAX_RDATA_SIZE),
}

/** All octets that are left, at least one, in text as hex digits that may be spread out. */
export const restAsHex: Field<Uint8Array> = rest(
  'hex digits',
  (octets) => formatHex(octets).toUpperCase(),
  parseHex,
)

/** All octets that are left, at least one, in text as Base64 that may be spread out. */
export const restAsBase64: Field<Uint8Array> = rest('Base64', formatBase64, parseBase64)

/** The number of an RR type, in text its mnemonic. */
export const rrType: Field<number> = {
  ...uint16,
  format: formatType,
  parseText(from) {
    const text = from.word('a type')
    const type = parseTypeText(text)
    if (type === undefined) throw from.error('a type', text)
    return type
  },
}

function address(
  size: number,
  expected: string,
  format: (octets: Uint8Array) => string,
  parse: (text: string) => Uint8Array | undefined,
): Field<Uint8Array> {
  return {
    compose(to, value) {
      if (value.length !== size) throw new RangeError(`${expected} has ${size} octets`)
      to.octets(value)
    },
    parse: (from) => from.octets(size),
    format,
    parseText(from) {
      const text = from.word(expected)
      const octets = parse(text)
      if (octets === undefined) throw from.error(expected, text)
      return octets
    },
  }
}

function rest(
  expected: string,
  format: (octets: Uint8Array) => string,
  parse: (text: string) => Uint8Array | undefined,
): Field<Uint8Array> {
  return {
    compose(to, value) {
      // Text has no way to write nothing here.
      if (value.length === 0) throw new RangeError(`expected ${expected}, got no octets`)
      to.octets(value)
    },
    parse: (from) => (from.left === 0 ? undefined : from.octets()),
    format,
    parseText(from) {
      if (from.peek === undefined) throw from.error(expected)
      const text = from.joined()
      const octets = parse(text)
      if (octets === undefined || octets.length === 0) throw from.error(expected, text)
      return octets
    },
  }
}
