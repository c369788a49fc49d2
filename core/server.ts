/**
 * Answers the octets that one listener receives: protocol duties, choice of the server block,
 * chain, finish (DESIGN section 4; RFC 1035, RFC 6891 6.1.3). Hot path.
 */

import {
  Class,
  composeOpt,
  DnsError,
  type Exchange,
  HEADER_SIZE,
  HeaderOffset,
  Message,
  type Next,
  OPT_SIZE,
  ParseFault,
  type ParseFaultCode,
  parseQuery,
  type Query,
  Rcode,
  skipName,
  writeUint16,
} from '@fingerpost/sdk'
import { failureOf, type Link } from './chain.ts'
import { SAMPLE_INTERVAL } from './chain-sampling.ts'
import { finish } from './finish.ts'
import type { Reply as ReplyOctets } from './listen/serve.ts'
import type { ZoneTable } from './zone-table.ts'

/** A server block as the way of a query sees it. */
export interface Route {
  /** The keys of the block, for people. */
  readonly name: string
  readonly links: readonly Link[]
  /** Whether the block takes a query; undefined for one that takes all of its zones'. */
  readonly accepts: ((query: Query) => boolean) | undefined
  /** Undefined when no plugin of the block takes part in answering. */
  readonly chain: Next | undefined
  /** The same chain, measured: one query of many takes it. */
  readonly sampledChain: Next | undefined
}

/** Told of queries that no server block takes, and of what they get. */
export type OnDropped = (query: Query, response: Message) => void

/** What a listener's octets are turned into; undefined when nothing shall be sent. */
export type Reply = ReplyOctets | undefined

// How deep lookups of plugins may nest (an alias that leads to an alias …).
const MAX_DEPTH = 10
const OPCODE_AND_RD = 0x79

/** The server blocks behind one listener. */
export class Server {
  readonly #zones: ZoneTable<Route>
  /** Undefined unless a block has a view, so that the others' queries don't pay for it. */
  readonly #choose: typeof accept | undefined
  readonly #servesAllClasses: boolean
  /** Clients' queries that wait for something. */
  pendingCount = 0

  readonly #onDropped: OnDropped | undefined
  #untilSample = 1

  constructor(zones: ZoneTable<Route>, servesAllClasses: boolean, onDropped?: OnDropped) {
    this.#onDropped = onDropped
    this.#zones = zones
    this.#choose = zones.values().some(({ accepts }) => accepts) ? accept : undefined
    this.#servesAllClasses = servesAllClasses
  }

  /** Answers a client. Never throws, never rejects. A property so that it can be handed around. */
  readonly serve = (wire: Uint8Array, exchange: Exchange): Reply | Promise<Reply> => {
    const query = parseQuery(wire, exchange)
    if (typeof query === 'number') return replyToFault(query, wire)
    if (query.optAt >= 0 && wire[query.optAt + 6] !== 0) return replyToVersion(query)
    const response = this.answer(query)
    if (response instanceof Message) return conclude(query, response)
    this.pendingCount++
    return response.then((message) => {
      this.pendingCount--
      return conclude(query, message)
    })
  }

  /** Answers a query with a message that is not finished yet. */
  answer(query: Query): Message | Promise<Message> {
    if (query.qclass !== Class.IN && (!this.#servesAllClasses || query.qclass === Class.ANY)) {
      return this.#refuse(query)
    }
    const route = this.#zones.find(query, this.#choose)
    if (route?.chain === undefined || route.sampledChain === undefined) return this.#refuse(query)
    if (--this.#untilSample > 0) return route.chain(query)
    this.#untilSample = SAMPLE_INTERVAL
    return route.sampledChain(query)
  }

  #refuse(query: Query): Message {
    const response = query.reply({ rcode: Rcode.REFUSED })
    this.#onDropped?.(query, response)
    return response
  }

  /** The server block that a query goes to. */
  route(query: Query): Route | undefined {
    return this.#zones.find(query, this.#choose)
  }

  /** Answers a lookup of a plugin; see `Host.resolve`. */
  async resolve(query: Query): Promise<Message> {
    if (query.depth > MAX_DEPTH) {
      return failureOf(query, new DnsError('lookup-depth', 'lookups nest too deeply'))
    }
    return this.answer(query.with({ depth: query.depth + 1 }))
  }
}

/** Finishes a response, and those that follow it when they are sent. */
function conclude(query: Query, response: Message): Reply {
  const reply: Reply = sealed(query, finish(query, response))
  if (response.following !== undefined && reply !== undefined) {
    reply.following = finishAll(query, response.following)
  }
  return reply
}

function sealed(query: Query, wire: Uint8Array | undefined): Uint8Array | undefined {
  return query.seal === undefined || wire === undefined ? wire : query.seal(wire)
}

function* finishAll(query: Query, messages: Iterator<Message>): Iterator<Uint8Array> {
  for (let next = messages.next(); !next.done; next = messages.next()) {
    const wire = sealed(query, finish(query, next.value))
    if (wire !== undefined) yield wire
  }
}

/** Whether a block takes a query. What a view looked at is of no use to another block. */
function accept({ accepts }: Route, query: Query): boolean {
  if (accepts === undefined || accepts(query)) return true
  query.metadata = undefined
  return false
}

/** What is no query gets a header alone, with id, opcode and RD; the question if it was sound. */
function replyToFault(fault: ParseFaultCode, wire: Uint8Array): Reply {
  if (fault === ParseFault.SILENCE) return undefined
  const hasQuestion = fault === ParseFault.FORMAT_ERROR_IN_RECORDS
  const reply = new Uint8Array(hasQuestion ? skipName(wire, HEADER_SIZE) + 4 : HEADER_SIZE)
  reply[0] = wire[0] as number
  reply[1] = wire[1] as number
  reply[2] = 0x80 | ((wire[2] as number) & OPCODE_AND_RD)
  reply[3] = faultRcodes[fault]
  if (hasQuestion) {
    reply[5] = 1
    reply.set(wire.subarray(HEADER_SIZE, reply.length), HEADER_SIZE)
  }
  return reply
}

const faultRcodes = {
  [ParseFault.NOT_IMPLEMENTED]: Rcode.NOTIMP,
  [ParseFault.FORMAT_ERROR]: Rcode.FORMERR,
  [ParseFault.FORMAT_ERROR_IN_RECORDS]: Rcode.FORMERR,
  [ParseFault.NO_QUESTION]: Rcode.SERVFAIL,
} as const

/** BADVERS: the upper bits of the RCODE are in OPT, the rest of which is empty (RFC 6891 6.1.3). */
function replyToVersion(query: Query): Uint8Array {
  const extendedRcode = Rcode.BADVERS >> 4
  const reply = query.reply({ isAuthoritative: false })
  const wire = new Uint8Array(reply.size + OPT_SIZE)
  wire.set(reply.wire.subarray(0, reply.size))
  composeOpt(wire, reply.size, { udpSize: 0, extendedRcode, version: 0, flags: 0, options: [] })
  writeUint16(wire, HeaderOffset.ARCOUNT, 1)
  return wire
}
