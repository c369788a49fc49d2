/**
 * The headers of many datagrams as sendmmsg(2) and recvmmsg(2) take them, with room for their
 * addresses: `struct mmsghdr`, `iovec`, `sockaddr_in` and `sockaddr_in6` of 64-bit Linux, in words
 * of 32 bits, little-endian as all machines are that Bun runs on. Hot path.
 */

import type { Libc } from './bun-libc.ts'

/** The address and its length, the parts and their number, control data, flags; then the octets. */
const HEADER_WORDS = 16
const ADDRESS_LENGTH = 2
const PARTS = 4
const PART_COUNT = 6
const LENGTH = 14
/** Where a part is, and how long. */
const PART_WORDS = 4
const PART_LENGTH = 2
/** The longer kind of address has 28 octets. */
const ADDRESS_WORDS = 8
const IPV4_LENGTH = 16
const IPV6_LENGTH = 28
const AF_INET = 2
const AF_INET6 = 10

/** What a batch has place for. */
export interface BatchShape {
  /** Datagrams. */
  readonly size: number
  /** Parts in which the octets of each are. */
  readonly partCount: number
  readonly hasAddresses: boolean
}

/** A place for each of some datagrams. */
export class DatagramBatch {
  /** Where the headers are, for a call. */
  readonly headersAt: ReturnType<Libc['ptr']>
  readonly #headers: Uint32Array
  readonly #parts: Uint32Array
  readonly #addresses: Uint32Array
  readonly #partCount: number

  constructor(libc: Libc, { size, partCount, hasAddresses }: BatchShape) {
    this.#partCount = partCount
    this.#headers = new Uint32Array(size * HEADER_WORDS)
    this.#parts = new Uint32Array(size * partCount * PART_WORDS)
    this.#addresses = new Uint32Array(hasAddresses ? size * ADDRESS_WORDS : 1)
    this.headersAt = libc.ptr(this.#headers)
    const partsAt = libc.ptr(this.#parts)
    const addressesAt = libc.ptr(this.#addresses)
    for (let i = 0; i < size; i++) {
      const at = i * HEADER_WORDS
      writePointer(this.#headers, at + PARTS, partsAt + i * partCount * PART_WORDS * 4)
      this.#headers[at + PART_COUNT] = partCount
      if (!hasAddresses) continue
      writePointer(this.#headers, at, addressesAt + i * ADDRESS_WORDS * 4)
      this.makeRoomForAddress(i)
    }
  }

  /** Where the octets of a datagram are, or go to; `part` from 0. */
  setPart(i: number, part: number, pointer: number, length: number): void {
    const at = (i * this.#partCount + part) * PART_WORDS
    writePointer(this.#parts, at, pointer)
    this.#parts[at + PART_LENGTH] = length
  }

  /** How many octets were received. */
  lengthOf(i: number): number {
    return this.#headers[i * HEADER_WORDS + LENGTH] as number
  }

  /** To be called before each time that an address is received. */
  makeRoomForAddress(i: number): void {
    this.#headers[i * HEADER_WORDS + ADDRESS_LENGTH] = IPV6_LENGTH
  }

  /** To whom a datagram goes: 4 or 16 octets as words, whose first octets are their lowest. */
  setAddress(i: number, port: number, address: Uint32Array): void {
    const at = i * ADDRESS_WORDS
    const words = this.#addresses
    const isIpv4 = address.length === 1
    this.#headers[i * HEADER_WORDS + ADDRESS_LENGTH] = isIpv4 ? IPV4_LENGTH : IPV6_LENGTH
    // The port has its high octet first.
    words[at] = (isIpv4 ? AF_INET : AF_INET6) | ((port & 0xff) << 24) | ((port >> 8) << 16)
    if (isIpv4) {
      words[at + 1] = address[0] as number
      return
    }
    words[at + 1] = 0
    for (let k = 0; k < 4; k++) words[at + 2 + k] = address[k] as number
    words[at + 6] = 0
  }

  portOf(i: number): number {
    const word = this.#addresses[i * ADDRESS_WORDS] as number
    return ((word >>> 8) & 0xff00) | (word >>> 24)
  }

  isIpv6(i: number): boolean {
    return ((this.#addresses[i * ADDRESS_WORDS] as number) & 0xffff) === AF_INET6
  }

  /** A word of an IPv6 address, 0 to 3, or its zone, 4; of IPv4 there is the first. */
  addressWord(i: number, k: number): number {
    return this.#addresses[i * ADDRESS_WORDS + (this.isIpv6(i) ? 2 : 1) + k] as number
  }
}

function writePointer(words: Uint32Array, at: number, pointer: number): void {
  words[at] = pointer >>> 0
  words[at + 1] = Math.floor(pointer / 2 ** 32)
}
