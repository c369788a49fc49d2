/** Formats of query log lines: text with placeholders, taken apart once (CoreDNS's *log*). */

import {
  Flag,
  formatClass,
  formatRcode,
  formatType,
  type Message,
  type Query,
} from '@fingerpost/sdk'

/** What a line is about. */
export interface Logged {
  readonly query: Query
  readonly response: Message
  readonly durationMs: number
}

/** Makes the line. */
export type LogFormat = (logged: Logged) => string

const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" ' +
  '{rcode} {>rflags} {rsize} {duration}'

// What a placeholder stands for when there is nothing to say.
const EMPTY = '-'

/** Takes a format apart. Braces around anything but a placeholder are text. */
export function parseLogFormat(text: string): LogFormat {
  const whole = text
    .replaceAll('{common}', COMMON)
    .replaceAll('{combined}', `${COMMON} "{>opcode}"`)
  const parts = whole.split(/(\{[^{}]*\})/).map((part): LogFormat => {
    if (part.startsWith('{/')) {
      const label = part.slice(2, -1)
      return ({ query }) => query.metadata?.get(label) || EMPTY
    }
    const name = part.startsWith('{') ? part.slice(1, -1) : ''
    const format = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
    return format ?? (() => part)
  })
  return (logged) => parts.map((part) => part(logged)).join('')
}

const placeholders: Readonly<Record<string, LogFormat>> = {
  type: ({ query }) => formatType(query.qtype),
  class: ({ query }) => formatClass(query.qclass),
  name: ({ query }) => query.qname.toLowerCase().toString(),
  proto: ({ query }) => (query.isStream ? 'tcp' : 'udp'),
  size: ({ query }) => String(query.wire.length),
  remote: ({ query }) => formatHost(query.clientAddress),
  port: ({ query }) => String(query.clientPort),
  local: ({ query }) => formatHost(query.listener.address || '::'),
  rcode: ({ response }) => (response.isDropped ? EMPTY : formatRcode(response.rcode)),
  rsize: ({ response }) => (response.isDropped ? '0' : String(response.size)),
  duration: ({ durationMs }) => `${formatSeconds(durationMs)}s`,
  '>id': ({ query }) => String(query.id),
  '>opcode': ({ query }) => String(query.opcode),
  '>do': ({ query }) => String(query.isDnssecOk),
  '>bufsize': ({ query }) => String(query.maxReplySize),
  '>rflags': ({ query, response }) => (response.isDropped ? EMPTY : formatFlags(query, response)),
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
