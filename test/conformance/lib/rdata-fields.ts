/**
 * The kinds of fields that RDATA consists of, each formatted from wire and composed from words.
 * RFC 1035 3.3, RFC 4034 4.1.2 (type bitmaps), RFC 5155 3.2, RFC 5952, RFC 9460 2.1.
 */

import { isIPv4, isIPv6 } from 'node:net'
import { rrTypes } from './mnemonics.ts'
import { composeName } from './name.ts'
import type { WireReader } from './wire-reader.ts'

/** A kind of field; `compose` takes the words it needs from the front of the list. */
interface FieldCodec {
  format(reader: WireReader): string
  compose(words: string[]): Buffer
}

/** The names of the kinds of fields. */
export type Field =
  | 'base64'
  | 'hashedName'
  | 'hex'
  | 'ipv4'
  | 'ipv6'
  | 'name'
  | 'quotedRest'
  | 'salt'
  | 'serviceParameters'
  | 'string'
  | 'strings'
  | 'tag'
  | 'type'
  | 'typeBitmap'
  | 'u16'
  | 'u32'
  | 'u8'

/** The codec of each kind of field. */
export const fields: Readonly<Record<Field, FieldCodec>> = {
  u8: { format: (r) => String(r.u8()), compose: (words) => integer(words, 1) },
  u16: { format: (r) => String(r.u16()), compose: (words) => integer(words, 2) },
  u32: { format: (r) => String(r.u32()), compose: (words) => integer(words, 4) },
  name: { format: (r) => r.name(), compose: (words) => composeName(take(words)) },
  ipv4: { format: (r) => r.take(4).join('.'), compose: (words) => composeIPv4(take(words)) },
  ipv6: { format: (r) => formatIPv6(r.take(16)), compose: (words) => composeIPv6(take(words)) },
  type: {
    format: (r) => rrTypes.format(r.u16()),
    compose: (words) => integer([String(rrTypes.parseText(take(words)))], 2),
  },
  string: { format: (r) => quote(r.counted()), compose: (words) => counted(octetsOf(take(words))) },
  strings: {
    format: (r) => takeAll(r, () => quote(r.counted())).join(' '),
    compose: (words) => Buffer.concat(words.splice(0).map((word) => counted(octetsOf(word)))),
  },
  tag: {
    format: (r) => r.counted().toString('latin1'),
    compose: (words) => counted(octetsOf(take(words))),
  },
  quotedRest: { format: (r) => quote(r.rest()), compose: (words) => octetsOf(take(words)) },
  hex: {
    format: (r) => r.rest().toString('hex').toUpperCase(),
    compose: (words) => Buffer.from(words.splice(0).join(''), 'hex'),
  },
  base64: {
    format: (r) => r.rest().toString('base64'),
    compose: (words) => Buffer.from(words.splice(0).join(''), 'base64'),
  },
  salt: {
    format: (r) => r.counted().toString('hex').toUpperCase() || '-',
    compose: (words) => counted(Buffer.from(take(words).replace('-', ''), 'hex')),
  },
  hashedName: { format: (r) => base32hex(r.counted()), compose: () => refuse('hashed names') },
  typeBitmap: { format: formatTypeBitmap, compose: () => refuse('type bitmaps') },
  serviceParameters: {
    format: (r) => takeAll(r, () => formatServiceParameter(r)).join(' '),
    compose: (words) => (words.length === 0 ? Buffer.alloc(0) : refuse('service parameters')),
  },
}

function take(words: string[]): string {
  const word = words.shift()
  if (word === undefined) throw new Error('RDATA has too few words')
  return word
}

function takeAll(reader: WireReader, takeOne: () => string): string[] {
  const all: string[] = []
  while (!reader.isAtEnd) all.push(takeOne())
  return all
}

function refuse(what: string): never {
  throw new Error(`${what} aren't composed: write the RDATA as \\# LENGTH HEX`)
}

function integer(words: string[], octets: 1 | 2 | 4): Buffer {
  const value = take(words)
  if (!/^\d+$/.test(value)) throw new Error(`not a number: "${value}"`)
  const field = Buffer.alloc(octets)
  field.writeUIntBE(Number(value), 0, octets)
  return field
}

/** The octets of a word whose `\"`, `\\` and `\DDD` are still escaped. */
function octetsOf(word: string): Buffer {
  const unescaped = word.replace(/\\(\d{3})|\\(.)/g, (_, ddd: string | undefined, char: string) =>
    ddd === undefined ? char : String.fromCharCode(Number(ddd)),
  )
  return Buffer.from(unescaped, 'latin1')
}

function counted(octets: Buffer): Buffer {
  return Buffer.concat([Buffer.of(octets.length), octets])
}

function quote(octets: Buffer): string {
  const escaped = Array.from(octets, (octet) => {
    if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`
    if (octet >= 0x20 && octet < 0x7f) return String.fromCharCode(octet)
    return `\\${String(octet).padStart(3, '0')}`
  })
  return `"${escaped.join('')}"`
}

function composeIPv4(text: string): Buffer {
  if (!isIPv4(text)) throw new Error(`not an IPv4 address: "${text}"`)
  return Buffer.from(text.split('.').map(Number))
}

/** The URL parser knows the form of RFC 5952, an independent second opinion on ours. */
function canonicalIPv6(text: string): string {
  if (!isIPv6(text)) throw new Error(`not an IPv6 address: "${text}"`)
  return new URL(`http://[${text}]/`).hostname.slice(1, -1)
}

function formatIPv6(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16))
  return canonicalIPv6(groups.join(':'))
}

function composeIPv6(text: string): Buffer {
  const [head = '', tail = ''] = canonicalIPv6(text).split('::')
  const left = head.split(':').filter((group) => group !== '')
  const right = tail.split(':').filter((group) => group !== '')
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  const groups = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0'))
  return Buffer.from(groups.join(''), 'hex')
}

function formatTypeBitmap(reader: WireReader): string {
  const types: string[] = []
  while (!reader.isAtEnd) {
    const first = reader.u8() * 256
    for (const [index, octet] of reader.counted().entries()) {
      for (let bit = 0; bit < 8; bit++) {
        if (octet & (0x80 >> bit)) types.push(rrTypes.format(first + index * 8 + bit))
      }
    }
  }
  return types.join(' ')
}

function base32hex(octets: Buffer): string {
  const bits = Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('')
  const fives = bits.match(/.{1,5}/g) ?? []
  return fives
    .map((five) => Number.parseInt(five.padEnd(5, '0'), 2).toString(32))
    .join('')
    .toUpperCase()
}

const serviceKeys = [
  ...['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath'],
]

function formatServiceParameter(reader: WireReader): string {
  const key = reader.u16()
  const name = serviceKeys[key] ?? `key${key}`
  const value = reader.take(reader.u16())
  return value.length === 0 ? name : `${name}=${formatServiceValue(name, value)}`
}

function formatServiceValue(name: string, value: Buffer): string {
  const chunks = (size: number, format: (chunk: Buffer) => string) =>
    Array.from({ length: Math.floor(value.length / size) }, (_, i) =>
      format(value.subarray(i * size, (i + 1) * size)),
    ).join(',')
  switch (name) {
    case 'port':
      return String(value.readUInt16BE())
    case 'ipv4hint':
      return chunks(4, (address) => address.join('.'))
    case 'ipv6hint':
      return chunks(16, formatIPv6)
    case 'mandatory':
      return chunks(2, (key) => serviceKeys[key.readUInt16BE()] ?? `key${key.readUInt16BE()}`)
    case 'alpn':
      return formatProtocolIds(value)
    default:
      return quote(value)
  }
}

function formatProtocolIds(value: Buffer): string {
  const ids: string[] = []
  for (let at = 0; at < value.length; at += 1 + value.readUInt8(at)) {
    ids.push(value.toString('latin1', at + 1, at + 1 + value.readUInt8(at)))
  }
  return ids.join(',')
}
