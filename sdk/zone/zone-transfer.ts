/** A whole zone in the order in which it is sent to others (RFC 5936 2.2, RFC 1995 2). */

import { Type } from '../dns/type.ts'
import type { Rr } from '../wire/rr.ts'
import { isNewer } from './serial.ts'
import type { ZoneData } from './zone-data.ts'

// Records per piece: a message holds some hundreds.
const PIECE_SIZE = 256

/**
 * The records of a zone, the SOA first and last; the SOA alone for who has `serial`, if that is
 * not behind.
 */
export function* transferOut(data: ZoneData, serial: number | undefined): Generator<readonly Rr[]> {
  const { names, records } = data
  const soa = data.rrs(records.find(data.soaNode, Type.SOA), names.name(data.soaNode))
  yield soa
  if (serial !== undefined && !isNewer(data.serial as number, serial)) return
  let piece: Rr[] = []
  for (let node = 0; node < names.count; node++) {
    const owner = names.name(node)
    for (let set = records.firstSet(node); set >= 0; set = records.nextSet(set)) {
      if (records.type(set) !== Type.SOA) data.rrs(set, owner, piece)
      if (piece.length < PIECE_SIZE) continue
      yield piece
      piece = []
    }
  }
  yield [...piece, ...soa]
}
