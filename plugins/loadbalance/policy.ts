/** What decides about the order of records, and what it gets to see of them. */

import { type Name, Type } from '@fingerpost/sdk'

/** Records of one kind in one section. The policy looks at them and swaps them. */
export interface Candidates {
  readonly count: number
  swap(left: number, right: number): void
  owner(index: number): Name
  rdata(index: number): Uint8Array
}

/** Decides which record comes first. */
export interface Policy {
  /** Whether the order in responses to queries of this type is touched at all. */
  appliesTo(qtype: number): boolean
  /** Orders authority sections too, and all kinds of records even where there is no address. */
  readonly ordersAll: boolean
  arrangeAddresses(candidates: Candidates): void
  arrangeExchanges(candidates: Candidates): void
}

/** Places of the kinds of records in a section. */
export const Rank = { ALIAS: 0, OTHER: 1, ADDRESS: 2, EXCHANGE: 3 } as const

/** The place of a record's kind. */
export function rankOf(type: number): number {
  if (type === Type.A || type === Type.AAAA) return Rank.ADDRESS
  if (type === Type.CNAME) return Rank.ALIAS
  return type === Type.MX ? Rank.EXCHANGE : Rank.OTHER
}
