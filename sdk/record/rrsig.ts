/** RRSIG: the signature of an RRset (RFC 4034 3). */

import type { Name } from '../wire/name.ts'
import { type Field, fields, type RdataCodec } from './codec.ts'
import { dnssecAlgorithm } from './dnssec-key.ts'
import { name, restAsBase64, rrType, seconds, uint8, uint16, uint32 } from './fields.ts'

/** RDATA of RRSIG. */
export interface RrsigData {
  readonly typeCovered: number
  readonly algorithm: number
  /** Labels of the owner without root and wildcard. */
  readonly labels: number
  readonly originalTtlSeconds: number
  /** Seconds since 1970, modulo 2^32. */
  readonly expiration: number
  /** Seconds since 1970, modulo 2^32. */
  readonly inception: number
  readonly keyTag: number
  readonly signer: Name
  readonly signature: Uint8Array
}

/** A time, in text `YYYYMMDDHHmmSS` in UTC or the number of seconds (RFC 4034 3.2). */
const time: Field<number> = {
  ...uint32,
  format: formatTime,
  parseText(from) {
    if (from.peek?.text.length !== 14) return from.uint(0xffffffff)
    const text = from.word('a time')
    const value = parseTime(text)
    if (value === undefined) throw from.error('a time like 20260131235959', text)
    return value
  },
}

export const rrsigCodec: RdataCodec<RrsigData> = fields<RrsigData>({
  typeCovered: rrType,
  algorithm: dnssecAlgorithm,
  labels: uint8,
  originalTtlSeconds: seconds,
  expiration: time,
  inception: time,
  keyTag: uint16,
  signer: name,
  signature: restAsBase64,
})

function formatTime(value: number): string {
  return new Date(value * 1000).toISOString().slice(0, 19).replace(/\D/g, '')
}

/** Reads a date from 1970 on; what 32 bits can't count wraps around, as serial numbers do. */
function parseTime(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC carries over what does not exist (31 April): such a text is refused.
  const isReal = new Date(milliseconds).toISOString().slice(0, 19).replace(/\D/g, '') === text
  return isReal && milliseconds >= 0 ? (milliseconds / 1000) % 2 ** 32 : undefined
}
