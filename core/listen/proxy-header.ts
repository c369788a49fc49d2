/**
 * Headers of the PROXY protocol, versions 1 and 2, with which a balancer tells whose connection or
 * datagram it hands on. https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */

import { formatIp, parseIp } from '@fingerpost/sdk'
import type { Client } from './serve.ts'

export interface ProxyHeader {
  /** Octets of the header. */
  readonly length: number
  /** Undefined when the balancer speaks for itself (`LOCAL`), or does not know (`UNKNOWN`). */
  readonly client: Client | undefined
}

/** Octets of the longest header that is accepted; additional values (TLVs) are passed over. */
export const MAX_PROXY_HEADER = 4096

/**
 * Reads the header at the start of a connection or a datagram. `none`: it starts with something
 * else; `partial`: it may be one, when more has come.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | 'none' | 'partial' | 'malformed' {
  if (startsAlike(bytes, V2_SIGNATURE)) {
    return bytes.length < V2_FIXED_LENGTH ? 'partial' : readBinary(bytes)
  }
  if (startsAlike(bytes, V1_SIGNATURE)) return readText(bytes)
  return 'none'
}

const V1_SIGNATURE = Uint8Array.from('PROXY ', (letter) => letter.charCodeAt(0))
/** Of the longest line, section 2.1, with its end. */
const V1_MAX_LENGTH = 107
const V1_LINE = /^PROXY (?:TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})|UNKNOWN(?: .*)?)$/

const V2_SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10)
const V2_FIXED_LENGTH = 16
const V2_VERSION = 2
const LOCAL_COMMAND = 0
const PROXY_COMMAND = 1
/** Octets of an address by address family (section 2.2); others carry none that DNS knows. */
const ADDRESS_LENGTHS = [0, 4, 16] as const

/** Whether one is the start of the other. */
function startsAlike(bytes: Uint8Array, signature: Uint8Array): boolean {
  const length = Math.min(bytes.length, signature.length)
  for (let at = 0; at < length; at++) if (bytes[at] !== signature[at]) return false
  return true
}

function readText(bytes: Uint8Array): ProxyHeader | 'partial' | 'malformed' {
  const lineEnd = bytes.subarray(0, V1_MAX_LENGTH).indexOf(10)
  if (lineEnd < 0) return bytes.length < V1_MAX_LENGTH ? 'partial' : 'malformed'
  if (bytes[lineEnd - 1] !== 13) return 'malformed'
  const match = V1_LINE.exec(String.fromCharCode(...bytes.subarray(0, lineEnd - 1)))
  if (match === null) return 'malformed'
  const length = lineEnd + 1
  const [, family, source = '', destination = '', port, destinationPort] = match
  if (family === undefined) return { length, client: undefined }
  const address = parseIp(source)
  const size = family === '4' ? 4 : 16
  const isWhole =
    address?.length === size &&
    parseIp(destination)?.length === size &&
    Number(port) <= 0xffff &&
    Number(destinationPort) <= 0xffff
  return isWhole
    ? { length, client: { address: formatIp(address), port: Number(port) } }
    : 'malformed'
}

function readBinary(bytes: Uint8Array): ProxyHeader | 'partial' | 'malformed' {
  const [versionAndCommand = 0, familyAndTransport = 0, high = 0, low = 0] = bytes.subarray(12, 16)
  const command = versionAndCommand & 15
  const length = V2_FIXED_LENGTH + (high << 8) + low
  if (versionAndCommand >> 4 !== V2_VERSION || command > PROXY_COMMAND) return 'malformed'
  if (length > MAX_PROXY_HEADER) return 'malformed'
  if (bytes.length < length) return 'partial'
  const size = ADDRESS_LENGTHS[familyAndTransport >> 4] ?? 0
  if (command === LOCAL_COMMAND || size === 0) return { length, client: undefined }
  const portAt = V2_FIXED_LENGTH + 2 * size
  if (length < portAt + 4) return 'malformed'
  const address = formatIp(bytes.slice(V2_FIXED_LENGTH, V2_FIXED_LENGTH + size))
  return { length, client: { address, port: (bytes[portAt]! << 8) | bytes[portAt + 1]! } }
}
