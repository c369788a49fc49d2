/**
 * Lines about queries: text with placeholders, taken apart once. Written by *log*, and into the
 * messages of *dnstap* (what CoreDNS calls a replacer).
 */

import { formatClass } from './dns/class.ts'
import { formatRcode } from './dns/rcode.ts'
import { formatType } from './dns/type.ts'
import { Flag } from './wire/header.ts'
import type { Message } from './wire/message.ts'
import type { Query } from './wire/query.ts'

/** What a line is about. */
export interface FormattedExchange {
  readonly query: Query
  /** Undefined before there is one. */
  readonly response: Message | undefined
  readonly durationMs: number
}

/** Makes the line. */
export type QueryFormat = (exchange: FormattedExchange) => string

const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" ' +
  '{rcode} {>rflags} {rsize} {duration}'

// What a placeholder stands for when there is nothing to say.
const EMPTY = '-'

/** Takes a format apart. Braces around anything but a placeholder are text. */
export function parseQueryFormat(text: string): QueryFormat {
  const whole = text
    .replaceAll('{common}', COMMON)
    .replaceAll('{combined}', `${COMMON} "{>opcode}"`)
  const parts = whole.split(/(\{[^{}]*\})/).map((part): QueryFormat => {
    if (part.startsWith('{/')) {
      const label = part.slice(2, -1)
      return ({ query }) => query.metadata?.get(label) || EMPTY
    }
    const name = part.startsWith('{') ? part.slice(1, -1) : ''
    const format = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
    return format ?? (() => part)
  })
  return (exchange) => parts.map((part) => part(exchange)).join('')
}

const placeholders: Readonly<Record<string, QueryFormat>> = {
  type: ({ query }) => formatType(query.qtype),
  class: ({ query }) => formatClass(query.qclass),
  name: ({ query }) => query.qname.toLowerCase().toString(),
  proto: ({ query }) => (query.isStream ? 'tcp' : 'udp'),
  size: ({ query }) => String(query.wire.length),
  remote: ({ query }) => formatHost(query.clientAddress),
  port: ({ query }) => String(query.clientPort),
  local: ({ query }) => formatHost(query.listener.address || '::'),
  rcode: ({ response }) => (isSent(response) ? formatRcode(response.rcode) : EMPTY),
  rsize: ({ response }) => (isSent(response) ? String(response.size) : '0'),
  duration: ({ durationMs }) => `${formatSeconds(durationMs)}s`,
  '>id': ({ query }) => String(query.id),
  '>opcode': ({ query }) => String(query.opcode),
  '>do': ({ query }) => String(query.isDnssecOk),
  '>bufsize': ({ query }) => String(query.maxReplySize),
  '>rflags': ({ query, response }) => (isSent(response) ? formatFlags(query, response) : EMPTY),
}

function isSent(response: Message | undefined): response is Message {
  return response !== undefined && !response.isDropped
}

function formatHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** To the nanosecond, without zeros at the end and without an exponent. */
function formatSeconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(9).replace(/\.?0+$/, '')
}

const flagNames: readonly (readonly [number, string])[] = [
  [Flag.QR, 'qr'],
  [Flag.AA, 'aa'],
  [Flag.TC, 'tc'],
  [Flag.RD, 'rd'],
  [Flag.RA, 'ra'],
  [Flag.Z, 'z'],
  [Flag.AD, 'ad'],
  [Flag.CD, 'cd'],
]

/** The flags as they will be sent: core copies RD and CD from the query into every response. */
function formatFlags(query: Query, response: Message): string {
  const copied = Flag.RD | Flag.CD
  const flags = (response.flags & ~copied) | (query.flags & copied) | Flag.QR
  return flagNames
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join(',')
}
