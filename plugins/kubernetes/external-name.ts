/**
 * Follows ExternalName services: inside the zone by looking up what stands there, outside by
 * asking the server itself. RFC 1034 3.6.2.
 */

import {
  type Host,
  type Message,
  makeCname,
  type Name,
  parseNameText,
  type Query,
  type Rr,
} from '@fingerpost/sdk'
import type { Finding } from './lookup.ts'
import { addressRecords } from './records.ts'

// As CoreDNS: a chain that is longer is cut.
const MAX_ALIASES = 8

/** What following aliases came to: records, or a name outside of the zone to ask for. */
export interface Chain {
  readonly answer: readonly Rr[]
  /** Where the chain leaves the zone. */
  readonly outside: Name | undefined
}

/** Follows the aliases that begin with `owner` as far as they stay in the zone. */
export function followAliases(
  owner: Name,
  target: string,
  qtype: number,
  zone: Name,
  ttlSeconds: number,
  find: (name: Name) => Finding,
): Chain {
  const answer: Rr[] = []
  const seen: Name[] = [owner]
  let from = owner
  let text = target
  for (;;) {
    const to = parseNameText(text)
    // A chain that ends in itself, or in nothing, gives no answer at all.
    if (to === undefined || answer.length >= MAX_ALIASES) return dead
    if (seen.some((name) => name.equals(to))) return dead
    answer.push(makeCname(from, ttlSeconds, to))
    if (!to.isSubdomainOf(zone)) return { answer, outside: to }
    seen.push(to)
    const finding = find(to)
    if (finding.kind === 'missing') return dead
    if (finding.kind === 'entries') {
      const addresses = addressRecords(to, qtype, ttlSeconds, finding.entries)
      return addresses.length === 0
        ? dead
        : { answer: [...answer, ...addresses], outside: undefined }
    }
    from = to
    text = finding.target
  }
}

const dead: Chain = { answer: [], outside: undefined }

/** Asks for what stands behind a chain; undefined when there is not even a reply. */
export async function askOutside(
  query: Query,
  outside: Name,
  host: Host,
): Promise<Message | undefined> {
  const response = await host.resolve(query.with({ qname: outside }))
  return response.isDropped ? undefined : response
}
