/**
 * What the EDNS options hold: client subnet (RFC 7871), cookies (RFC 7873), NSID (RFC 5001), TCP
 * keepalive (RFC 7828), padding (RFC 7830) and extended DNS errors (RFC 8914). Parsing takes an
 * option's data and gives undefined when it is malformed; composing gives the whole option and
 * throws a RangeError for what has no wire form.
 */

import type { ExtendedError } from '../errors.ts'
import { EdnsOption, type EdnsOptionData } from './edns.ts'
import { readUint16, writeUint16 } from './octets.ts'

/** The data of the first option with `code`; undefined without one. */
export function findEdnsOption(
  options: readonly EdnsOptionData[],
  code: number,
): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.data
}

/** The network a query comes from. */
export interface ClientSubnet {
  /** 4 octets, or 16, zeros behind the prefix; none when the client wants no subnet to be used. */
  readonly address: Uint8Array
  /** Bits of the address that the client tells. */
  readonly sourcePrefixLength: number
  /** Bits of the address that the answer holds for; 0 in queries. */
  readonly scopePrefixLength: number
}

const FAMILY_IPV4 = 1
const FAMILY_IPV6 = 2

/** Reads ECS data (RFC 7871 section 6); bits behind the prefix must be zero. */
export function parseClientSubnet(data: Uint8Array): ClientSubnet | undefined {
  if (data.length < 4) return undefined
  const family = readUint16(data, 0)
  const addressSize = sizeOfFamily(family)
  const sourcePrefixLength = data[2] as number
  const scopePrefixLength = data[3] as number
  if (addressSize === undefined) return undefined
  if (sourcePrefixLength > 8 * addressSize || scopePrefixLength > 8 * addressSize) return undefined
  if (data.length - 4 !== Math.ceil(sourcePrefixLength / 8)) return undefined
  if (hasBitsBehind(data, 4, sourcePrefixLength)) return undefined
  const address = new Uint8Array(addressSize)
  address.set(data.subarray(4))
  return { address, sourcePrefixLength, scopePrefixLength }
}

/** Makes an ECS option; bits behind the source prefix are left out. */
export function composeClientSubnet(subnet: ClientSubnet): EdnsOptionData {
  const { address, sourcePrefixLength, scopePrefixLength } = subnet
  const family = [0, 4, 16].indexOf(address.length)
  if (family < 0) throw new RangeError(`an address has 4 or 16 octets, not ${address.length}`)
  for (const length of [sourcePrefixLength, scopePrefixLength]) {
    if (!(Number.isInteger(length) && length >= 0 && length <= 8 * address.length)) {
      throw new RangeError(`${length} is no prefix length of such an address`)
    }
  }
  const size = Math.ceil(sourcePrefixLength / 8)
  const data = new Uint8Array(4 + size)
  writeUint16(data, 0, family)
  data[2] = sourcePrefixLength
  data[3] = scopePrefixLength
  data.set(address.subarray(0, size), 4)
  if (sourcePrefixLength % 8 > 0) {
    data[3 + size] = (data[3 + size] as number) & (0xff00 >> (sourcePrefixLength % 8))
  }
  return { code: EdnsOption.ECS, data }
}

/** A DNS cookie. */
export interface Cookie {
  /** 8 octets. */
  readonly client: Uint8Array
  /** 8 to 32 octets; none when the client does not know one yet. */
  readonly server: Uint8Array
}

/** Reads COOKIE data (RFC 7873 section 4). */
export function parseCookie(data: Uint8Array): Cookie | undefined {
  const isLegal = data.length === 8 || (data.length >= 16 && data.length <= 40)
  return isLegal ? { client: data.slice(0, 8), server: data.slice(8) } : undefined
}

/** Makes a COOKIE option. */
export function composeCookie({ client, server }: Cookie): EdnsOptionData {
  const data = new Uint8Array(client.length + server.length)
  data.set(client)
  data.set(server, client.length)
  if (client.length !== 8 || parseCookie(data) === undefined) {
    throw new RangeError('a cookie has 8 octets of the client and 0 or 8 to 32 of the server')
  }
  return { code: EdnsOption.COOKIE, data }
}

/** Makes an NSID option; without an identifier it asks for one (RFC 5001). Any data is legal. */
export function composeNsid(identifier: string | Uint8Array = ''): EdnsOptionData {
  const data = typeof identifier === 'string' ? new TextEncoder().encode(identifier) : identifier
  return { code: EdnsOption.NSID, data }
}

/** How long a TCP connection may idle; no time in a client's option. */
export interface Keepalive {
  readonly timeoutMs: number | undefined
}

/** Reads TCP keepalive data (RFC 7828 section 3.1): nothing, or a number of 100 ms. */
export function parseKeepalive(data: Uint8Array): Keepalive | undefined {
  if (data.length === 0) return { timeoutMs: undefined }
  return data.length === 2 ? { timeoutMs: readUint16(data, 0) * 100 } : undefined
}

/** Makes a TCP keepalive option; the time is cut to tenths of a second. */
export function composeKeepalive({ timeoutMs }: Keepalive): EdnsOptionData {
  if (timeoutMs === undefined) return { code: EdnsOption.KEEPALIVE, data: new Uint8Array() }
  const tenths = Math.floor(timeoutMs / 100)
  if (!(tenths >= 0 && tenths <= 0xffff)) throw new RangeError(`${timeoutMs} ms is out of range`)
  return { code: EdnsOption.KEEPALIVE, data: Uint8Array.of(tenths >> 8, tenths & 0xff) }
}

/** Makes a padding option of `sizeBytes` zeros, its own header not counted (RFC 7830). */
export function composePadding(sizeBytes: number): EdnsOptionData {
  return { code: EdnsOption.PADDING, data: new Uint8Array(sizeBytes) }
}

/** Reads extended DNS error data (RFC 8914 section 2). */
export function parseExtendedError(data: Uint8Array): ExtendedError | undefined {
  if (data.length < 2) return undefined
  // Some senders end the text with a NUL, which is to be ignored.
  const text = new TextDecoder().decode(data.subarray(2)).replace(/\0$/, '')
  return { infoCode: readUint16(data, 0), ...(text !== '' && { text }) }
}

/** Makes an extended DNS error option. */
export function composeExtendedError({ infoCode, text = '' }: ExtendedError): EdnsOptionData {
  const extraText = new TextEncoder().encode(text)
  const data = new Uint8Array(2 + extraText.length)
  writeUint16(data, 0, infoCode)
  data.set(extraText, 2)
  return { code: EdnsOption.EDE, data }
}

/** Octets of an address of `family`; 0 is used for no address at all. */
function sizeOfFamily(family: number): number | undefined {
  if (family === 0) return 0
  return family === FAMILY_IPV4 ? 4 : family === FAMILY_IPV6 ? 16 : undefined
}

/** Tells whether the last octet of a prefix at `at` has bits that are not part of it. */
function hasBitsBehind(data: Uint8Array, at: number, prefixLength: number): boolean {
  const bits = prefixLength % 8
  if (bits === 0) return false
  const last = data[at + (prefixLength >> 3)] as number
  return (last & (0xff >> bits)) !== 0
}
