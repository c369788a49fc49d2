/** The parameters of SVCB and HTTPS (RFC 9460 7 and appendix A; RFC 9461 dohpath; RFC 9540 ohttp). */

import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../dns/ip-address.ts'
import { readUint16 } from '../wire/octets.ts'
import { formatBase64, parseBase64 } from './base-text.ts'
import { escapeOctets, formatCharacterString, unescapeText } from './character-string.ts'
import type { TextReader } from './text-reader.ts'

/** Keys of parameters. */
export const SvcParamKey = {
  MANDATORY: 0,
  ALPN: 1,
  NO_DEFAULT_ALPN: 2,
  PORT: 3,
  IPV4HINT: 4,
  ECH: 5,
  IPV6HINT: 6,
  DOHPATH: 7,
  OHTTP: 8,
} as const

/** One parameter, its value as on the wire. */
export interface SvcParam {
  readonly key: number
  readonly value: Uint8Array
}

/** Tells whether keys ascend, values fit their keys and what is mandatory is there. */
export function areSvcParamsConsistent(params: readonly SvcParam[]): boolean {
  const keys = new Set<number>()
  let last = -1
  for (const { key, value } of params) {
    if (key <= last || !(form(key).isValid?.(value) ?? true)) return false
    keys.add(key)
    last = key
  }
  const mandatory = params.find(({ key }) => key === SvcParamKey.MANDATORY)
  if (mandatory !== undefined) {
    for (const key of splitUint16s(mandatory.value)) if (!keys.has(key)) return false
  }
  // Without an ALPN of its own a service with this key would have none (RFC 9460 7.1.1).
  return keys.has(SvcParamKey.ALPN) || !keys.has(SvcParamKey.NO_DEFAULT_ALPN)
}

/** Writes `key=value`, or the key alone where there is no value. */
export function formatSvcParam({ key, value }: SvcParam): string {
  const name = forms[key]?.name ?? `key${key}`
  return value.length === 0 ? name : `${name}=${form(key).format(value)}`
}

/** Reads `key`, `key=value` or `key="value"`. */
export function parseSvcParamText(from: TextReader): SvcParam {
  const expected = 'a parameter like alpn=h2'
  const token = from.next(expected)
  const [, name, separator, rest] = /^([a-z0-9-]+)(=?)(.*)$/s.exec(token.text) ?? []
  const key = token.isQuoted || name === undefined ? undefined : parseKey(name)
  if (key === undefined || (separator === '' && rest !== '')) throw from.error(expected, token.text)
  from.field = name as string
  const isQuoted = separator === '=' && rest === '' && from.peek?.isJoined && from.peek.isQuoted
  const text = isQuoted ? from.word(expected) : (rest as string)
  const octets = unescapeText(text)
  const value = octets && form(key).parse(octets)
  if (value === undefined || !(form(key).isValid?.(value) ?? true)) {
    throw from.error(form(key).expected ?? 'a value', text)
  }
  from.field = ''
  return { key, value }
}

/** How the value of a parameter looks. `parse` takes text whose escapes were undone. */
interface Form {
  readonly name?: string
  readonly expected?: string
  isValid?(value: Uint8Array): boolean
  format(value: Uint8Array): string
  parse(text: Uint8Array): Uint8Array | undefined
}

const opaque: Form = { format: formatCharacterString, parse: (text) => text }

const forms: Readonly<Record<number, Form>> = {
  [SvcParamKey.MANDATORY]: {
    name: 'mandatory',
    expected: 'keys like alpn,port, each once',
    isValid: isMandatoryList,
    format: (value) => splitUint16s(value).map(formatKey).join(','),
    parse(text) {
      const keys = decode(text).split(',').map(parseKey)
      if (keys.includes(undefined)) return undefined
      const sorted = (keys as number[]).sort((a, b) => a - b)
      return Uint8Array.from(sorted.flatMap((key) => [key >> 8, key & 0xff]))
    },
  },
  [SvcParamKey.ALPN]: {
    name: 'alpn',
    expected: 'protocol ids like h2,h3',
    isValid: (value) => splitAlpn(value) !== undefined,
    format: (value) => formatList(splitAlpn(value) ?? []),
    parse: (text) => parseList(text),
  },
  [SvcParamKey.NO_DEFAULT_ALPN]: empty('no-default-alpn'),
  [SvcParamKey.PORT]: {
    name: 'port',
    expected: 'a port',
    isValid: (value) => value.length === 2,
    format: (value) => String(readUint16(value, 0)),
    parse(text) {
      const port = decode(text)
      if (!/^\d{1,5}$/.test(port) || Number(port) > 0xffff) return undefined
      return Uint8Array.of(Number(port) >> 8, Number(port) & 0xff)
    },
  },
  [SvcParamKey.IPV4HINT]: addresses('ipv4hint', 4, formatIpv4, parseIpv4),
  [SvcParamKey.ECH]: {
    name: 'ech',
    expected: 'Base64',
    isValid: (value) => value.length > 0,
    format: formatBase64,
    parse: (text) => parseBase64(decode(text)),
  },
  [SvcParamKey.IPV6HINT]: addresses('ipv6hint', 16, formatIpv6, parseIpv6),
  [SvcParamKey.DOHPATH]: { ...opaque, name: 'dohpath' },
  [SvcParamKey.OHTTP]: empty('ohttp'),
}

function form(key: number): Form {
  return forms[key] ?? opaque
}

function empty(name: string): Form {
  const isValid = (value: Uint8Array): boolean => value.length === 0
  return { ...opaque, name, expected: 'no value', isValid }
}

function addresses(
  name: string,
  size: number,
  format: (octets: Uint8Array) => string,
  parse: (text: string) => Uint8Array | undefined,
): Form {
  return {
    name,
    expected: 'addresses separated by commas',
    isValid: (value) => value.length > 0 && value.length % size === 0,
    format(value) {
      const texts: string[] = []
      for (let at = 0; at < value.length; at += size) {
        texts.push(format(value.subarray(at, at + size)))
      }
      return texts.join(',')
    },
    parse(text) {
      const octets = decode(text).split(',').map(parse)
      if (octets.includes(undefined)) return undefined
      return Uint8Array.from((octets as Uint8Array[]).flatMap((address) => [...address]))
    },
  }
}

/** Keys ascending, `mandatory` itself not among them (RFC 9460 section 8). */
function isMandatoryList(value: Uint8Array): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false
  const keys = splitUint16s(value)
  return keys.every((key, i) => key > (i === 0 ? 0 : (keys[i - 1] as number)))
}

function splitUint16s(value: Uint8Array): number[] {
  const numbers: number[] = []
  for (let at = 0; at + 1 < value.length; at += 2) numbers.push(readUint16(value, at))
  return numbers
}

/** The protocol ids, each with an octet of length before it. */
function splitAlpn(value: Uint8Array): Uint8Array[] | undefined {
  const ids: Uint8Array[] = []
  for (let at = 0; at < value.length; ) {
    const size = value[at] as number
    if (size === 0 || at + 1 + size > value.length) return undefined
    ids.push(value.subarray(at + 1, at + 1 + size))
    at += 1 + size
  }
  return ids.length > 0 ? ids : undefined
}

/** Writes a list whose commas and backslashes are escaped before the string is (appendix A.1). */
function formatList(values: readonly Uint8Array[]): string {
  const octets: number[] = []
  for (const [i, value] of values.entries()) {
    if (i > 0) octets.push(COMMA)
    for (const octet of value) {
      if (octet === COMMA || octet === BACKSLASH) octets.push(BACKSLASH)
      octets.push(octet)
    }
  }
  return `"${escapeOctets(Uint8Array.from(octets))}"`
}

/** Reads such a list to values with an octet of length before each. */
function parseList(text: Uint8Array): Uint8Array | undefined {
  const octets: number[] = []
  let value: number[] = []
  for (let at = 0; at <= text.length; at++) {
    let octet = text[at]
    if (octet === undefined || octet === COMMA) {
      if (value.length === 0 || value.length > 255) return undefined
      octets.push(value.length, ...value)
      value = []
      continue
    }
    if (octet === BACKSLASH) octet = text[++at]
    if (octet === undefined) return undefined
    value.push(octet)
  }
  return Uint8Array.from(octets)
}

const COMMA = 0x2c
const BACKSLASH = 0x5c

function formatKey(key: number): string {
  return forms[key]?.name ?? `key${key}`
}

function parseKey(text: string): number | undefined {
  for (const [key, { name }] of Object.entries(forms)) if (name === text) return Number(key)
  const match = /^key(0|[1-9]\d{0,4})$/.exec(text)
  return match && Number(match[1]) <= 0xffff ? Number(match[1]) : undefined
}

function decode(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += String.fromCharCode(octet)
  return text
}
