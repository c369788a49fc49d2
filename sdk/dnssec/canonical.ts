/** The canonical form of RRsets, which signatures are made over. RFC 4034 6, RFC 6840 5.1. */

import { LOWER } from '../wire/octets.ts'
import { rdataNames, skipFixed } from '../wire/rdata-names.ts'
import type { Rr } from '../wire/rr.ts'

/** RDATA with the names in lower case that types of RFC 4034 6.2 have in it. */
export function canonicalRdata({ type, rdata }: Pick<Rr, 'type' | 'rdata'>): Uint8Array {
  const layout = rdataNames(type)
  if (layout === undefined) return rdata
  const lower = rdata.slice()
  let at = skipFixed(rdata, layout, 0, rdata.length)
  for (let i = 0; i < layout.names && at >= 0 && at < lower.length; i++) {
    while (lower[at] !== 0 && at < lower.length) {
      const end = at + 1 + (lower[at] as number)
      for (at++; at < end; at++) lower[at] = LOWER[lower[at] as number] as number
    }
    at++
  }
  return lower
}

/** Compares octets as unsigned numbers, what ends earlier first (RFC 4034 6.3). */
export function compareOctets(left: Uint8Array, right: Uint8Array): number {
  const size = Math.min(left.length, right.length)
  for (let i = 0; i < size; i++) {
    const difference = (left[i] as number) - (right[i] as number)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
