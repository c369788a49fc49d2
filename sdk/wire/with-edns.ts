/** A response with another OPT record (RFC 6891 6.1.1: one at most, in the additional section). */

import { compose } from './compose.ts'
import { composeOpt, type Edns, ednsOptionsSize, OPT_SIZE } from './edns.ts'
import { HEADER_SIZE, HeaderOffset } from './header.ts'
import type { Message } from './message.ts'
import { writeUint16 } from './octets.ts'

/** Copies a response, with `edns` in place of its OPT record, if it had one. */
export function withEdns(message: Message, edns: Edns): Message {
  const { wire, size } = withoutOpt(message)
  const octets = new Uint8Array(size + OPT_SIZE + ednsOptionsSize(edns.options))
  octets.set(wire.subarray(0, size))
  composeOpt(octets, size, edns)
  const count = message.additionalCount + (message.optAt < 0 ? 1 : 0)
  writeUint16(octets, HeaderOffset.ARCOUNT, count)
  return message.successor(octets)
}

function withoutOpt(message: Message): { wire: Uint8Array; size: number } {
  const { wire, size, optAt, optEnd } = message
  if (optAt < 0) return { wire, size }
  if (optEnd === size) return { wire, size: optAt }
  // Records behind OPT (TSIG) may be pointed at by others still: everything moves.
  const { id, flags, answer, authority, additional } = message
  const question = wire.subarray(HEADER_SIZE, message.answerAt)
  const whole = compose({ id, flags, question, answer, authority, additional }).wire
  return { wire: whole, size: whole.length }
}
