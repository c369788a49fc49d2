/** The addresses that a node's DNS listens on, as `-localip` gives them. */

import { formatIp, parseIp } from '@fingerpost/sdk'
import { UsageError } from '../flag-syntax.ts'

/** Addresses that may be given; each has a dozen rules of the packet filter. */
export const MAX_LOCAL_IPS = 16

/**
 * Reads addresses between commas, IPv4 and IPv6 as they come; each is kept once.
 * @throws UsageError
 */
export function parseLocalIps(text: string): string[] {
  if (text.trim() === '') {
    throw new UsageError(
      'no address to listen on: -localip is needed, for example -localip 169.254.20.10,10.96.0.10',
    )
  }
  const ips: string[] = []
  for (const word of text.split(',').map((part) => part.trim())) {
    const octets = parseIp(word)
    if (octets === undefined) throw new UsageError(`invalid localip specified - "${word}"`)
    const ip = formatIp(octets)
    if (octets.every((octet) => octet === 0)) {
      throw new UsageError(`-localip ${word} stands for all addresses: a node needs its own`)
    }
    if (!ips.includes(ip)) ips.push(ip)
  }
  if (ips.length > MAX_LOCAL_IPS) {
    throw new UsageError(`-localip takes ${MAX_LOCAL_IPS} addresses at most`)
  }
  return ips
}
