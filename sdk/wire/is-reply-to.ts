/** Whether octets from somewhere answer a query. */

import { HEADER_SIZE } from './header.ts'
import { equalFold } from './octets.ts'
import type { Query } from './query.ts'

/**
 * Tells whether a message is a response with exactly the query's question, letters of the name
 * compared without case (RFC 5452 section 9.1).
 */
export function isReplyTo(query: Query, reply: Uint8Array): boolean {
  const { wire, questionEnd } = query
  if (reply.length < questionEnd || ((reply[2] as number) & 0x80) === 0) return false
  if (reply[4] !== 0 || reply[5] !== 1) return false
  for (let at = questionEnd - 4; at < questionEnd; at++) if (reply[at] !== wire[at]) return false
  return equalFold(wire, HEADER_SIZE, reply, HEADER_SIZE, questionEnd - 4 - HEADER_SIZE)
}
