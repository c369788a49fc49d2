/** MX: where mail for the owner goes (RFC 1035 3.3.9, RFC 7505). */

import type { Name } from '../wire/name.ts'
import { fields, type RdataCodec } from './codec.ts'
import { name, uint16 } from './fields.ts'

/** RDATA of MX. */
export interface MxData {
  readonly preference: number
  readonly exchange: Name
}

export const mxCodec: RdataCodec<MxData> = fields<MxData>({ preference: uint16, exchange: name })
