/** SRV: the location of a service (RFC 2782). */

import type { Name } from '../wire/name.ts'
import { fields, type RdataCodec } from './codec.ts'
import { name, uint16 } from './fields.ts'

/** RDATA of SRV. */
export interface SrvData {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: Name
}

export const srvCodec: RdataCodec<SrvData> = fields<SrvData>({
  priority: uint16,
  weight: uint16,
  port: uint16,
  target: name,
})
