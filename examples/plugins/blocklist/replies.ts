/** What a client gets for a blocked name. */

import {
  composeExtendedError,
  type Message,
  makeA,
  makeAaaa,
  makeSoa,
  Name,
  type Query,
  Rcode,
  type ReplyParts,
  Type,
} from '@fingerpost/sdk'
import type { BlocklistOptions } from './options.ts'

/** Makes the answers for an action. Clients that know EDNS are told why (RFC 8914 4.16). */
export function responder({ action, ttl }: BlocklistOptions['block']): (query: Query) => Message {
  const parts = partsOf[action]
  const ttlSeconds = Math.round(ttl / 1000)
  return (query) => {
    const reply = parts(query, ttlSeconds)
    if (!query.hasEdns) return query.reply(reply)
    const edns = { udpSize: query.ednsSize, flags: 0, options: [blocked] }
    return query.reply({ ...reply, edns })
  }
}

const partsOf: Record<
  BlocklistOptions['block']['action'],
  (query: Query, ttlSeconds: number) => ReplyParts
> = {
  refused: () => ({ rcode: Rcode.REFUSED }),
  nxdomain: (query, ttlSeconds) => ({
    rcode: Rcode.NXDOMAIN,
    authority: [soa(query, ttlSeconds)],
  }),
  'zero-ip'(query, ttlSeconds) {
    const { qname, qtype } = query
    if (qtype === Type.A) return { answer: [makeA(qname, ttlSeconds, '0.0.0.0')] }
    if (qtype === Type.AAAA) return { answer: [makeAaaa(qname, ttlSeconds, '::')] }
    return { authority: [soa(query, ttlSeconds)] }
  },
}

/** For how long a negative answer may be kept (RFC 2308 5). */
const soa = ({ qname }: Query, ttlSeconds: number): NonNullable<ReplyParts['authority']>[number] =>
  makeSoa(qname, ttlSeconds, {
    mname: nobody,
    rname: nobody,
    serial: 1,
    refreshSeconds: 3600,
    retrySeconds: 600,
    expireSeconds: 86_400,
    minimumSeconds: ttlSeconds,
  })

const blocked = composeExtendedError({ infoCode: 15 })
const nobody = Name.parseText('blocked.invalid.')
