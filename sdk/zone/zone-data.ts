/**
 * The records of one zone: names in a tree, RRsets by name. Made once, by reading a file or a
 * transfer, then only read. RFC 1034 4.2, RFC 2181 5.
 */

import { Class } from '../dns/class.ts'
import { Type } from '../dns/type.ts'
import type { Name } from '../wire/name.ts'
import { LOWER } from '../wire/octets.ts'
import type { Rr } from '../wire/rr.ts'
import { NameOrder } from './name-order.ts'
import { APEX, NameTree, NodeFlag } from './name-tree.ts'
import { RecordTable } from './record-table.ts'
import { serialOf } from './serial.ts'

/** Records that a zone may have; more would not fit into a machine's memory beside the rest. */
export const MAX_ZONE_RECORDS = 10_000_000

/** What became of a record that was to be added. */
export type Addition = 'added' | 'known' | 'outside' | 'second-soa' | 'nsec3' | 'too-many'

/** The records of one zone. */
export class ZoneData {
  readonly names: NameTree
  readonly records: RecordTable
  /** Names that deny others (RFC 4034 4), in canonical order; undefined in an unsigned zone. */
  denials: NameOrder | undefined
  /** The node of the SOA: the apex, unless the file has that of another name only; -1 without. */
  soaNode = -1
  /** Whether there are signatures: only then DO makes a difference. */
  isSigned = false
  #nsecNodes: number[] = []

  /** Makes an empty zone with room for `expected` records. */
  constructor(origin: Name, expected?: number) {
    this.names = new NameTree(origin, expected)
    this.records = new RecordTable(expected)
  }

  get origin(): Name {
    return this.names.origin
  }

  /** The SOA's serial; undefined without a SOA. */
  get serial(): number | undefined {
    const soa = this.soaNode < 0 ? -1 : this.records.find(this.soaNode, Type.SOA)
    if (soa < 0) return undefined
    return serialOf({ rdata: this.records.rdata(this.records.first(soa)) })
  }

  /** Adds a record of class IN whose RDATA is well-formed. */
  addRr({ owner, type, ttlSeconds, rdata }: Rr): Addition {
    const node = this.names.add(owner.wire, 0)
    if (node < 0) return 'outside'
    // CoreDNS serves the names of these types so; lengths of labels are no letters.
    const isLower = type === Type.NS || type === Type.CNAME || type === Type.SOA || type === Type.MX
    const octets = isLower ? rdata.map((octet) => LOWER[octet] as number) : rdata
    if (type === Type.SOA) octets.set(rdata.subarray(rdata.length - 20), rdata.length - 20)
    if (type === Type.MX) octets.set(rdata.subarray(0, 2))
    return this.addTo(node, type, ttlSeconds, octets, 0, octets.length)
  }

  /**
   * Adds a record of a transfer; one outside of the zone is left out.
   * @throws Error for a record that can't be served.
   */
  addStrictly(rr: Rr): void {
    const addition = this.addRr(rr)
    if (addition === 'nsec3') throw new Error('it has NSEC3 records, which are not supported')
    if (addition === 'too-many') throw new Error(`it has more than ${MAX_ZONE_RECORDS} records`)
  }

  /** Adds a record to a node that is known already. */
  addTo(
    node: number,
    type: number,
    ttlSeconds: number,
    rdata: Uint8Array,
    at: number,
    size: number,
  ): Addition {
    if (this.records.count >= MAX_ZONE_RECORDS) return 'too-many'
    if (type === Type.NSEC3 || type === Type.NSEC3PARAM) return 'nsec3'
    const isSecond = type === Type.SOA && this.records.find(node, type) >= 0
    if (!this.records.add(node, type, ttlSeconds, rdata, at, size)) return 'known'
    if (isSecond) return 'second-soa'
    if (type === Type.NS && node !== APEX) this.names.setFlag(node, NodeFlag.DELEGATION)
    else if (type === Type.CNAME) this.names.setFlag(node, NodeFlag.CNAME)
    else if (type === Type.DNAME) this.names.setFlag(node, NodeFlag.DNAME)
    else if (type === Type.SOA && (node === APEX || this.soaNode < 0)) this.soaNode = node
    else if (type === Type.RRSIG) this.isSigned = true
    else if (type === Type.NSEC) this.#nsecNodes.push(node)
    return 'added'
  }

  /** Ends the making of the zone. */
  seal(): this {
    this.records.seal()
    if (this.#nsecNodes.length > 0) this.denials = new NameOrder(this.names, this.#nsecNodes)
    this.#nsecNodes = []
    return this
  }

  /** The records of an RRset as records of `owner`. */
  rrs(set: number, owner: Name, into: Rr[] = []): Rr[] {
    const { records } = this
    const type = records.type(set)
    for (let record = records.first(set); record >= 0; record = records.next(record)) {
      into.push({
        owner,
        type,
        class: Class.IN,
        ttlSeconds: records.ttlSeconds(record),
        rdata: records.rdata(record),
      })
    }
    return into
  }
}
