/** NS, CNAME, PTR and DNAME: RDATA that is one name (RFC 1035 3.3, RFC 6672). */

import type { Name } from '../wire/name.ts'
import { fields, type RdataCodec } from './codec.ts'
import { name } from './fields.ts'

/** RDATA of NS, CNAME, PTR and DNAME. */
export interface TargetData {
  readonly target: Name
}

export const targetCodec: RdataCodec<TargetData> = fields<TargetData>({ target: name })
