/** URI: where a service is, as a URI (RFC 7553). */

import { fields, type RdataCodec } from './codec.ts'
import { restAsString, uint16 } from './fields.ts'

/** RDATA of URI. */
export interface UriData {
  readonly priority: number
  readonly weight: number
  /** The URI, not a character-string: it has no length octet. */
  readonly target: Uint8Array
}

export const uriCodec: RdataCodec<UriData> = fields<UriData>({
  priority: uint16,
  weight: uint16,
  target: restAsString,
})
