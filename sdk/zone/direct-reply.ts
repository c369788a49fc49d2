/**
 * Replies that are written straight from a zone's records, without an object for each: an RRset
 * whose RDATA has no names, at a name in lower case, and the section that goes with it. Hot path.
 */

import { Class } from '../dns/class.ts'
import { Type } from '../dns/type.ts'
import { Flag, HEADER_SIZE, HeaderOffset } from '../wire/header.ts'
import { Message } from '../wire/message.ts'
import { writeUint16, writeUint32 } from '../wire/octets.ts'
import type { Query } from '../wire/query.ts'
import { rdataNames } from '../wire/rdata-names.ts'
import type { RecordTable } from './record-table.ts'
import type { SectionTemplate } from './section-template.ts'

// Pointers have 14 bits: beyond that, the way by records knows what to do.
const MAX_SIZE = 0x3fff
// A pointer to the question's name.
const QUESTION_NAME = 0xc000 | HEADER_SIZE
// Owner, type, class and TTL; RDLENGTH is stored with the RDATA.
const FIXED_SIZE = 10

/** Whether records of a type can be copied as they are, and lead to no others. */
export function isPlainType(type: number): boolean {
  return (
    type !== Type.SVCB &&
    type !== Type.HTTPS &&
    type !== Type.RRSIG &&
    rdataNames(type) === undefined
  )
}

/**
 * Writes a reply with an RRset (none for -1), its signatures in `signatures` (none for -1), and an
 * authority section; undefined when it gets too large for that. `originAt` is where the zone's name
 * begins in the question, all of which must be in lower case.
 */
export function directReply(
  query: Query,
  rcode: number,
  records: RecordTable,
  set: number,
  signatures: number,
  authority: SectionTemplate,
  originAt: number,
): Message | undefined {
  const { qtype, questionEnd } = query
  let size = questionEnd + authority.size
  let count = 0
  for (let rr = set < 0 ? -1 : records.first(set); rr >= 0; rr = records.next(rr)) {
    size += FIXED_SIZE + records.storedSize(rr)
    count++
    if (size > MAX_SIZE) return undefined
  }
  for (let rr = signatures < 0 ? -1 : records.first(signatures); rr >= 0; rr = records.next(rr)) {
    if (records.typeCovered(rr) !== qtype) continue
    size += FIXED_SIZE + records.storedSize(rr)
    count++
    if (size > MAX_SIZE) return undefined
  }
  const wire = new Uint8Array(size + query.replySlack)
  wire.set(query.wire.subarray(0, questionEnd))
  const copied = query.flags & (Flag.OPCODE | Flag.RD | Flag.CD)
  writeUint16(wire, HeaderOffset.FLAGS, Flag.QR | Flag.AA | copied | rcode)
  writeUint16(wire, HeaderOffset.QDCOUNT, 1)
  writeUint16(wire, HeaderOffset.ANCOUNT, count)
  writeUint16(wire, HeaderOffset.NSCOUNT, authority.count)
  writeUint16(wire, HeaderOffset.ARCOUNT, 0)
  let at = questionEnd
  for (let rr = set < 0 ? -1 : records.first(set); rr >= 0; rr = records.next(rr)) {
    at = writeRr(wire, at, qtype, records, rr)
  }
  for (let rr = signatures < 0 ? -1 : records.first(signatures); rr >= 0; rr = records.next(rr)) {
    if (records.typeCovered(rr) === qtype) at = writeRr(wire, at, Type.RRSIG, records, rr)
  }
  authority.write(wire, at, originAt)
  return new Message(wire, size)
}

function writeRr(
  wire: Uint8Array,
  at: number,
  type: number,
  records: RecordTable,
  record: number,
): number {
  writeUint16(wire, at, QUESTION_NAME)
  writeUint16(wire, at + 2, type)
  writeUint16(wire, at + 4, Class.IN)
  writeUint32(wire, at + 6, records.ttlSeconds(record))
  return records.copyStored(record, wire, at + FIXED_SIZE)
}
