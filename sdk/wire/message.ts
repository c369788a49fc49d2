/**
 * A response on its way back through the chain: wire octets with lazy views (DESIGN: bytes first).
 * RFC 1035 4, RFC 6891. Hot path: the constructor and what `finish` uses.
 */

import { Type } from '../dns/type.ts'
import { type Edns, parseEdnsOptions } from './edns.ts'
import { Flag, HEADER_SIZE, HeaderOffset } from './header.ts'
import { Name } from './name.ts'
import { readUint16, readUint32, writeUint16, writeUint32 } from './octets.ts'
import { parseName, skipName } from './parse-name.ts'
import { parseRdataOctets } from './rdata-names.ts'
import type { Rr, Section } from './rr.ts'

/**
 * A response. It belongs to one query: whoever holds it may patch it in place, and whoever wants
 * to keep it (a cache) copies its octets. `wire` may have room behind the message (`size`), which
 * lets an OPT be added without a copy.
 */
export class Message {
  /** The octets; only the first `size` belong to the message. */
  readonly wire: Uint8Array
  /** Octets of the message in `wire`. */
  size: number
  /** Why the response is what it is, when a failure made it: for *errors* and *log*. */
  cause: unknown = undefined
  /**
   * Whether a plugin made this failure (FORMERR, SERVFAIL, NOTIMP, REFUSED) instead of passing on
   * an upstream's: it says nothing about the name, and no cache keeps it.
   */
  isLocalFailure = false
  /**
   * Whether the question goes out as it stands. Set for a reply from upstream, whose spelling of
   * the question lets a client that mixes case see forgeries on the way behind us, too.
   */
  keepsQuestion = false
  /**
   * Messages after this one that belong to the same response: a zone transfer's (RFC 5936 2.2).
   * They are taken one by one as the stream has room; sent over streams only.
   */
  following: Iterator<Message> | undefined = undefined
  /** Bits of the header that go out as they stand, where others would be the client's (RD, CD). */
  ownFlags = 0
  /** Name of the plugin that answered, when known. */
  answeredBy = ''
  // Offsets found by one walk over the RRs; 0 until it is done.
  #answerAt = 0
  #authorityAt = 0
  #additionalAt = 0
  #optAt = -1
  #optEnd = -1

  /** Takes octets that hold a whole message; {@link Message.parse} checks those of strangers. */
  constructor(wire: Uint8Array, size: number = wire.length) {
    this.wire = wire
    this.size = size
  }

  /** Stands for "no response shall be sent": *acl*'s drop, *erratic*. Never patched or sent. */
  static readonly dropped: Message = new Message(new Uint8Array(HEADER_SIZE))

  /** Checks that `wire` is a message whose records can be walked; undefined when it is not. */
  static parse(wire: Uint8Array): Message | undefined {
    if (wire.length < HEADER_SIZE) return undefined
    const message = new Message(wire)
    return message.#walk() ? message : undefined
  }

  get id(): number {
    return readUint16(this.wire, HeaderOffset.ID)
  }

  /** The 16 bits at offset 2; see {@link Flag}. */
  get flags(): number {
    return readUint16(this.wire, HeaderOffset.FLAGS)
  }
  set flags(flags: number) {
    writeUint16(this.wire, HeaderOffset.FLAGS, flags)
  }

  /** The RCODE, upper bits from OPT included. */
  get rcode(): number {
    const low = (this.wire[3] as number) & Flag.RCODE
    // Without additional records there is no OPT to look for.
    if (this.additionalCount === 0) return low
    this.#walked()
    return this.#optAt < 0 ? low : ((this.wire[this.#optAt + 5] as number) << 4) | low
  }

  get isAuthoritative(): boolean {
    return (this.flags & Flag.AA) !== 0
  }
  get isTruncated(): boolean {
    return (this.flags & Flag.TC) !== 0
  }
  get isDropped(): boolean {
    return this === Message.dropped
  }

  get questionCount(): number {
    return readUint16(this.wire, HeaderOffset.QDCOUNT)
  }
  get answerCount(): number {
    return readUint16(this.wire, HeaderOffset.ANCOUNT)
  }
  get authorityCount(): number {
    return readUint16(this.wire, HeaderOffset.NSCOUNT)
  }
  /** Records in the additional section, OPT included. */
  get additionalCount(): number {
    return readUint16(this.wire, HeaderOffset.ARCOUNT)
  }

  /** Offset of the first answer RR, which is the end of the question. */
  get answerAt(): number {
    this.#walked()
    return this.#answerAt
  }
  /** Offset of the first authority RR. */
  get authorityAt(): number {
    this.#walked()
    return this.#authorityAt
  }
  /** Offset of the first additional RR. */
  get additionalAt(): number {
    this.#walked()
    return this.#additionalAt
  }
  /** Offset of the OPT record, -1 without one. */
  get optAt(): number {
    if (this.additionalCount === 0) return -1
    this.#walked()
    return this.#optAt
  }
  /** Offset after the OPT record, -1 without one. */
  get optEnd(): number {
    this.#walked()
    return this.#optEnd
  }

  /** The name asked for; the root when there is no question. */
  get qname(): Name {
    const name = this.questionCount > 0 ? parseName(this.wire, HEADER_SIZE, this.size) : undefined
    return name ?? Name.root
  }
  get qtype(): number {
    return this.questionCount > 0 ? readUint16(this.wire, this.answerAt - 4) : 0
  }
  get qclass(): number {
    return this.questionCount > 0 ? readUint16(this.wire, this.answerAt - 2) : 0
  }

  /** The OPT record decoded; undefined without one. */
  get edns(): Edns | undefined {
    const at = this.optAt
    if (at < 0) return undefined
    return {
      udpSize: readUint16(this.wire, at + 3),
      extendedRcode: this.wire[at + 5] as number,
      version: this.wire[at + 6] as number,
      flags: readUint16(this.wire, at + 7),
      options: parseEdnsOptions(this.wire, at + 11, this.#optEnd),
    }
  }

  get answer(): Rr[] {
    return this.rrs('answer')
  }
  get authority(): Rr[] {
    return this.rrs('authority')
  }
  /** The additional section without OPT. */
  get additional(): Rr[] {
    return this.rrs('additional')
  }

  /** Decodes the RRs of one section, OPT left out; one that is malformed ends the list. */
  rrs(section: Section): Rr[] {
    const rrs: Rr[] = []
    const [start, end] = this.#range(section)
    for (let at = start; at < end; ) {
      const fixedAt = skipName(this.wire, at, end)
      const rdataSize = readUint16(this.wire, fixedAt + 8)
      const type = readUint16(this.wire, fixedAt)
      if (type !== Type.OPT) {
        const owner = parseName(this.wire, at, this.size)
        const rdata = parseRdataOctets(this.wire, type, fixedAt + 10, rdataSize)
        if (owner === undefined || rdata === undefined) break
        rrs.push({
          owner,
          type,
          class: readUint16(this.wire, fixedAt + 2),
          ttlSeconds: readUint32(this.wire, fixedAt + 4),
          rdata,
        })
      }
      at = fixedAt + 10 + rdataSize
    }
    return rrs
  }

  /**
   * Visits every RR of the three sections but OPT without decoding it. `fixedAt` is the offset of
   * its type; class, TTL, RDLENGTH and RDATA follow at 2, 4, 8 and 10.
   */
  forEachRr(visit: (fixedAt: number, ownerAt: number, wire: Uint8Array) => void): void {
    for (let at = this.answerAt; at < this.size; ) {
      const fixedAt = skipName(this.wire, at, this.size)
      if (readUint16(this.wire, fixedAt) !== Type.OPT) visit(fixedAt, at, this.wire)
      at = fixedAt + 10 + readUint16(this.wire, fixedAt + 8)
    }
  }

  /** The least TTL in seconds of all RRs but OPT; undefined when there are none. */
  get minTtlSeconds(): number | undefined {
    let min: number | undefined
    this.forEachRr((fixedAt, _, wire) => {
      const ttl = readUint32(wire, fixedAt + 4)
      if (min === undefined || ttl < min) min = ttl
    })
    return min
  }

  /** Lowers every TTL above `maxSeconds` to it, in place. */
  withMaxTtl(maxSeconds: number): this {
    this.forEachRr((fixedAt, _, wire) => {
      if (readUint32(wire, fixedAt + 4) > maxSeconds) writeUint32(wire, fixedAt + 4, maxSeconds)
    })
    return this
  }

  /** Sets the low four bits of the RCODE, in place. */
  withRcode(rcode: number): this {
    this.wire[3] = ((this.wire[3] as number) & ~Flag.RCODE) | (rcode & Flag.RCODE)
    return this
  }

  /** A message of other octets that takes this one's place: it keeps what is known of it. */
  successor(wire: Uint8Array): Message {
    const message = new Message(wire)
    message.cause = this.cause
    message.isLocalFailure = this.isLocalFailure
    message.keepsQuestion = this.keepsQuestion
    message.ownFlags = this.ownFlags
    message.answeredBy = this.answeredBy
    return message
  }

  /** A copy of the octets that belong to the message. */
  toBytes(): Uint8Array {
    return this.wire.slice(0, this.size)
  }

  /**
   * Cuts the RRs from offset `end` on (a boundary between RRs) and sets TC. The OPT record, if
   * there is one, must lie before `end` or is lost too.
   */
  truncateAt(end: number, counts: readonly [number, number, number]): void {
    this.size = end
    for (let i = 0; i < 3; i++) {
      writeUint16(this.wire, HeaderOffset.ANCOUNT + 2 * i, counts[i] as number)
    }
    this.flags |= Flag.TC
    this.#answerAt = 0
  }

  /** Forgets what is known of the places of RRs: call after writing RRs into `wire`. */
  relaid(size: number): void {
    this.size = size
    this.#answerAt = 0
  }

  #range(section: Section): readonly [number, number] {
    this.#walked()
    if (section === 'answer') return [this.#answerAt, this.#authorityAt]
    if (section === 'authority') return [this.#authorityAt, this.#additionalAt]
    return [this.#additionalAt, this.size]
  }

  #walked(): void {
    // Messages of our own and checked ones can always be walked.
    if (this.#answerAt === 0) this.#walk()
  }

  /** Finds the sections and OPT; false when the message can't be walked to its end. */
  #walk(): boolean {
    const { wire, size } = this
    this.#optAt = -1
    this.#optEnd = -1
    let at = HEADER_SIZE
    for (let left = this.questionCount; left > 0; left--) {
      at = skipName(wire, at, size)
      if (at < 0 || at + 4 > size) return this.#isUnwalkable()
      at += 4
    }
    this.#answerAt = at
    for (let section = 0; section < 3; section++) {
      for (let left = readUint16(wire, HeaderOffset.ANCOUNT + 2 * section); left > 0; left--) {
        const fixedAt = skipName(wire, at, size)
        if (fixedAt < 0 || fixedAt + 10 > size) return this.#isUnwalkable()
        const end = fixedAt + 10 + readUint16(wire, fixedAt + 8)
        if (end > size) return this.#isUnwalkable()
        if (section === 2 && readUint16(wire, fixedAt) === Type.OPT && fixedAt === at + 1) {
          this.#optAt = at
          this.#optEnd = end
        }
        at = end
      }
      if (section === 0) this.#authorityAt = at
      else if (section === 1) this.#additionalAt = at
    }
    // Octets behind the last RR belong to nobody.
    this.size = at
    return true
  }

  /** Leaves a message without a record that could be visited; the octets stay as they are. */
  #isUnwalkable(): false {
    this.#answerAt = HEADER_SIZE
    this.#authorityAt = HEADER_SIZE
    this.#additionalAt = HEADER_SIZE
    this.#optAt = -1
    this.#optEnd = -1
    this.size = HEADER_SIZE
    return false
  }
}
