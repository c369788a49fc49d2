/** IP addresses in text form (RFC 4291 section 2.2, RFC 4007 section 11 for zone ids). */

import type { Word } from '../schema.ts'
import { word } from '../word.ts'

/** An IP address. */
export interface IpAddress {
  /** As it was written, without the zone id. */
  readonly text: string
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array
  /** The interface of a link-local IPv6 address: `eth0` in `fe80::1%eth0`. */
  readonly zoneId?: string
}

/** An IPv4 or IPv6 address, the latter with or without a zone id. */
export const ipAddress: Word<IpAddress> = word<IpAddress>({
  expects: 'an IP address',
  name: 'IP',
  example: '192.0.2.1',
  format: formatIpAddress,
  parse: (text, refuse) => parseIpAddress(text) ?? refuse(),
})

/** Parses an IP address, as strictly as Go's `netip.ParseAddr`: no leading zeros in IPv4. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const percent = text.indexOf('%')
  if (percent === -1) {
    const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
    return bytes && { text, bytes }
  }
  const address = text.slice(0, percent)
  const zoneId = text.slice(percent + 1)
  const bytes = parseIpv6(address)
  return bytes && zoneId !== '' ? { text: address, bytes, zoneId } : undefined
}

/** Writes an address with its zone id, as sockets want it. */
export function formatIpAddress({ text, zoneId }: IpAddress): string {
  return zoneId === undefined ? text : `${text}%${zoneId}`
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    bytes[index] = Number(part)
  }
  return bytes
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0]!, halves.length === 1)
  const tail = parseGroups(halves[1] ?? '', true)
  if (head === undefined || tail === undefined) return undefined
  const length = head.length + tail.length
  // "::" stands for at least one group of zeros.
  if (halves.length === 1 ? length !== 16 : length > 14) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

/** Parses groups between colons to bytes; the last may be an IPv4 address if it ends the text. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  const bytes: number[] = []
  if (text === '') return bytes
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
      continue
    }
    const dotted = isEnd && index === groups.length - 1 ? parseIpv4(group) : undefined
    if (dotted === undefined) return undefined
    bytes.push(...dotted)
  }
  return bytes
}
