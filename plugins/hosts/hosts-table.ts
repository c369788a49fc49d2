/** What hosts files say: addresses of names, and names of addresses (RFC 1035 3.5, RFC 3596 2.5). */

import {
  HEADER_SIZE,
  hashName,
  Name,
  parseIpAddress,
  parseNameText,
  type Query,
} from '@fingerpost/sdk'
import { NameTable, withRoom } from './name-table.ts'

/** The lists that a name has: its IPv4 and IPv6 addresses, and the names of a reverse name. */
export const List = { V4: 0, V6: 1, POINTERS: 2 } as const
export type ListCode = (typeof List)[keyof typeof List]

/** The table of one reading of the files. */
export class HostsTable {
  /** Names as they stand in the files, and the reverse names of their addresses. */
  readonly names: NameTable = new NameTable(3)
  /** The parents of wildcards. */
  readonly wildcards: NameTable = new NameTable(3)
  #v6 = new Uint8Array(64)
  #v6Count = 0

  /** Addresses of names and names of addresses: CoreDNS counts so. */
  get entryCount(): number {
    return this.names.itemCount + this.wildcards.itemCount
  }

  /** The number of the name asked for in `names`, or -1. */
  find(query: Query): number {
    return this.names.find(query.qnameHash, query.wire, HEADER_SIZE)
  }

  /** The number in `wildcards` of the name one label above the one asked for, or -1. */
  findWildcard(query: Query): number {
    const size = query.wire[HEADER_SIZE] as number
    if (this.wildcards.count === 0 || size === 0) return -1
    const at = HEADER_SIZE + 1 + size
    return this.wildcards.find(hashName(query.wire, at), query.wire, at)
  }

  /** The RDATA of the first `limit` items of a list of `names` or `wildcards`. */
  rdata(names: NameTable, index: number, list: ListCode, limit: number): Uint8Array[] {
    return names.values(index, list, limit).map((value) => {
      if (list === List.POINTERS) return this.names.name(value)
      if (list === List.V6) return this.#v6.subarray(value * 16, value * 16 + 16)
      return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
    })
  }

  /**
   * Adds the lines of a file: an address and names each; what makes no sense is passed over.
   * Names outside of `zones` are left out.
   */
  addText(text: string, zones: readonly Name[], hasReverse: boolean): void {
    const isForAll = zones.some((zone) => zone.isRoot)
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start)
      const end = newline < 0 ? text.length : newline
      const [address, ...names] = wordsOf(text.slice(start, end))
      if (names.length > 0)
        this.#addLine(address as string, names, isForAll ? [] : zones, hasReverse)
      start = end + 1
    }
  }

  /** Adds one line; `zones` may be empty for all names. */
  #addLine(text: string, words: string[], zones: readonly Name[], hasReverse: boolean): void {
    const address = parseHostsAddress(text)
    if (address === undefined) return
    const list = address.length === 4 ? List.V4 : List.V6
    const value = list === List.V4 ? v4Value(address) : this.#addV6(address)
    let reverse = -1
    for (const word of words) {
      const name = parseLowerCase(word)
      if (name === undefined) continue
      if (zones.length > 0 && !zones.some((zone) => name.isSubdomainOf(zone))) continue
      if (isWildcard(name)) {
        this.wildcards.append(this.wildcards.add(name.ancestor()), list, value)
        continue
      }
      const index = this.names.add(name)
      this.names.append(index, list, value)
      if (!hasReverse) continue
      if (reverse < 0) reverse = this.names.add(reverseName(address))
      this.names.append(reverse, List.POINTERS, index)
    }
  }

  #addV6(address: Uint8Array): number {
    const number = this.#v6Count++
    this.#v6 = withRoom(this.#v6, (number + 1) * 16)
    this.#v6.set(address, number * 16)
    return number
  }
}

/**
 * Reads the address that begins a line: 4 or 16 octets, undefined when it is none. A zone id is
 * dropped, and an IPv4 address in IPv6 form is the IPv4 address it means.
 */
export function parseHostsAddress(text: string): Uint8Array | undefined {
  const percent = text.indexOf('%')
  const octets = parseIpAddress(percent < 0 ? text : text.slice(0, percent))?.bytes
  return octets?.length === 16 && isMapped(octets) ? octets.subarray(12) : octets
}

function wordsOf(line: string): string[] {
  const hash = line.indexOf('#')
  return (hash < 0 ? line : line.slice(0, hash)).split(/\s+/).filter(Boolean)
}

/** Most names are in lower case already, and the check costs a tenth of the change. */
function parseLowerCase(word: string): Name | undefined {
  const name = parseNameText(word)
  return /[A-Z\\]/.test(word) ? name?.toLowerCase() : name
}

/** RFC 4291 2.5.5.2: 80 bits of zeros, 16 of ones. */
function isMapped(octets: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (octets[i] !== 0) return false
  return octets[10] === 0xff && octets[11] === 0xff
}

function isWildcard({ wire }: Name): boolean {
  return wire[0] === 1 && wire[1] === 0x2a
}

function v4Value(octets: Uint8Array): number {
  return new DataView(octets.buffer, octets.byteOffset).getUint32(0)
}

// The longest reverse name: 32 nibbles, a label each, below ip6.arpa.
const scratch = new Uint8Array(74)
const V4_PARENT = Name.parseText('in-addr.arpa').wire
const V6_PARENT = Name.parseText('ip6.arpa').wire

/** The name below in-addr.arpa or ip6.arpa of an address; good until the next call. */
function reverseName(address: Uint8Array): Name {
  let at = 0
  for (let i = address.length - 1; i >= 0; i--) {
    const octet = address[i] as number
    if (address.length === 4) at = writeLabel(at, String(octet))
    else at = writeLabel(writeLabel(at, hexDigits[octet & 15]), hexDigits[octet >> 4])
  }
  const parent = address.length === 4 ? V4_PARENT : V6_PARENT
  scratch.set(parent, at)
  return new Name(scratch.subarray(0, at + parent.length))
}

const hexDigits = '0123456789abcdef'

function writeLabel(at: number, digits = ''): number {
  scratch[at] = digits.length
  for (let i = 0; i < digits.length; i++) scratch[at + 1 + i] = digits.charCodeAt(i)
  return at + 1 + digits.length
}
