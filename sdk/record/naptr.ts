/** NAPTR: rewriting rules that lead to services (RFC 3403 4). */

import type { Name } from '../wire/name.ts'
import { fields, type RdataCodec } from './codec.ts'
import { characterString, name, uint16 } from './fields.ts'

/** RDATA of NAPTR. */
export interface NaptrData {
  readonly order: number
  readonly preference: number
  readonly flags: Uint8Array
  readonly services: Uint8Array
  readonly regexp: Uint8Array
  readonly replacement: Name
}

export const naptrCodec: RdataCodec<NaptrData> = fields<NaptrData>({
  order: uint16,
  preference: uint16,
  flags: characterString,
  services: characterString,
  regexp: characterString,
  replacement: name,
})
