/** CAA: who may issue certificates (RFC 8659). */

import { type Field, fields, type RdataCodec } from './codec.ts'
import { characterString, restAsString, uint8 } from './fields.ts'

/** RDATA of CAA. */
export interface CaaData {
  /** Bit 7 (128) is Issuer Critical. */
  readonly flags: number
  /** Letters and digits: `issue`, `issuewild`, `iodef`. */
  readonly tag: string
  readonly value: Uint8Array
}

const tag: Field<string> = {
  compose(to, value) {
    if (!isTag(value)) throw new RangeError(`expected a tag of letters and digits, got '${value}'`)
    to.characterString(new TextEncoder().encode(value))
  },
  parse(from) {
    const octets = characterString.parse(from)
    if (octets === undefined) return undefined
    const text = String.fromCharCode(...octets)
    return isTag(text) ? text : undefined
  },
  format: String,
  parseText(from) {
    const text = from.word('a tag like issue')
    if (!isTag(text)) throw from.error('a tag of letters and digits', text)
    return text
  },
}

export const caaCodec: RdataCodec<CaaData> = fields<CaaData>({
  flags: uint8,
  tag,
  value: restAsString,
})

function isTag(text: string): boolean {
  return /^[a-z0-9]{1,255}$/i.test(text)
}
