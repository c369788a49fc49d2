/** What is made of replies from an upstream that are broken. */

import {
  equalFold,
  Flag,
  HEADER_SIZE,
  HeaderOffset,
  Message,
  type Query,
  readUint16,
  skipName,
  Type,
  writeUint16,
} from '@fingerpost/sdk'

/** The header and question of a reply with TC set and no records: asks to come back over TCP. */
export function emptyTruncated(query: Query, reply: Uint8Array): Message {
  const wire = reply.slice(0, query.questionEnd)
  writeUint16(wire, 4, 1)
  for (let at = 6; at < HEADER_SIZE; at++) wire[at] = 0
  const message = new Message(wire)
  message.flags |= Flag.TC
  return message
}

/** Whether a reply repeats another question, whole, than that of `query`, the octets of a query. */
export function isToAnother(query: Uint8Array, reply: Uint8Array): boolean {
  if (readUint16(reply, HeaderOffset.QDCOUNT) !== 1) return false
  const nameEnd = skipName(query, HEADER_SIZE)
  const end = nameEnd + 4
  if (reply.length < end) return false
  for (let at = nameEnd; at < end; at++) if (reply[at] !== query[at]) return true
  return !equalFold(query, HEADER_SIZE, reply, HEADER_SIZE, nameEnd - HEADER_SIZE)
}

/**
 * Tells whether an answer to a query for HTTPS or SVCB holds parameters that are cut short. Such
 * records come from damaged replies, and clients must reject all of them (RFC 9460 section 2.2).
 */
export function hasBrokenParams(query: Query, message: Message): boolean {
  if (query.qtype !== Type.HTTPS && query.qtype !== Type.SVCB) return false
  let isBroken = false
  message.forEachRr((fixedAt, _, wire) => {
    const type = readUint16(wire, fixedAt)
    if (type !== Type.HTTPS && type !== Type.SVCB) return
    const end = fixedAt + 10 + readUint16(wire, fixedAt + 8)
    let at = skipName(wire, fixedAt + 12, end)
    while (at >= 0 && at + 4 <= end) at += 4 + readUint16(wire, at + 2)
    if (at !== end) isBroken = true
  })
  return isBroken
}
