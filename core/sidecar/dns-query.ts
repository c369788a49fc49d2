/**
 * DNS over HTTP: messages by GET and POST, and lookups in the JSON form that public resolvers
 * have. RFC 8484; RFC 2308 5 for how long a denial may be kept.
 */

import { Message, Rcode, readUint32, Type } from '@fingerpost/sdk'
import type { Context, Env, Hono } from 'hono'
import type { AdminSource, ClientView } from './admin-source.ts'
import { composeJsonQuery, describeMessage } from './dns-json.ts'
import { HttpFault, limitBody, readBody, route } from './http-fault.ts'
import { MAX_MESSAGE_BODY_BYTES } from './http-limits.ts'
import { dnsJsonInput, read } from './input.ts'

const MESSAGE_TYPE = 'application/dns-message'
const JSON_TYPE = 'application/dns-json'
const HEADER_BYTES = 12

/** Adds `/dns-query` to an application. */
export function addDnsQuery<E extends Env>(
  app: Hono<E>,
  source: Pick<AdminSource, 'resolve'>,
  clientOf: (c: Context<E>) => ClientView,
): void {
  const answer = async (wire: Uint8Array, c: Context<E>): Promise<Message> => {
    const response = await source.resolve(wire, clientOf(c))
    const message = response && Message.parse(response)
    if (message !== undefined) return message
    throw new HttpFault(504, 'no-response', 'the server answers this with nothing')
  }
  const respond = async (wire: Uint8Array, c: Context<E>): Promise<Response> => {
    const message = await answer(wire, c)
    return c.body(message.toBytes() as Uint8Array<ArrayBuffer>, 200, {
      'content-type': MESSAGE_TYPE,
      'cache-control': cacheControl(message),
    })
  }
  app.use('/dns-query', limitBody(MAX_MESSAGE_BODY_BYTES))
  route(app, '/dns-query', {
    GET: async (c) => {
      const dns = c.req.query('dns')
      if (dns !== undefined) return respond(readMessage(dns), c)
      const question = read(dnsJsonInput, c.req.query())
      const message = await answer(composeJsonQuery(question), c)
      const body = JSON.stringify(describeMessage(message))
      const headers = { 'content-type': JSON_TYPE, 'cache-control': cacheControl(message) }
      return c.body(`${body}\n`, 200, headers)
    },
    POST: async (c) => {
      const [type = ''] = (c.req.header('content-type') ?? '').split(';')
      if (type.trim().toLowerCase() !== MESSAGE_TYPE) {
        throw new HttpFault(415, 'unsupported-type', `send a body of type ${MESSAGE_TYPE}`)
      }
      return respond(checked(await readBody(c, MAX_MESSAGE_BODY_BYTES)), c)
    },
  })
}

/** The octets in the parameter `dns`: base64url without padding (RFC 8484 6). */
function readMessage(text: string): Uint8Array {
  if (!/^[\w-]+={0,2}$/.test(text)) {
    throw new HttpFault(400, 'bad-message', 'dns: this is not base64url')
  }
  return checked(new Uint8Array(Buffer.from(text, 'base64url')))
}

/** What is wrong beyond the header, the server answers as it does for any client. */
function checked(wire: Uint8Array): Uint8Array {
  const isQuery = wire.length >= HEADER_BYTES && (wire[2] as number) < 0x80
  if (isQuery) return wire
  throw new HttpFault(400, 'bad-message', 'this is not a DNS query')
}

/** How long the response may be kept: RFC 8484 5.1. */
function cacheControl(message: Message): string {
  const seconds = freshSeconds(message)
  return seconds === undefined ? 'no-store' : `max-age=${seconds}`
}

/** The least TTL of the answer; of a denial, that of its SOA. Undefined where nothing says. */
function freshSeconds(message: Message): number | undefined {
  if (message.rcode !== Rcode.NOERROR && message.rcode !== Rcode.NXDOMAIN) return undefined
  const answer = message.answer
  if (answer.length > 0) return Math.min(...answer.map(({ ttlSeconds }) => ttlSeconds))
  const soa = message.authority.find(({ type }) => type === Type.SOA)
  if (soa === undefined) return undefined
  return Math.min(soa.ttlSeconds, readUint32(soa.rdata, soa.rdata.length - 4))
}
