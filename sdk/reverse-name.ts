/** Reads the address in a name of a reverse zone. RFC 1035 3.5, RFC 3596 2.5. */

import { formatIp, parseIpv4 } from './dns/ip-address.ts'
import { Name } from './wire/name.ts'

const IPV4_ZONE = Name.parseText('in-addr.arpa')
const IPV6_ZONE = Name.parseText('ip6.arpa')

/** Whether a name is `in-addr.arpa` or `ip6.arpa`, or below. */
export function isReverse(name: Name): boolean {
  return name.isSubdomainOf(IPV4_ZONE) || name.isSubdomainOf(IPV6_ZONE)
}

/** The address that a name stands for, in text form; undefined for one that is not whole. */
export function reversedAddress(name: Name): string | undefined {
  const labels = name.toString().toLowerCase().split('.').slice(0, -1)
  const [area, root] = labels.splice(-2)
  if (root !== 'arpa') return undefined
  labels.reverse()
  if (area === 'in-addr') {
    const isWhole = labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label))
    const text = labels.join('.')
    return isWhole && parseIpv4(text) !== undefined ? text : undefined
  }
  if (area !== 'ip6' || labels.length !== 32) return undefined
  if (!labels.every((label) => /^[\da-f]$/.test(label))) return undefined
  const octets = Uint8Array.from({ length: 16 }, (_, i) =>
    Number.parseInt(`${labels[2 * i]}${labels[2 * i + 1]}`, 16),
  )
  return formatIp(octets)
}
