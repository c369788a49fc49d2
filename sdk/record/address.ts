/** A and AAAA: addresses of hosts (RFC 1035 3.4.1, RFC 3596). */

import { fields, type RdataCodec } from './codec.ts'
import { ipv4, ipv6 } from './fields.ts'

/** RDATA of A and AAAA. */
export interface AddressData {
  /** 4 octets for A, 16 for AAAA. */
  readonly address: Uint8Array
}

export const aCodec: RdataCodec<AddressData> = fields<AddressData>({ address: ipv4 })
export const aaaaCodec: RdataCodec<AddressData> = fields<AddressData>({ address: ipv6 })
