/** The OPT pseudo-RR and its options (RFC 6891; option codes: IANA "DNS EDNS0 Option Codes"). */

import { readUint16, writeUint16 } from './octets.ts'

/** Octets of an OPT record without options. */
export const OPT_SIZE = 11

/** Option codes by name. */
export const EdnsOption = {
  LLQ: 1,
  UL: 2,
  NSID: 3,
  ECS: 8,
  EXPIRE: 9,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  CHAIN: 13,
  EDE: 15,
} as const

/** The DO bit within the 16 flag bits of OPT (RFC 3225). */
export const EDNS_DO = 0x8000

/** One option as it stands in the OPT record. */
export interface EdnsOptionData {
  readonly code: number
  readonly data: Uint8Array
}

/** What an OPT record says. */
export interface Edns {
  /** The sender's UDP payload size in octets. */
  readonly udpSize: number
  /** The upper eight bits of the RCODE. */
  readonly extendedRcode: number
  readonly version: number
  /** All 16 flag bits; see {@link EDNS_DO}. */
  readonly flags: number
  readonly options: readonly EdnsOptionData[]
}

/** Reads the options in `bytes[start, end)`; what is cut short is left out. */
export function parseEdnsOptions(bytes: Uint8Array, start: number, end: number): EdnsOptionData[] {
  const options: EdnsOptionData[] = []
  for (let at = start; at + 4 <= end; ) {
    const size = readUint16(bytes, at + 2)
    if (at + 4 + size > end) break
    options.push({ code: readUint16(bytes, at), data: bytes.slice(at + 4, at + 4 + size) })
    at += 4 + size
  }
  return options
}

/** Octets that `options` take in the OPT record. */
export function ednsOptionsSize(options: readonly EdnsOptionData[]): number {
  let size = 0
  for (const option of options) size += 4 + option.data.length
  return size
}

/** Writes an OPT record at `at` and returns the offset after it. */
export function composeOpt(bytes: Uint8Array, at: number, edns: Edns): number {
  bytes[at] = 0
  bytes[at + 1] = 0
  bytes[at + 2] = 41
  writeUint16(bytes, at + 3, edns.udpSize)
  bytes[at + 5] = edns.extendedRcode
  bytes[at + 6] = edns.version
  writeUint16(bytes, at + 7, edns.flags)
  writeUint16(bytes, at + 9, ednsOptionsSize(edns.options))
  at += OPT_SIZE
  for (const option of edns.options) {
    writeUint16(bytes, at, option.code)
    writeUint16(bytes, at + 2, option.data.length)
    bytes.set(option.data, at + 4)
    at += 4 + option.data.length
  }
  return at
}
