/**
 * Composes dnstap's messages about clients and about upstreams: CLIENT_QUERY, CLIENT_RESPONSE,
 * FORWARDER_QUERY and FORWARDER_RESPONSE (dnstap.proto).
 */

import { parseIp, type Query, type Transport } from '@fingerpost/sdk'
import { ProtobufWriter } from './protobuf.ts'

/** Fields of `Dnstap`. */
const Envelope = { IDENTITY: 1, VERSION: 2, EXTRA: 3, MESSAGE: 14, TYPE: 15 } as const
const TYPE_MESSAGE = 1

/** Fields of `Message`. */
const Field = {
  TYPE: 1,
  SOCKET_FAMILY: 2,
  SOCKET_PROTOCOL: 3,
  QUERY_ADDRESS: 4,
  RESPONSE_ADDRESS: 5,
  QUERY_PORT: 6,
  RESPONSE_PORT: 7,
  QUERY_TIME_SECONDS: 8,
  QUERY_TIME_NANOSECONDS: 9,
  QUERY_MESSAGE: 10,
  RESPONSE_TIME_SECONDS: 12,
  RESPONSE_TIME_NANOSECONDS: 13,
  RESPONSE_MESSAGE: 14,
} as const
const CLIENT_QUERY = 5
const CLIENT_RESPONSE = 6
const FORWARDER_QUERY = 7
const FORWARDER_RESPONSE = 8
const INET = 1
const INET6 = 2
const protocols: Readonly<Record<Transport, number>> = { udp: 1, tcp: 2, tls: 3, https: 4 }

const encoder = new TextEncoder()

/** What a message is about. */
export interface Tapped {
  readonly query: Query
  /** Who was asked; undefined when the server was, by its client. */
  readonly upstream?: Upstream | undefined
  /** When the query was sent, in milliseconds since the epoch; parts of them count. */
  readonly queryTimeMs: number
  /** What the server says of itself about this query; empty for nothing. */
  readonly extra: string
  /** The response as it was sent, and when; undefined for the query itself. */
  readonly response: { readonly wire: Uint8Array; readonly timeMs: number } | undefined
}

/** An upstream, and what it was asked over. */
export interface Upstream {
  readonly address: string
  readonly port: number
  readonly transport: Transport
}

/** Composes messages for one collector. */
export class TapMessages {
  readonly #isFull: boolean
  readonly #identity: Uint8Array
  readonly #message = new ProtobufWriter()
  readonly #envelope = new ProtobufWriter()

  /** `isFull` adds the octets of queries and responses. */
  constructor(identity: string, version: string, isFull: boolean) {
    this.#isFull = isFull
    const fields = new ProtobufWriter()
    if (identity !== '') fields.octets(Envelope.IDENTITY, encoder.encode(identity))
    if (version !== '') fields.octets(Envelope.VERSION, encoder.encode(version))
    this.#identity = fields.written
  }

  /** Gives one frame; valid until the next one is composed. */
  compose(tapped: Tapped): Uint8Array {
    const message = this.#compose(tapped)
    const { extra } = tapped
    const envelope = this.#envelope.reset().raw(this.#identity)
    if (extra !== '') envelope.octets(Envelope.EXTRA, encoder.encode(extra))
    envelope.octets(Envelope.MESSAGE, message)
    return envelope.number(Envelope.TYPE, TYPE_MESSAGE).written
  }

  #compose({ query, upstream, queryTimeMs, response }: Tapped): Uint8Array {
    const asked = upstream ?? query.listener
    const address = parseIp(query.clientAddress)
    const message = this.#message
      .reset()
      .number(Field.TYPE, typeOf(upstream !== undefined, response !== undefined))
      .number(Field.SOCKET_FAMILY, address?.length === 4 ? INET : INET6)
      .number(Field.SOCKET_PROTOCOL, protocols[asked.transport])
    if (address !== undefined) message.octets(Field.QUERY_ADDRESS, address)
    // The wildcard says nothing of where the client sent its query.
    const responder = asked.address === '' ? undefined : parseIp(asked.address)
    if (responder !== undefined) message.octets(Field.RESPONSE_ADDRESS, responder)
    message.number(Field.QUERY_PORT, query.clientPort).number(Field.RESPONSE_PORT, asked.port)
    message
      .number(Field.QUERY_TIME_SECONDS, secondsOf(queryTimeMs))
      .fixed32(Field.QUERY_TIME_NANOSECONDS, nanosecondsOf(queryTimeMs))
    if (response === undefined) {
      const wire = upstream === undefined ? query.receivedWire : query.wire
      if (this.#isFull) message.octets(Field.QUERY_MESSAGE, wire)
      return message.written
    }
    message
      .number(Field.RESPONSE_TIME_SECONDS, secondsOf(response.timeMs))
      .fixed32(Field.RESPONSE_TIME_NANOSECONDS, nanosecondsOf(response.timeMs))
    if (this.#isFull) message.octets(Field.RESPONSE_MESSAGE, response.wire)
    return message.written
  }
}

function typeOf(isForwarder: boolean, isResponse: boolean): number {
  if (isForwarder) return isResponse ? FORWARDER_RESPONSE : FORWARDER_QUERY
  return isResponse ? CLIENT_RESPONSE : CLIENT_QUERY
}

function secondsOf(timeMs: number): number {
  return Math.floor(timeMs / 1000)
}

function nanosecondsOf(timeMs: number): number {
  return Math.floor((timeMs % 1000) * 1e6)
}
