/** HINFO: CPU and OS of a host, and the answer to ANY (RFC 1035 3.3.2, RFC 8482). */

import { fields, type RdataCodec } from './codec.ts'
import { characterString } from './fields.ts'

/** RDATA of HINFO. */
export interface HinfoData {
  readonly cpu: Uint8Array
  readonly os: Uint8Array
}

export const hinfoCodec: RdataCodec<HinfoData> = fields<HinfoData>({
  cpu: characterString,
  os: characterString,
})
