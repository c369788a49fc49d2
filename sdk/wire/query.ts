/**
 * A query as plugins see it: the octets it came in and the fields a chain decides by. RFC 1035 4,
 * RFC 6891, RFC 9619. Hot path.
 */

import { formatClass } from '../dns/class.ts'
import { formatType } from '../dns/type.ts'
import type { Metadata } from '../metadata.ts'
import { compose } from './compose.ts'
import {
  composeOpt,
  EDNS_DO,
  type EdnsOptionData,
  ednsOptionsSize,
  OPT_SIZE,
  parseEdnsOptions,
} from './edns.ts'
import { Flag, HEADER_SIZE, HeaderOffset } from './header.ts'
import { Message } from './message.ts'
import { formatName, Name } from './name.ts'
import { readUint16, writeUint16 } from './octets.ts'
import type { Rr } from './rr.ts'

/** How a query travels. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'https'

/** The listening socket a query came in on. */
export interface Listener {
  /** A small number, different for each listener of the process: for arrays of counters. */
  readonly index: number
  readonly transport: Transport
  /** The address bound, empty for the wildcard. */
  readonly address: string
  readonly port: number
  /** CoreDNS's name of the server, e.g. `dns://:53`: the label `server` of metrics. */
  readonly label: string
}

/** The ends of the exchange that a query is part of. */
export interface Exchange {
  readonly listener: Listener
  /** The client's address in text form, without brackets or zone. */
  readonly clientAddress: string
  readonly clientPort: number
  /** Takes what plugins have to say about a query that somebody wants explained. */
  readonly trace?: ((note: string) => void) | undefined
  /** What plugins know about the query that this exchange is about. */
  readonly metadata?: Metadata | undefined
}

/** What a plugin answers with; see {@link Query.reply}. */
export interface ReplyParts {
  /** NOERROR by default. Those above 15 reach clients that know EDNS only. */
  readonly rcode?: number
  /** Sets AA; true unless the RCODE is one of SERVFAIL, REFUSED, FORMERR, NOTIMP. */
  readonly isAuthoritative?: boolean
  readonly answer?: readonly Rr[]
  readonly authority?: readonly Rr[]
  readonly additional?: readonly Rr[]
  /** Adds an OPT record with these options (extended errors, say). */
  readonly edns?: {
    readonly udpSize: number
    readonly flags: number
    readonly options: readonly EdnsOptionData[]
  }
  readonly cause?: unknown
}

// Options that go back to the client as they came (reference behaviour of CoreDNS: NSID, EXPIRE,
// COOKIE, TCP-KEEPALIVE, PADDING); all others are left out of a reply that has no OPT of its own.
const isEchoed = (code: number): boolean => code === 3 || (code >= 9 && code <= 12)

/** A query. Made by `parseQuery` from a client's octets, or by {@link composeQuery}. */
export class Query implements Exchange {
  /** The whole message. */
  readonly wire: Uint8Array
  readonly id: number
  readonly qtype: number
  readonly qclass: number
  /** Offset after the question; the name is at 12, uncompressed, up to `questionEnd - 4`. */
  readonly questionEnd: number
  /** Hash of the name, equal for all spellings of it; see `hashName`. */
  readonly qnameHash: number
  /** Offset of the OPT record, -1 without one. */
  readonly optAt: number
  readonly listener: Listener
  readonly clientAddress: string
  readonly clientPort: number
  /**
   * Set only for queries that are explained: what a plugin says here is shown to a person, such as
   * `query.trace?.('hit, 3 s old')`.
   */
  readonly trace: ((note: string) => void) | undefined
  /** Depth of internal lookups that led here: 0 for a client's own query. */
  readonly depth: number
  /** Labels about the query; undefined unless its block has *metadata*, which sets it. */
  metadata: Metadata | undefined
  /**
   * Makes what is sent of a message that is finished: *tsig* signs it. Each message of a long
   * response goes through it, in order.
   */
  seal: ((wire: Uint8Array) => Uint8Array) | undefined = undefined
  #receivedSize = -1
  #flags: number
  #qname: Name | undefined

  constructor(
    wire: Uint8Array,
    questionEnd: number,
    qnameHash: number,
    optAt: number,
    exchange: Exchange,
    depth = 0,
  ) {
    this.wire = wire
    this.id = readUint16(wire, HeaderOffset.ID)
    this.#flags = readUint16(wire, HeaderOffset.FLAGS)
    this.qtype = readUint16(wire, questionEnd - 4)
    this.qclass = readUint16(wire, questionEnd - 2)
    this.questionEnd = questionEnd
    this.qnameHash = qnameHash
    this.optAt = optAt
    this.listener = exchange.listener
    this.clientAddress = exchange.clientAddress
    this.clientPort = exchange.clientPort
    this.trace = exchange.trace
    this.depth = depth
    this.metadata = exchange.metadata
  }

  /** The 16 bits at offset 2; see {@link Flag}. */
  get flags(): number {
    return this.#flags
  }
  get opcode(): number {
    return (this.flags & Flag.OPCODE) >> 11
  }
  get isRecursionDesired(): boolean {
    return (this.flags & Flag.RD) !== 0
  }
  get isCheckingDisabled(): boolean {
    return (this.flags & Flag.CD) !== 0
  }
  /** The DO bit (RFC 3225). */
  get isDnssecOk(): boolean {
    return this.optAt >= 0 && (readUint16(this.wire, this.optAt + 7) & EDNS_DO) !== 0
  }
  get hasEdns(): boolean {
    return this.optAt >= 0
  }
  /** The payload size in the client's OPT; 0 without one. */
  get ednsSize(): number {
    return this.optAt < 0 ? 0 : readUint16(this.wire, this.optAt + 3)
  }
  /** Whether the client is reached over a stream, where a response may have 65,535 octets. */
  get isStream(): boolean {
    return this.listener.transport !== 'udp'
  }

  /**
   * Lowers the payload size in the client's OPT, for all who look at it from now on: plugins that
   * pass the query on, and the server that cuts the response. One of the two changes a query allows.
   */
  limitEdnsSize(maxOctets: number): void {
    if (this.ednsSize <= maxOctets) return
    if (this.#receivedSize < 0) this.#receivedSize = this.ednsSize
    writeUint16(this.wire, this.optAt + 3, maxOctets)
  }

  /** The octets as they came, for who checks a signature over them; `wire` unless it was changed. */
  get receivedWire(): Uint8Array {
    if (this.#receivedSize < 0) return this.wire
    const wire = this.wire.slice()
    writeUint16(wire, this.optAt + 3, this.#receivedSize)
    return wire
  }

  /** Sets and clears flags, for all who look at the query from now on, and for its response. */
  changeFlags(set: number, clear: number): void {
    this.#flags = ((this.#flags & ~clear) | set) & ~Flag.QR
    writeUint16(this.wire, HeaderOffset.FLAGS, this.#flags)
  }

  /** The name asked for, in the client's spelling. */
  get qname(): Name {
    this.#qname ??= new Name(this.wire.slice(HEADER_SIZE, this.questionEnd - 4))
    return this.#qname
  }

  /** The client's EDNS options. */
  get ednsOptions(): EdnsOptionData[] {
    if (this.optAt < 0) return []
    const size = readUint16(this.wire, this.optAt + 9)
    const start = this.optAt + OPT_SIZE
    return parseEdnsOptions(this.wire, start, start + size)
  }

  /** The client's options that a reply repeats when no plugin set an OPT of its own. */
  get echoedOptions(): readonly EdnsOptionData[] {
    if (this.optAt < 0 || readUint16(this.wire, this.optAt + 9) === 0) return noOptions
    return this.ednsOptions.filter((option) => isEchoed(option.code))
  }

  /** Room that a copy of a stored reply should leave behind it, so that its OPT needs no copy. */
  get replySlack(): number {
    return this.optAt < 0 ? 0 : OPT_SIZE
  }

  /** Octets a reply may have: RFC 6891 6.2.3 over UDP, RFC 1035 4.2.2 over streams. */
  get maxReplySize(): number {
    if (this.isStream) return 0xffff
    const size = this.ednsSize
    return size > 512 ? size : 512
  }

  /** Answers the query. TTLs, sections and AA are the plugin's; id, OPT and size are core's. */
  reply(parts: ReplyParts = {}): Message {
    const rcode = parts.rcode ?? 0
    const isFailure = rcode === 1 || rcode === 2 || rcode === 4 || rcode === 5
    const flags =
      Flag.QR |
      (this.flags & (Flag.OPCODE | Flag.RD | Flag.CD)) |
      ((parts.isAuthoritative ?? !isFailure) ? Flag.AA : 0) |
      (rcode & Flag.RCODE)
    const edns = parts.edns ?? (rcode > 15 && this.hasEdns ? plainEdns : undefined)
    const optSize = edns === undefined ? 0 : OPT_SIZE + ednsOptionsSize(edns.options)
    const { wire, isCut } = compose(
      {
        id: this.id,
        flags,
        question: this.wire.subarray(HEADER_SIZE, this.questionEnd),
        answer: parts.answer,
        authority: parts.authority,
        additional: parts.additional,
      },
      this.replySlack + optSize,
    )
    const message = new Message(wire, wire.length - this.replySlack - optSize)
    if (isCut) message.flags |= Flag.TC
    if (edns !== undefined) {
      const opt = { ...edns, extendedRcode: rcode >> 4, version: 0 }
      const size = composeOpt(wire, message.size, opt)
      writeUint16(wire, HeaderOffset.ARCOUNT, message.additionalCount + 1)
      message.relaid(size)
    }
    message.cause = parts.cause
    message.isLocalFailure = isFailure
    return message
  }

  /** A response like another one with other records; RCODE, AA, RA, TC, AD and OPT are kept. */
  replyLike(
    response: Message,
    sections: Pick<ReplyParts, 'answer' | 'authority' | 'additional'>,
  ): Message {
    const { edns } = response
    const reply = this.reply({
      rcode: response.rcode,
      isAuthoritative: response.isAuthoritative,
      ...sections,
      ...(edns && { edns }),
      cause: response.cause,
    })
    reply.flags |= response.flags & (Flag.RA | Flag.TC | Flag.AD)
    reply.isLocalFailure = response.isLocalFailure
    reply.answeredBy = response.answeredBy
    return reply
  }

  /** A response that makes the server send nothing at all. */
  drop(): Message {
    return Message.dropped
  }

  /** The same exchange with another question or OPT: for plugins that own the rest of the chain. */
  with(parts: Partial<QueryParts>): Query {
    return composeQuery({
      id: this.id,
      flags: this.flags,
      qname: this.qname,
      qtype: this.qtype,
      qclass: this.qclass,
      edns: this.optAt < 0 ? undefined : this.edns,
      exchange: this,
      depth: this.depth,
      ...parts,
    })
  }

  /** The OPT record decoded; undefined without one. */
  get edns(): QueryParts['edns'] {
    if (this.optAt < 0) return undefined
    return {
      udpSize: this.ednsSize,
      version: this.wire[this.optAt + 6] as number,
      flags: readUint16(this.wire, this.optAt + 7),
      options: this.ednsOptions,
    }
  }

  /** For people: `www.example.org. IN A`. */
  toString(): string {
    const name = formatName(this.wire, HEADER_SIZE)
    return `${name} ${formatClass(this.qclass)} ${formatType(this.qtype)}`
  }
}

const noOptions: readonly EdnsOptionData[] = []
const plainEdns = { udpSize: 0, flags: 0, options: noOptions }

/** The parts of a query to compose. */
export interface QueryParts {
  readonly id: number
  /** See {@link Flag}; QR is never set. */
  readonly flags: number
  readonly qname: Name
  readonly qtype: number
  readonly qclass: number
  readonly edns:
    | {
        readonly udpSize: number
        readonly version?: number
        readonly flags: number
        readonly options: readonly EdnsOptionData[]
      }
    | undefined
  readonly exchange: Exchange
  readonly depth: number
}

/** Composes a query of our own: internal lookups, health checks, tests. */
export function composeQuery(parts: QueryParts): Query {
  const nameSize = parts.qname.wire.length
  const questionEnd = HEADER_SIZE + nameSize + 4
  const options = parts.edns?.options ?? []
  const optSize = parts.edns === undefined ? 0 : OPT_SIZE + ednsOptionsSize(options)
  const wire = new Uint8Array(questionEnd + optSize)
  writeUint16(wire, HeaderOffset.ID, parts.id)
  writeUint16(wire, HeaderOffset.FLAGS, parts.flags & ~Flag.QR)
  writeUint16(wire, HeaderOffset.QDCOUNT, 1)
  wire.set(parts.qname.wire, HEADER_SIZE)
  writeUint16(wire, questionEnd - 4, parts.qtype)
  writeUint16(wire, questionEnd - 2, parts.qclass)
  if (parts.edns !== undefined) {
    writeUint16(wire, HeaderOffset.ARCOUNT, 1)
    composeOpt(wire, questionEnd, {
      udpSize: parts.edns.udpSize,
      version: parts.edns.version ?? 0,
      flags: parts.edns.flags,
      extendedRcode: 0,
      options,
    })
  }
  const optAt = parts.edns === undefined ? -1 : questionEnd
  return new Query(wire, questionEnd, parts.qname.hash, optAt, parts.exchange, parts.depth)
}
