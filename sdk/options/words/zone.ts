/** Zones as plugins name them: domain names (RFC 1035 section 5.1) and networks in CIDR notation. */

import { parseNameText } from '../../wire/name.ts'
import { spread } from '../item.ts'
import type { SpreadWord, Word } from '../schema.ts'
import { word } from '../word.ts'
import { reverseZones } from './reverse-zones.ts'

/** One zone, lower-case and fully qualified: `example.org.`; a network that makes one zone. */
export const zone: Word<string> = word<string>({
  expects: 'a zone',
  name: 'ZONE',
  example: 'example.org',
  parse(text, refuse) {
    const found = parseZones(text)
    if (found === undefined) return refuse()
    if (found.length === 1) return found[0]!
    return refuse(`the network takes ${found.length} zones, and only one may stand here`)
  },
})

const zoneList: Word<string[]> = word<string[]>({
  expects: 'a zone or a network',
  name: 'ZONE',
  example: 'example.org',
  parse: (text, refuse) => parseZones(text) ?? refuse(),
})

/** Zones, for `rest` and `many`: a network may stand for several of them. */
export const zones: SpreadWord<Word<string[]>> = spread(zoneList)

/**
 * Brings a domain name to the text that names are compared in: that of `Name`, lower-case and
 * fully qualified. Gives nothing if it is none: an empty label, one of more than 63 octets, a name
 * of more than 255. All octets are allowed in labels.
 */
export function normaliseZone(text: string): string | undefined {
  if (text === '@') return undefined
  return parseNameText(text)?.toLowerCase().toString()
}

/**
 * Reads what CoreDNS takes where a plugin expects zones: scheme and port of a server block's key
 * may be there and mean nothing.
 */
function parseZones(text: string): string[] | undefined {
  const bare = text.replace(/^(dns|tls|https|https3|quic|grpc):\/\//, '').replace(/:\d+$/, '')
  if (bare.includes('/')) {
    const found = reverseZones(bare)
    if (found !== undefined) return found
    // A slash is allowed in a label (RFC 2317), but not in what was to be a network.
    if (/^[0-9a-f.:]+\/\d+$/i.test(bare)) return undefined
  }
  const name = normaliseZone(bare)
  return name === undefined ? undefined : [name]
}
