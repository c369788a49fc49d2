/**
 * What every reply goes through last: the client's id, flags and question, OPT, the size limit
 * and TC (RFC 1035 4.2.1, RFC 6891 6.2, RFC 7873 echo; behaviour of CoreDNS). Hot path.
 */

import {
  compose,
  composeOpt,
  EDNS_DO,
  ednsOptionsSize,
  Flag,
  HEADER_SIZE,
  HeaderOffset,
  LOWER,
  Message,
  OPT_SIZE,
  type Query,
  readUint16,
  skipName,
  writeUint16,
} from '@fingerpost/sdk'

const COPIED_FLAGS = Flag.RD | Flag.CD
// A reply that a plugin stored may have been made for another opcode; an upstream's is its own.
const COPIED_FLAGS_OF_OURS = COPIED_FLAGS | Flag.OPCODE

/** Makes the octets to send; undefined when nothing shall be sent. */
export function finish(query: Query, response: Message): Uint8Array | undefined {
  if (response.isDropped) return undefined
  let message = response
  if (!message.keepsQuestion && !echoQuestion(query, message)) message = recompose(query, message)
  const usual = response.keepsQuestion ? COPIED_FLAGS : COPIED_FLAGS_OF_OURS
  const copied = usual & ~response.ownFlags
  writeUint16(message.wire, HeaderOffset.ID, query.id)
  message.flags = (message.flags & ~copied) | Flag.QR | (query.flags & copied)
  if (query.optAt >= 0) message = withOpt(query, message)
  if (message.size > query.maxReplySize) message = truncate(query, message)
  const { wire, size } = message
  return wire.length === size ? wire : wire.subarray(0, size)
}

/** Writes the client's spelling of the question; false when the message asks something else. */
function echoQuestion(query: Query, message: Message): boolean {
  const { wire } = message
  const end = query.questionEnd
  if (message.questionCount !== 1 || end > message.size) return false
  const source = query.wire
  for (let i = HEADER_SIZE; i < end; i++) {
    const octet = source[i] as number
    const own = wire[i] as number
    if (octet === own) continue
    if (i >= end - 4 || LOWER[octet] !== LOWER[own]) return false
    wire[i] = octet
  }
  return true
}

/** Puts the client's question in front of the sections of a reply to another one. */
function recompose(query: Query, message: Message): Message {
  return new Message(
    compose({
      id: query.id,
      flags: message.flags,
      question: query.wire.subarray(HEADER_SIZE, query.questionEnd),
      answer: message.answer,
      authority: message.authority,
      additional: message.additional,
    }).wire,
  )
}

/** Gives the reply an OPT as the client's: its size is echoed, DO kept if either has it, version 0. */
function withOpt(query: Query, message: Message): Message {
  const optAt = message.optAt
  if (optAt >= 0) {
    const { wire } = message
    writeUint16(wire, optAt + 3, query.ednsSize)
    wire[optAt + 6] = 0
    writeUint16(wire, optAt + 7, query.isDnssecOk ? EDNS_DO : readUint16(wire, optAt + 7) & EDNS_DO)
    return message
  }
  const options = query.echoedOptions
  const end = message.size
  const roomy = withRoom(message, OPT_SIZE + ednsOptionsSize(options))
  const size = composeOpt(roomy.wire, end, {
    udpSize: query.ednsSize,
    extendedRcode: 0,
    version: 0,
    flags: query.isDnssecOk ? EDNS_DO : 0,
    options,
  })
  writeUint16(roomy.wire, HeaderOffset.ARCOUNT, roomy.additionalCount + 1)
  roomy.relaid(size)
  return roomy
}

function withRoom(message: Message, octets: number): Message {
  if (message.wire.length >= message.size + octets) return message
  const wire = new Uint8Array(message.size + octets)
  wire.set(message.wire.subarray(0, message.size))
  return new Message(wire, message.size)
}

/**
 * Makes a reply fit: by compression if that is enough, else whole RRs are left out from the end
 * and TC is set, be it only for additional ones. OPT always stays.
 */
function truncate(query: Query, message: Message): Message {
  const limit = query.maxReplySize
  const opt =
    message.optAt < 0 ? new Uint8Array(0) : message.wire.slice(message.optAt, message.optEnd)
  const compact = recompose(query, message)
  cutRrs(compact, limit - opt.length)
  const whole = withRoom(compact, opt.length)
  whole.wire.set(opt, compact.size)
  if (opt.length > 0) {
    writeUint16(whole.wire, HeaderOffset.ARCOUNT, whole.additionalCount + 1)
    whole.relaid(compact.size + opt.length)
  }
  return whole
}

function cutRrs(message: Message, limit: number): void {
  if (message.size <= limit) return
  const counts: [number, number, number] = [0, 0, 0]
  let at = message.answerAt
  for (let section = 0; section < 3; section++) {
    for (
      let left = readUint16(message.wire, HeaderOffset.ANCOUNT + 2 * section);
      left > 0;
      left--
    ) {
      const fixedAt = skipName(message.wire, at)
      const end = fixedAt + 10 + readUint16(message.wire, fixedAt + 8)
      if (end > limit) {
        message.truncateAt(at, counts)
        return
      }
      counts[section as 0 | 1 | 2]++
      at = end
    }
  }
}
