/**
 * RDATA in the text of a zone. The types that most records have are read off the octets; the
 * others take the way by strings that all of the SDK has. RFC 1035 3.3 and 5.1, RFC 2782, RFC 3596,
 * RFC 3597 section 5.
 */

import { parseIpv6 } from '../dns/ip-address.ts'
import { formatType, Type } from '../dns/type.ts'
import { parseRdataText } from '../record/rdata.ts'
import { parseTtlText } from '../record/ttl.ts'
import type { ZoneToken } from '../record/zone-text.ts'
import { Name } from '../wire/name.ts'
import { LOWER, writeUint16, writeUint32 } from '../wire/octets.ts'
import { readDenial, readSignature } from './dnssec-text.ts'
import type { EntryScanner } from './entry-scanner.ts'
import { escapeSize, isDigit, readEscape, readNameText } from './name-text.ts'

const MAX_RDATA_SIZE = 0xffff
const MAX_STRING_SIZE = 255
const BACKSLASH = 0x5c

/** Reads RDATA from the tokens of an entry. */
export class RdataTextReader {
  /** The RDATA read last; its size is what {@link read} returned. */
  readonly octets: Uint8Array = new Uint8Array(MAX_RDATA_SIZE + 512)
  #scanner: EntryScanner | undefined
  #origin: Uint8Array = Name.root.wire
  #type = 0
  // The token to be read next.
  #token = 0

  /**
   * Reads the RDATA of `type` that begins with a token; returns its size.
   * @throws ZoneFault that says what was expected, and where.
   */
  read(scanner: EntryScanner, token: number, type: number, origin: Uint8Array): number {
    this.#scanner = scanner
    this.#token = token
    this.#type = type
    this.#origin = origin
    const isGeneric = scanner.count > token && isGenericMark(scanner, token)
    const size = isGeneric ? -1 : this.#readKnown(type)
    if (size < 0) return this.#readByCodec()
    if (this.#token < scanner.count) {
      throw this.#fault(this.#token, 'expected the end of the record')
    }
    return size
  }

  /** The size of RDATA of a type that is read off the octets; -1 for other types. */
  #readKnown(type: number): number {
    const { octets } = this
    switch (type) {
      case Type.A:
        return this.#ipv4()
      case Type.AAAA:
        return this.#ipv6()
      case Type.PTR:
      case Type.DNAME:
        return this.#name(0)
      case Type.NS:
      case Type.CNAME:
        return this.#lowerCase(0, this.#name(0))
      case Type.MX:
        return this.#lowerCase(2, this.#name(this.#uint16(0)))
      case Type.SRV:
        return this.#name(this.#uint16(this.#uint16(this.#uint16(0))))
      case Type.SOA: {
        const at = this.#lowerCase(0, this.#name(this.#name(0)))
        writeUint32(octets, at, this.#uint(0xffffffff))
        for (let i = 1; i <= 4; i++) writeUint32(octets, at + 4 * i, this.#seconds())
        return at + 20
      }
      case Type.TXT:
      case Type.SPF:
        return this.#strings()
      case Type.RRSIG:
        return this.#whole(readSignature)
      case Type.NSEC:
        return this.#whole(readDenial)
      default:
        return -1
    }
  }

  /** Reads all tokens by `read`, which leaves unusual forms to the codec. */
  #whole(read: typeof readSignature): number {
    const scanner = this.#scanner as EntryScanner
    const size = read(scanner, this.#token, this.#origin, this.octets)
    if (size >= 0) this.#token = scanner.count
    return size
  }

  #readByCodec(): number {
    const scanner = this.#scanner as EntryScanner
    const tokens: ZoneToken[] = []
    for (let token = this.#token; token < scanner.count; token++) {
      const mark = scanner.marks[token] as number
      const isQuoted = (mark & 1) !== 0
      tokens.push({ text: scanner.text(token), isQuoted, isJoined: (mark & 2) !== 0 })
    }
    try {
      const rdata = parseRdataText(this.#type, tokens, new Name(this.#origin))
      this.octets.set(rdata)
      return rdata.length
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw scanner.fault(this.#token, error.message, error)
    }
  }

  #ipv4(): number {
    const expected = 'an IPv4 address'
    const scanner = this.#take(expected)
    const { bytes } = scanner
    const token = this.#token - 1
    const end = scanner.ends[token] as number
    let at = scanner.starts[token] as number
    for (let i = 0; i < 4; i++) {
      let value = 0
      const start = at
      for (; at < end && isDigit(bytes[at] as number); at++) {
        value = value * 10 + (bytes[at] as number) - 0x30
      }
      const size = at - start
      const isLeading = size > 1 && bytes[start] === 0x30
      if (size === 0 || size > 3 || value > 255 || isLeading) throw this.#unexpected(expected)
      this.octets[i] = value
      if (i < 3 ? bytes[at++] !== 0x2e : at !== end) throw this.#unexpected(expected)
    }
    return 4
  }

  #ipv6(): number {
    const expected = 'an IPv6 address'
    const scanner = this.#take(expected)
    const address = parseIpv6(scanner.text(this.#token - 1))
    if (address === undefined) throw this.#unexpected(expected)
    this.octets.set(address)
    return 16
  }

  /** Writes a name at `at`; returns the offset behind it. */
  #name(at: number): number {
    const scanner = this.#take('a domain name')
    const token = this.#token - 1
    const start = scanner.starts[token] as number
    const end = scanner.ends[token] as number
    const size = readNameText(scanner.bytes, start, end, this.#origin, this.octets, at)
    if (size < 0) throw this.#unexpected('a domain name')
    return at + size
  }

  /** Lowers the letters of the names from `at` to `end`: CoreDNS serves these types so. */
  #lowerCase(at: number, end: number): number {
    const { octets } = this
    for (let i = at; i < end; i++) octets[i] = LOWER[octets[i] as number] as number
    return end
  }

  #uint16(at: number): number {
    writeUint16(this.octets, at, this.#uint(0xffff))
    return at + 2
  }

  #uint(max: number): number {
    const expected = `a whole number from 0 to ${max}`
    const { bytes, starts, ends } = this.#take(expected)
    const start = starts[this.#token - 1] as number
    const end = ends[this.#token - 1] as number
    let value = 0
    for (let at = start; at < end; at++) {
      if (!isDigit(bytes[at] as number)) throw this.#unexpected(expected)
      value = value * 10 + (bytes[at] as number) - 0x30
    }
    if (end - start > 10 || end === start || value > max) throw this.#unexpected(expected)
    return value
  }

  #seconds(): number {
    const expected = 'a number of seconds, or a time like 1h30m'
    const value = parseTtlText(this.#take(expected).text(this.#token - 1))
    if (value === undefined || value > 0xffffffff) throw this.#unexpected(expected)
    return value
  }

  /** One character-string for each token; longer text is cut into several (RFC 7208 3.3). */
  #strings(): number {
    let at = 0
    do {
      const { bytes, starts, ends } = this.#take('a string')
      const end = ends[this.#token - 1] as number
      let lengthAt = at++
      for (let i = starts[this.#token - 1] as number; i < end; i++) {
        let octet = bytes[i] as number
        if (octet === BACKSLASH) {
          octet = readEscape(bytes, i + 1, end)
          if (octet < 0) throw this.#unexpected('a string with escapes like \\" and \\065')
          i += escapeSize(bytes, i + 1)
        }
        if (at - lengthAt > MAX_STRING_SIZE) {
          this.octets[lengthAt] = MAX_STRING_SIZE
          lengthAt = at++
        }
        if (at >= MAX_RDATA_SIZE) {
          throw this.#fault(this.#token - 1, `RDATA has at most ${MAX_RDATA_SIZE} octets`)
        }
        this.octets[at++] = octet
      }
      this.octets[lengthAt] = at - lengthAt - 1
    } while (this.#token < (this.#scanner as EntryScanner).count)
    if (at > MAX_RDATA_SIZE) throw this.#fault(0, `RDATA has at most ${MAX_RDATA_SIZE} octets`)
    return at
  }

  /** Goes past the next token. */
  #take(expected: string): EntryScanner {
    const scanner = this.#scanner as EntryScanner
    const token = this.#token++
    if (token < scanner.count) return scanner
    throw this.#fault(token, `expected ${expected}, but the record ends`)
  }

  #unexpected(expected: string): Error {
    const token = this.#token - 1
    return this.#fault(token, `expected ${expected}, got ${quoted(this.#scanner, token)}`)
  }

  #fault(token: number, reason: string): Error {
    const scanner = this.#scanner as EntryScanner
    return scanner.fault(token, `${formatType(this.#type)}: ${reason}`)
  }
}

/** A token for a message. */
export function quoted(scanner: EntryScanner | undefined, token: number): string {
  const text = scanner?.text(token) ?? ''
  return `'${text.length > 60 ? `${text.slice(0, 57)}…` : text}'`
}

/** Whether a token is the unquoted `\#` of RFC 3597. */
function isGenericMark({ bytes, starts, ends, marks }: EntryScanner, token: number): boolean {
  const start = starts[token] as number
  if ((ends[token] as number) - start !== 2 || ((marks[token] as number) & 1) !== 0) return false
  return bytes[start] === BACKSLASH && bytes[start + 1] === 0x23
}
