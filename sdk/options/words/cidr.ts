/** Networks in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3). */

import type { Word } from '../schema.ts'
import { word } from '../word.ts'
import { parseIpAddress } from './ip-address.ts'

/** A network. */
export interface Cidr {
  /** The network's address, 4 or 16 bytes; bits beyond the prefix are 0. */
  readonly address: Uint8Array
  readonly prefixLength: number
  /** Whether an address lies within; IPv4 may come as 4 bytes or mapped into IPv6. */
  contains(address: Uint8Array): boolean
}

/** A network; an address alone is the network that has only it. */
export const cidr: Word<Cidr> = word<Cidr>({
  expects: 'a network or an IP address',
  name: 'CIDR',
  example: '10.0.0.0/8',
  parse: (text, refuse) => parseCidr(text.includes('/') ? text : widest(text)) ?? refuse(),
})

/** Parses `ADDRESS/LENGTH`; the address may have bits beyond the prefix, they are cleared. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf('/')
  const parsed = parseIpAddress(text.slice(0, Math.max(slash, 0)))
  const lengthText = text.slice(slash + 1)
  if (parsed === undefined || parsed.zoneId !== undefined) return undefined
  const prefixLength = /^(0|[1-9]\d{0,2})$/.test(lengthText) ? Number(lengthText) : Number.NaN
  if (!(prefixLength <= parsed.bytes.length * 8)) return undefined
  const address = maskAddress(parsed.bytes, prefixLength)
  return {
    address,
    prefixLength,
    contains(other) {
      const own = address.length === 4 ? unmapped(other) : other
      return own.length === address.length && isWithin(own, address, prefixLength)
    },
  }
}

function widest(text: string): string {
  return `${text}/${text.includes(':') ? 128 : 32}`
}

/** The network of an address, 4 or 16 octets: those bits beyond the prefix are 0. */
export function maskAddress(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, index) => byte & maskOf(index, prefixLength))
}

function isWithin(bytes: Uint8Array, network: Uint8Array, prefixLength: number): boolean {
  for (let index = 0; index * 8 < prefixLength; index++) {
    if ((bytes[index]! & maskOf(index, prefixLength)) !== network[index]) return false
  }
  return true
}

/** The part of a prefix's mask that falls on one byte. */
function maskOf(index: number, prefixLength: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - index * 8))
  return (0xff << (8 - bits)) & 0xff
}

/** Takes an IPv4 address out of its IPv6 mapping (RFC 4291 section 2.5.5.2). */
function unmapped(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 16 || bytes[10] !== 0xff || bytes[11] !== 0xff) return bytes
  return bytes.subarray(0, 10).every((byte) => byte === 0) ? bytes.subarray(12) : bytes
}
