/** Serials of SOA records, and their arithmetic (RFC 1982). */

import { readUint32 } from '../wire/octets.ts'
import type { Rr } from '../wire/rr.ts'

/** Whether serial `left` is newer than `right`; false for the pair that can't be compared. */
export function isNewer(left: number, right: number): boolean {
  const distance = (left - right) >>> 0
  return distance !== 0 && distance < 0x80000000
}

/** The serial of a well-formed SOA record: it and four times end the RDATA. */
export function serialOf({ rdata }: Pick<Rr, 'rdata'>): number {
  return readUint32(rdata, rdata.length - 20)
}
