/** What must be true of every reply that leaves the server, whatever the query was. */

import { equalFold, HEADER_SIZE, Message, parseQuery, Query } from '@fingerpost/sdk'
import { fakeListener } from '@fingerpost/sdk/testing'
import { ensure, sameOctets } from './target.ts'

/** Holds the reply against the query. `isOurs` is false for replies that hold foreign RDATA. */
export function checkReply(
  wire: Uint8Array,
  reply: Uint8Array | undefined,
  isStream: boolean,
  isOurs: boolean,
): void {
  const isSilence = wire.length < HEADER_SIZE || ((wire[2] as number) & 0x80) !== 0
  ensure(isSilence === (reply === undefined), isSilence ? 'a reply to no query' : 'no reply')
  if (reply === undefined) return
  ensure(reply.length >= HEADER_SIZE, 'the header is cut')
  ensure(reply[0] === wire[0] && reply[1] === wire[1], 'the id differs')
  ensure(((reply[2] as number) & 0x80) !== 0, 'QR is not set')
  // The opcode of an upstream's reply is passed on.
  const copied = isOurs ? 0x79 : 0x01
  ensure(((reply[2] as number) & copied) === ((wire[2] as number) & copied), 'opcode or RD differs')
  const message = Message.parse(reply.slice())
  ensure(message !== undefined, 'the reply cannot be read')
  ensure(message.size === reply.length, 'octets are left over')
  if (isOurs) ensureWhole(message)
  const exchange = { clientAddress: '192.0.2.1', clientPort: 1 }
  const listener = fakeListener({ transport: isStream ? 'tcp' : 'udp' })
  const query = parseQuery(wire, { listener, ...exchange })
  if (!(query instanceof Query)) {
    ensure(message.rcode !== 0 && message.optAt < 0, 'a fault has no RCODE, or an OPT')
    return
  }
  const question = query.wire.subarray(HEADER_SIZE, query.questionEnd)
  const echo = reply.subarray(HEADER_SIZE, query.questionEnd)
  // An upstream's spelling of the name reaches the client.
  const isEcho = isOurs
    ? sameOctets(question, echo)
    : equalFold(question, 0, echo, 0, question.length - 4)
  ensure(message.questionCount === 1 && isEcho, 'the question differs')
  ensure(reply.length <= query.maxReplySize, `${reply.length} octets are too many`)
  ensure(message.optAt >= 0 || !query.hasEdns, 'OPT is missing')
  // What an upstream sends unasked is passed on, as CoreDNS does.
  ensure(message.optAt < 0 || query.hasEdns || !isOurs, 'an OPT that nobody asked for')
  ensure(((reply[3] as number) & 0x10) === ((wire[3] as number) & 0x10), 'CD differs')
}

/** Every record that the header counts can be decoded. */
function ensureWhole(message: Message): void {
  ensure(countOpts(message) <= 1, 'there are two OPT records')
  const decoded = message.answer.length + message.authority.length + message.additional.length
  const counted = message.answerCount + message.authorityCount + message.additionalCount
  ensure(decoded + countOpts(message) === counted, 'records are malformed')
}

function countOpts(message: Message): number {
  const all = message.answerCount + message.authorityCount + message.additionalCount
  let others = 0
  message.forEachRr(() => others++)
  return all - others
}
