/** TXT and SPF: one character-string or more (RFC 1035 3.3.14, RFC 7208 3.1). */

import { formatCharacterString } from './character-string.ts'
import { type Field, fields, type RdataCodec } from './codec.ts'
import { MAX_RDATA_SIZE, MAX_STRING_SIZE } from './rdata-writer.ts'

/** RDATA of TXT. */
export interface TxtData {
  /** At least one, each of at most 255 octets. */
  readonly strings: readonly Uint8Array[]
}

const strings: Field<readonly Uint8Array[]> = {
  compose(to, values) {
    if (values.length === 0) throw new RangeError('TXT needs at least one string')
    for (const value of values) to.characterString(value)
  },
  parse(from) {
    const values: Uint8Array[] = []
    do {
      const value = from.characterString()
      if (value === undefined) return undefined
      values.push(value)
    } while (from.left > 0)
    return values
  },
  format: (values) => values.map(formatCharacterString).join(' '),
  parseText(from) {
    const values: Uint8Array[] = []
    do values.push(...splitString(from.octets(MAX_RDATA_SIZE)))
    while (from.peek !== undefined)
    return values
  },
}

export const txtCodec: RdataCodec<TxtData> = fields<TxtData>({ strings })

/** Cuts text that is too long for one character-string; readers join them again (RFC 7208 3.3). */
export function splitString(octets: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < octets.length; at += MAX_STRING_SIZE) {
    parts.push(octets.subarray(at, at + MAX_STRING_SIZE))
  }
  return parts.length > 0 ? parts : [octets]
}
