/** Makes the response to an AAAA query from that to an A query (RFC 6147 5.1, RFC 6052 2.2). */

import { Flag, type Message, makeAaaa, type Query, type Rr, Type } from '@fingerpost/sdk'

/** The prefix that IPv4 addresses are put behind. */
export interface Prefix {
  /** 16 octets. */
  readonly address: Uint8Array
  /** 4 to 12. */
  readonly sizeBytes: number
}

// RFC 6147 5.1.7: where no SOA says how long there is no AAAA record.
const DEFAULT_TTL_SECONDS = 600

/** The octet that RFC 6052 2.2 keeps free of address bits. */
const RESERVED = 8

/** Answers `query`: `empty` is the response to itself, `addresses` that to the A query. */
export function synthesise(
  query: Query,
  empty: Message,
  addresses: Message,
  prefix: Prefix,
): Message {
  const soa = empty.authority.findLast(({ type }) => type === Type.SOA)
  const maxTtlSeconds = soa?.ttlSeconds ?? DEFAULT_TTL_SECONDS
  const answer = addresses.answer.map((rr): Rr => {
    if (rr.type !== Type.A || rr.rdata.length !== 4) return rr
    const ttlSeconds = Math.min(rr.ttlSeconds, maxTtlSeconds)
    return makeAaaa(rr.owner, ttlSeconds, embed(rr.rdata, prefix), rr.class)
  })
  const response = query.reply({
    // RFC 6147 5.1.6: an error of the A query is the answer.
    rcode: addresses.rcode,
    isAuthoritative: false,
    answer,
    authority: addresses.authority,
    additional: addresses.additional,
    cause: addresses.cause,
  })
  response.flags |= addresses.flags & Flag.TC
  return response
}

/** Puts an IPv4 address into an IPv6 address. */
export function embed(ipv4: Uint8Array, { address, sizeBytes }: Prefix): Uint8Array {
  const ipv6 = new Uint8Array(16)
  ipv6.set(address.subarray(0, sizeBytes))
  let at = sizeBytes
  for (const octet of ipv4) {
    if (at === RESERVED) at++
    ipv6[at++] = octet
  }
  return ipv6
}
