/** What responses and clients count as the same. */

import {
  isLoopbackAddress,
  type Message,
  maskAddress,
  parseIp,
  type Query,
  Rcode,
  Type,
} from '@fingerpost/sdk'

/** Categories of responses, each with an allowance of its own. */
export type Kind = 'response' | 'nodata' | 'nxdomain' | 'referral' | 'error'

export function kindOf(response: Message): Kind {
  if (response.answerCount > 0) return 'response'
  if (response.rcode === Rcode.NXDOMAIN) return 'nxdomain'
  if (response.rcode !== Rcode.NOERROR) return 'error'
  return response.authority[0]?.type === Type.NS ? 'referral' : 'nodata'
}

/**
 * What a response to a client is counted by: names that do not exist by their zone, or a client would
 * only have to make up ever new ones; errors by nothing, since what asks for them is made up too.
 */
export function accountOf(kind: Kind, prefix: string, query: Query, response: Message): string {
  switch (kind) {
    case 'response':
      return `${prefix}/${kind}/${query.qtype}/${canonical(query.qname)}`
    case 'nodata':
      return `${prefix}/${kind}/${canonical(query.qname)}`
    case 'nxdomain':
      return `${prefix}/${kind}/${zoneOf(response)}`
    case 'referral':
      return `${prefix}/${kind}/${query.qtype}/${zoneOf(response)}`
    case 'error':
      return `${prefix}/${kind}`
  }
}

/** The network of a client's address, as text; undefined for what is none, and for this host. */
export function prefixOf(address: string, ipv4Bits: number, ipv6Bits: number): string | undefined {
  const octets = parseIp(address)
  if (octets === undefined || isLoopbackAddress(octets)) return undefined
  return maskAddress(octets, octets.length === 4 ? ipv4Bits : ipv6Bits).join('.')
}

function zoneOf({ authority: [first] }: Message): string {
  return first === undefined ? '' : canonical(first.owner)
}

/** Equal for names that are. */
function canonical(name: { toString(): string }): string {
  return name.toString().toLowerCase()
}
