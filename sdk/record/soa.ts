/** SOA: the start of a zone of authority (RFC 1035 3.3.13, RFC 2308 section 4). */

import type { Name } from '../wire/name.ts'
import { fields, type RdataCodec } from './codec.ts'
import { name, seconds, uint32 } from './fields.ts'

/** RDATA of SOA. */
export interface SoaData {
  /** The primary name server. */
  readonly mname: Name
  /** The mailbox of who is responsible, `@` written as a dot. */
  readonly rname: Name
  readonly serial: number
  readonly refreshSeconds: number
  readonly retrySeconds: number
  readonly expireSeconds: number
  /** Upper limit of the TTL of negative responses (RFC 2308). */
  readonly minimumSeconds: number
}

export const soaCodec: RdataCodec<SoaData> = fields<SoaData>({
  mname: name,
  rname: name,
  serial: uint32,
  refreshSeconds: seconds,
  retrySeconds: seconds,
  expireSeconds: seconds,
  minimumSeconds: seconds,
})
