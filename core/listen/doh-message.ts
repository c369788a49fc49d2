/** The DNS message in a request to `/dns-query`, and how long its answer is fresh. RFC 8484. */

import { type Exchange, Message, ParseFault, parseQuery, Rcode, Type } from '@fingerpost/sdk'

export const DOH_PATH = '/dns-query'
export const DOH_TYPE = 'application/dns-message'
/** Octets of a POST's body. */
export const MAX_BODY_BYTES = 65_536
/** Characters of a GET's message: those that the largest body takes (RFC 4648 5). */
export const MAX_PARAMETER_SIZE = 87_382

/** The message that a GET's query string has, or what is wrong with it. */
export function messageInQuery(search: string): Uint8Array | string {
  const values = new URLSearchParams(search).getAll('dns')
  if (values.length === 0) return "no 'dns' query parameter found"
  if (values.length > 1) return "multiple 'dns' query values found"
  const [text = ''] = values
  if (text.length > MAX_PARAMETER_SIZE) return "the 'dns' query parameter is too long"
  // Decoders skip what they don't know. No padding (RFC 8484 section 6).
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) {
    return "the 'dns' query parameter is not base64url without padding"
  }
  return new Uint8Array(Buffer.from(text, 'base64url'))
}

/** Whether octets are a query at all; what is none is an error of HTTP, not of DNS. */
export function isQuery(wire: Uint8Array, exchange: Exchange): boolean {
  const query = parseQuery(wire, exchange)
  return typeof query !== 'number' || !UNPARSABLE.includes(query)
}

/** Seconds for which a reply may be kept, as CoreDNS has them (RFC 8484 section 5.1). */
export function maxAgeSeconds(reply: Uint8Array): number {
  const message = new Message(reply)
  if (!isKeepable(message)) return SHORT_AGE_SECONDS
  return Math.min(message.minTtlSeconds ?? SHORT_AGE_SECONDS, MAX_AGE_SECONDS)
}

const SHORT_AGE_SECONDS = 5
const MAX_AGE_SECONDS = 3600
const UNPARSABLE: readonly number[] = [
  ParseFault.SILENCE,
  ParseFault.FORMAT_ERROR,
  ParseFault.FORMAT_ERROR_IN_RECORDS,
]

/** Answers, NODATA and NXDOMAIN with SOA; neither failures nor referrals nor transfers. */
function isKeepable(message: Message): boolean {
  const { rcode } = message
  if (message.questionCount > 0 && TRANSFERS.includes(message.qtype)) return false
  if (rcode === Rcode.NXDOMAIN) return hasAuthority(message, Type.SOA)
  if (rcode !== Rcode.NOERROR) return false
  if (message.answerCount > 0 || hasAuthority(message, Type.SOA)) return true
  return !hasAuthority(message, Type.NS)
}

const TRANSFERS: readonly number[] = [Type.AXFR, Type.IXFR]

function hasAuthority(message: Message, type: number): boolean {
  return message.authority.some((rr) => rr.type === type)
}
