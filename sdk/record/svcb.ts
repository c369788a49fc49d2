/** SVCB and HTTPS: how to reach a service (RFC 9460). */

import type { Name } from '../wire/name.ts'
import { type Field, fields, type RdataCodec } from './codec.ts'
import { name, uint16 } from './fields.ts'
import {
  areSvcParamsConsistent,
  formatSvcParam,
  parseSvcParamText,
  type SvcParam,
} from './svc-param.ts'

/** RDATA of SVCB and HTTPS. */
export interface SvcbData {
  /** 0 makes it an alias. */
  readonly priority: number
  /** The root stands for the owner, or for "no service" in an alias. */
  readonly target: Name
  /** Ascending by key. */
  readonly params: readonly SvcParam[]
}

const params: Field<readonly SvcParam[]> = {
  compose(to, values) {
    const sorted = [...values].sort((a, b) => a.key - b.key)
    if (!areSvcParamsConsistent(sorted)) throw new RangeError('SvcParams contradict each other')
    for (const { key, value } of sorted) {
      to.uint16(key)
      to.uint16(value.length)
      to.octets(value)
    }
  },
  parse(from) {
    const values: SvcParam[] = []
    while (from.left > 0) {
      const key = from.uint16()
      const size = from.uint16()
      const value = size === undefined ? undefined : from.octets(size)
      if (key === undefined || value === undefined) return undefined
      values.push({ key, value })
    }
    return areSvcParamsConsistent(values) ? values : undefined
  },
  format: (values) => values.map(formatSvcParam).join(' '),
  parseText(from) {
    const values: SvcParam[] = []
    while (from.peek !== undefined) values.push(parseSvcParamText(from))
    values.sort((a, b) => a.key - b.key)
    if (!areSvcParamsConsistent(values)) {
      throw new RangeError('has a key twice, or lacks one that is mandatory')
    }
    return values
  },
}

export const svcbCodec: RdataCodec<SvcbData> = fields<SvcbData>({
  priority: uint16,
  target: name,
  params,
})
