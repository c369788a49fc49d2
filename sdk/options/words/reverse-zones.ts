/** The reverse zones of a network (RFC 1035 section 3.5, RFC 3596 section 2.5), as CoreDNS has them. */

import { parseCidr } from './cidr.ts'

/**
 * Gives the zones whose names cover exactly the addresses of a network, lower-case and fully
 * qualified. A prefix that ends within an octet (IPv4) or nibble (IPv6) needs several: up to 128
 * or 8, in the order of the addresses. Bits beyond the prefix are ignored.
 *
 * Gives nothing if the text is no network. Like in CoreDNS a network that starts with `:`, or with
 * `0` and has colons, isn't one.
 *
 * @example
 * reverseZones('10.0.0.0/24') // ['0.0.10.in-addr.arpa.']
 * reverseZones('10.0.0.0/23') // ['0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.']
 */
export function reverseZones(cidrText: string): string[] | undefined {
  if (/^(:|0.*:)/.test(cidrText)) return undefined
  const network = parseCidr(cidrText)
  if (network === undefined) return undefined
  const { address, prefixLength } = network
  const isIpv4 = address.length === 4
  const labelBits = isIpv4 ? 8 : 4
  const labels = isIpv4 ? [...address] : [...address].flatMap((byte) => [byte >> 4, byte & 15])
  const labelCount = Math.ceil(prefixLength / labelBits)
  const zoneCount = 2 ** (labelCount * labelBits - prefixLength)
  const suffix = isIpv4 ? 'in-addr.arpa.' : 'ip6.arpa.'
  return Array.from({ length: zoneCount }, (_, offset) => {
    const own = labels.slice(0, labelCount)
    // The free bits are the low ones of the last label, and 0 in the network's address.
    if (labelCount > 0) own[labelCount - 1]! += offset
    return [...own.reverse().map((label) => label.toString(isIpv4 ? 10 : 16)), suffix].join('.')
  })
}
