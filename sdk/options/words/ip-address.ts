/** IP addresses in text form (RFC 4291 section 2.2, RFC 4007 section 11 for zone ids). */

import { parseIp, parseIpv6 } from '../../dns/ip-address.ts'
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
    const bytes = parseIp(text)
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
