/** Puts the records of a zone into the messages of a transfer. RFC 5936 2.2. */

import type { Message, Query, Rr } from '@fingerpost/sdk'

/** Octets of records, uncompressed, that a message is filled with; 65,535 is the most it holds. */
const MESSAGE_OCTETS = 63_000
/** Octets of an RR besides owner and RDATA: type, class, TTL, RDLENGTH. */
const FIXED_OCTETS = 10

/** Makes the first message; the others are made as they are sent. */
export function composeTransfer(query: Query, records: Iterable<readonly Rr[]>): Message {
  const messages = fill(query, records)
  const first = messages.next()
  // Every zone has a SOA.
  const message = first.done ? query.reply({ rcode: 2 }) : first.value
  message.following = messages
  return message
}

function* fill(query: Query, records: Iterable<readonly Rr[]>): Generator<Message, undefined> {
  let answer: Rr[] = []
  let octets = 0
  for (const piece of records) {
    for (const rr of piece) {
      const size = rr.owner.wire.length + FIXED_OCTETS + rr.rdata.length
      if (octets + size > MESSAGE_OCTETS && answer.length > 0) {
        yield query.reply({ answer })
        answer = []
        octets = 0
      }
      answer.push(rr)
      octets += size
    }
  }
  if (answer.length > 0) yield query.reply({ answer })
}
