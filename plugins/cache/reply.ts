/** A stored reply as the answer to one query. Hot path. */

import { Flag, Message, type Query } from '@fingerpost/sdk'
import type { Entry } from './entry.ts'

const RD_IN_OCTET = Flag.RD >> 8

/** Copies a stored reply for a query, with `ttlSeconds` in all its RRs. */
export function replyFrom(entry: Entry, query: Query, ttlSeconds: number): Message {
  entry.writeTtl(ttlSeconds)
  const { bytes } = entry
  const size = bytes.length
  const wire = new Uint8Array(size + query.replySlack)
  wire.set(bytes)
  const asked = query.wire
  wire[0] = asked[0] as number
  wire[1] = asked[1] as number
  wire[2] = ((bytes[2] as number) & ~RD_IN_OCTET) | ((asked[2] as number) & RD_IN_OCTET)
  const flags = bytes[3] as number
  if ((flags & Flag.AD) !== 0 && !wantsAd(query)) wire[3] = flags & ~Flag.AD
  const message = new Message(wire, size)
  message.answeredBy = 'cache'
  return message
}

/** Whether a client looks at AD at all (RFC 6840 5.7): it set DO or AD. */
export function wantsAd(query: Query): boolean {
  return (query.flags & Flag.AD) !== 0 || query.isDnssecOk
}
