/** NSEC, NSEC3 and NSEC3PARAM: proofs of absence (RFC 4034 4, RFC 5155 3 and 4). */

import type { Name } from '../wire/name.ts'
import { formatBase32Hex, formatHex, parseBase32Hex, parseHex } from './base-text.ts'
import { type Field, fields, type RdataCodec } from './codec.ts'
import { characterString, name, uint8, uint16 } from './fields.ts'
import { MAX_STRING_SIZE } from './rdata-writer.ts'
import { typeBitmap } from './type-bitmap.ts'

/** RDATA of NSEC. */
export interface NsecData {
  readonly nextName: Name
  /** Types at the owner, ascending. */
  readonly types: readonly number[]
}

export const nsecCodec: RdataCodec<NsecData> = fields<NsecData>({
  nextName: name,
  types: typeBitmap,
})

/** RDATA of NSEC3PARAM. */
export interface Nsec3ParamData {
  readonly hashAlgorithm: number
  readonly flags: number
  readonly iterations: number
  /** At most 255 octets; none is written `-`. */
  readonly salt: Uint8Array
}

/** RDATA of NSEC3. */
export interface Nsec3Data extends Nsec3ParamData {
  readonly nextHashedOwner: Uint8Array
  /** Types at the original owner, ascending. */
  readonly types: readonly number[]
}

const salt: Field<Uint8Array> = {
  ...characterString,
  format: (value) => (value.length === 0 ? '-' : formatHex(value).toUpperCase()),
  parseText(from) {
    const text = from.word('a salt')
    if (text === '-') return new Uint8Array()
    const octets = parseHex(text)
    if (octets === undefined || octets.length === 0 || octets.length > MAX_STRING_SIZE) {
      throw from.error("hex digits or '-'", text)
    }
    return octets
  },
}

const hashedOwner: Field<Uint8Array> = {
  ...characterString,
  parse(from) {
    const octets = from.characterString()
    return octets === undefined || octets.length === 0 ? undefined : octets
  },
  format: (value) => formatBase32Hex(value).toUpperCase(),
  parseText(from) {
    const text = from.word('a hash')
    const octets = parseBase32Hex(text)
    if (octets === undefined || octets.length === 0 || octets.length > MAX_STRING_SIZE) {
      throw from.error('a hash in Base32hex', text)
    }
    return octets
  },
}

const parameters = { hashAlgorithm: uint8, flags: uint8, iterations: uint16, salt }

export const nsec3ParamCodec: RdataCodec<Nsec3ParamData> = fields<Nsec3ParamData>(parameters)

export const nsec3Codec: RdataCodec<Nsec3Data> = fields<Nsec3Data>({
  ...parameters,
  nextHashedOwner: hashedOwner,
  types: typeBitmap,
})
