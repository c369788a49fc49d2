/**
 * Where RDATA holds names, for the types whose names may be compressed in a message: those of
 * RFC 1035, and those of RFC 3597 section 4 that a receiver must still be able to undo.
 */

import { Type } from '../dns/type.ts'
import { MAX_NAME_SIZE } from './name.ts'
import { copyName, skipName } from './parse-name.ts'

/** The layout of RDATA: `prefix` octets, `strings` character-strings, `names` names, the rest. */
export interface RdataNames {
  readonly prefix: number
  readonly strings: number
  readonly names: number
  /** Octets after the names; exact, so that malformed RDATA is seen. */
  readonly suffix: number
  /** Whether a sender may compress the names (RFC 3597: only types of RFC 1035). */
  readonly mayCompress: boolean
}

const layout = (
  names: number,
  { prefix = 0, strings = 0, suffix = 0, mayCompress = false } = {},
): RdataNames => ({ prefix, strings, names, suffix, mayCompress })

const compressed = { mayCompress: true }
const layouts = new Map<number, RdataNames>([
  [Type.NS, layout(1, compressed)],
  [Type.MD, layout(1, compressed)],
  [Type.MF, layout(1, compressed)],
  [Type.CNAME, layout(1, compressed)],
  [Type.SOA, layout(2, { suffix: 20, mayCompress: true })],
  [Type.MB, layout(1, compressed)],
  [Type.MG, layout(1, compressed)],
  [Type.MR, layout(1, compressed)],
  [Type.PTR, layout(1, compressed)],
  [Type.MINFO, layout(2, compressed)],
  [Type.MX, layout(1, { prefix: 2, mayCompress: true })],
  [Type.RP, layout(2)],
  [Type.AFSDB, layout(1, { prefix: 2 })],
  [Type.RT, layout(1, { prefix: 2 })],
  [Type.PX, layout(2, { prefix: 2 })],
  [Type.SRV, layout(1, { prefix: 6 })],
  [Type.NAPTR, layout(1, { prefix: 4, strings: 3 })],
  [Type.KX, layout(1, { prefix: 2 })],
  [Type.DNAME, layout(1)],
])

/** The layout of the RDATA of `type`; undefined when no name in it is ever compressed. */
export function rdataNames(type: number): RdataNames | undefined {
  return layouts.get(type)
}

const scratch = new Uint8Array(2 * MAX_NAME_SIZE + 0xffff)

/**
 * Copies the RDATA at `at` out of a message with its names uncompressed; undefined when the names
 * in it are malformed.
 */
export function parseRdataOctets(
  message: Uint8Array,
  type: number,
  at: number,
  size: number,
): Uint8Array | undefined {
  const names = layouts.get(type)
  if (names === undefined) return message.slice(at, at + size)
  const end = at + size
  const namesAt = skipFixed(message, names, at, end)
  if (namesAt < 0) return undefined
  let written = namesAt - at
  scratch.set(message.subarray(at, namesAt))
  let offset = namesAt
  for (let i = 0; i < names.names; i++) {
    const copied = copyName(message, offset, scratch, written, end)
    if (copied < 0) return undefined
    written += copied
    offset = skipName(message, offset, end)
    if (offset < 0) return undefined
  }
  if (end - offset !== names.suffix) return undefined
  scratch.set(message.subarray(offset, end), written)
  return scratch.slice(0, written + names.suffix)
}

/** The offset of the first name in RDATA at `at`, or -1 when what precedes it is cut short. */
export function skipFixed(bytes: Uint8Array, names: RdataNames, at: number, end: number): number {
  at += names.prefix
  for (let i = 0; i < names.strings && at < end; i++) at += 1 + (bytes[at] as number)
  return at >= end ? -1 : at
}
