/** A resource record in presentation form: `owner [ttl] [class] type rdata` (RFC 1035 5.1). */

import { Class, formatClass, parseClassText } from '../dns/class.ts'
import { formatType, parseTypeText } from '../dns/type.ts'
import { Name, parseNameText } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'
import { formatRdata, parseRdataText } from './rdata.ts'
import { MAX_TTL_SECONDS, parseTtlText } from './ttl.ts'
import { type ZoneEntry, type ZoneToken, zoneEntries } from './zone-text.ts'

/** What stands in for the parts that a record leaves out. */
export interface RrTextDefaults {
  /** Completes relative names; the root by default. */
  readonly origin?: Name | undefined
  /** 3600 seconds by default. */
  readonly ttlSeconds?: number | undefined
  /** IN by default. */
  readonly class?: number | undefined
  /** For an entry that begins with a blank; without it the first token is the owner all the same. */
  readonly owner?: Name | undefined
}

/**
 * Reads one record.
 * @throws RangeError that says what was expected.
 * @example parseRrText('www 1h IN TXT "a b"', { origin: Name.parseText('example.org') })
 */
export function parseRrText(text: string, defaults: RrTextDefaults = {}): Rr {
  const [entry, second] = zoneEntries(text)
  if (entry === undefined) throw new RangeError('expected a record, got no text')
  if (second !== undefined) throw new RangeError('expected one record, got several lines')
  return parseRrEntry(entry, defaults)
}

/**
 * Reads the record in an entry of a zone; `$` directives are not records.
 * @throws RangeError that says what was expected.
 */
export function parseRrEntry(entry: ZoneEntry, defaults: RrTextDefaults = {}): Rr {
  const { tokens } = entry
  const origin = defaults.origin ?? Name.root
  let at = 0
  let owner = entry.isIndented ? defaults.owner : undefined
  owner ??= parseOwner(tokens[at++], origin)
  let ttlSeconds: number | undefined
  let rrClass: number | undefined
  // TTL and class may come in either order, and either may be absent.
  for (; at < tokens.length; at++) {
    const text = (tokens[at] as ZoneToken).text
    const type = parseTypeText(text)
    if (type !== undefined) {
      return {
        owner,
        type,
        class: rrClass ?? defaults.class ?? Class.IN,
        ttlSeconds: ttlSeconds ?? defaults.ttlSeconds ?? DEFAULT_TTL_SECONDS,
        rdata: parseRdataText(type, tokens.slice(at + 1), origin),
      }
    }
    const seconds = ttlSeconds === undefined ? parseTtlText(text) : undefined
    if (seconds !== undefined && seconds > MAX_TTL_SECONDS) {
      throw new RangeError(`expected a TTL of at most ${MAX_TTL_SECONDS} seconds, got '${text}'`)
    }
    const classHere = rrClass === undefined ? parseClassText(text) : undefined
    if (seconds !== undefined) ttlSeconds = seconds
    else if (classHere !== undefined) rrClass = classHere
    else throw new RangeError(`expected a TTL, class or type, got '${text}'`)
  }
  throw new RangeError('expected a type, but the record ends')
}

/** Writes a record as `owner ttl class type rdata`, separated by tabs. */
export function formatRr(rr: Rr): string {
  const { owner, type, ttlSeconds, rdata } = rr
  const fields = [
    owner,
    ttlSeconds,
    formatClass(rr.class),
    formatType(type),
    formatRdata(type, rdata),
  ]
  return fields.join('\t')
}

// What miekg/dns takes for a record without a TTL: CoreDNS's templates count on it.
const DEFAULT_TTL_SECONDS = 3600

function parseOwner(token: ZoneToken | undefined, origin: Name): Name {
  const owner = token && parseNameText(token.text, origin)
  if (owner === undefined) throw new RangeError(`'${token?.text ?? ''}' is not a domain name`)
  return owner
}
