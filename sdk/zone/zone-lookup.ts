/**
 * What a zone says to a question: the algorithm of RFC 1034 4.3.2, with wildcards (RFC 4592),
 * DNAME (RFC 6672) and, where the zone is signed and the question wants it, signatures and denials
 * (RFC 4035 3.1). Where there is a choice, CoreDNS's is taken.
 */

import { Class } from '../dns/class.ts'
import { Rcode } from '../dns/rcode.ts'
import { Type } from '../dns/type.ts'
import { Name } from '../wire/name.ts'
import { readUint16 } from '../wire/octets.ts'
import type { Rr } from '../wire/rr.ts'
import { APEX, NodeFlag } from './name-tree.ts'
import type { ZoneData } from './zone-data.ts'
import { Ending, ZoneWalk } from './zone-walk.ts'

// As CoreDNS: the chain of a loop has ten records.
const MAX_ALIASES = 9

/** What a zone says; sections may be shared and are not to be changed. */
export interface Finding {
  readonly rcode: number
  readonly isAuthoritative: boolean
  readonly answer: readonly Rr[]
  readonly authority: readonly Rr[]
  readonly additional: readonly Rr[]
  /** What of the authority section proves that a wildcard was used. */
  readonly denial: readonly Rr[]
  /** Where a chain of aliases leaves what this zone can say: to be asked of the server. */
  readonly target: Name | undefined
  /** Whether the finding is the same for whatever spelling or name leads to the same node. */
  readonly isOfNode: boolean
}

const empty: Finding = {
  rcode: Rcode.NOERROR,
  isAuthoritative: true,
  answer: [],
  authority: [],
  additional: [],
  denial: [],
  target: undefined,
  isOfNode: false,
}

/** Finds answers in one zone. */
export class ZoneLookup {
  readonly data: ZoneData
  readonly #walk: ZoneWalk
  readonly #soa: readonly Rr[]
  readonly #signedSoa: readonly Rr[]
  readonly #ns: readonly Rr[]
  readonly #signedNs: readonly Rr[]

  constructor(data: ZoneData) {
    this.data = data
    this.#walk = new ZoneWalk(data.names)
    const soaOwner = data.names.name(data.soaNode)
    this.#soa = this.#rrs(data.soaNode, Type.SOA, soaOwner, false)
    this.#signedSoa = this.#rrs(data.soaNode, Type.SOA, soaOwner, true)
    this.#ns = this.#rrs(APEX, Type.NS, data.origin, false)
    this.#signedNs = this.#rrs(APEX, Type.NS, data.origin, true)
  }

  /** The SOA, with its signature for those who want it. */
  soa(isSigned: boolean): readonly Rr[] {
    return isSigned ? this.#signedSoa : this.#soa
  }

  /** The zone's name servers, with their signature for those who want it. */
  ns(isSigned: boolean): readonly Rr[] {
    return isSigned ? this.#signedNs : this.#ns
  }

  /** Walks to a name; see {@link ZoneWalk}. */
  walk(wire: Uint8Array, at: number, qtype: number): ZoneWalk {
    return this.#walk.to(wire, at, qtype)
  }

  /** What the zone says of `qname` (lower case) to whom a walk to it has just led. */
  find(qname: Name, qtype: number, isSigned: boolean): Finding {
    const { ending, node } = this.#walk
    switch (ending) {
      case Ending.EXACT:
        return this.#atNode(node, qname, qtype, isSigned, false)
      case Ending.WILDCARD:
        return this.#atNode(node, qname, qtype, isSigned, true)
      case Ending.DELEGATION:
        return this.#referral(node, isSigned)
      case Ending.DNAME:
        return this.#substitution(node, qname, qtype, isSigned)
      default:
        return this.#negative(
          Rcode.NXDOMAIN,
          isSigned,
          isSigned ? this.#denyName(node, qname) : [],
          false,
        )
    }
  }

  #atNode(node: number, owner: Name, qtype: number, isSigned: boolean, isWild: boolean): Finding {
    const { records, names } = this.data
    const set = records.find(node, qtype)
    if ((names.flags(node) & NodeFlag.CNAME) !== 0 && !(set >= 0 && isOfAlias(qtype))) {
      const answer = this.#rrs(node, Type.CNAME, owner, isSigned)
      const denial = isSigned && isWild ? this.#denials(owner) : []
      return this.#alias(answer, answer[0]?.rdata, qtype, isSigned, denial, !isWild)
    }
    if (set < 0) {
      const denial = isSigned ? this.#denyType(node, isWild ? owner : undefined) : []
      return this.#negative(Rcode.NOERROR, isSigned, denial, !isWild)
    }
    const answer = this.#rrs(node, qtype, owner, isSigned)
    const isApexNs = qtype === Type.NS && node === APEX
    const authority = isApexNs ? [] : this.ns(isSigned)
    return {
      ...empty,
      answer,
      authority: isSigned && isWild ? [...authority, ...this.#denials(owner)] : authority,
      additional: isApexNs ? this.#glue(APEX, set, isSigned) : this.#addresses(set, isSigned),
      isOfNode: !isWild,
    }
  }

  /** Follows aliases as far as their targets are names of this zone that have records. */
  #alias(
    answer: Rr[],
    target: Uint8Array | undefined,
    qtype: number,
    isSigned: boolean,
    denial: readonly Rr[],
    isOfNode: boolean,
  ): Finding {
    const { names, records } = this.data
    let outside: Name | undefined
    // CoreDNS says NODATA behind an alias without a SOA; who validates needs the proof.
    let proof: readonly Rr[] | undefined
    for (let count = 0; target !== undefined; count++) {
      const { ending, node } = this.#walk.to(target, 0, qtype)
      if (ending !== Ending.EXACT || records.firstSet(node) < 0) {
        outside = new Name(target)
        break
      }
      const isAlias = (names.flags(node) & NodeFlag.CNAME) !== 0
      const owner = names.name(node)
      const from = answer.length
      if (isAlias && count >= MAX_ALIASES) break
      this.#rrs(node, isAlias ? Type.CNAME : qtype, owner, isSigned, answer)
      target = isAlias ? answer[from]?.rdata : undefined
      if (isSigned && answer.length === from) {
        proof = [...this.#signedSoa, ...this.#rrs(node, Type.NSEC, owner, true)]
      }
    }
    const authority = proof ?? this.ns(isSigned)
    return {
      ...empty,
      answer,
      authority: denial.length > 0 ? [...authority, ...denial] : authority,
      denial,
      target: outside,
      isOfNode,
    }
  }

  /** A DNAME and the alias it makes of the name. */
  #substitution(node: number, qname: Name, qtype: number, isSigned: boolean): Finding {
    const owner = this.data.names.name(node)
    const answer = this.#rrs(node, Type.DNAME, owner, isSigned)
    const dname = answer[0] as Rr
    const prefix = qname.wire.subarray(0, qname.wire.length - owner.wire.length + 1)
    const target = Name.join(new Name(prefix), new Name(dname.rdata))
    const authority = this.ns(isSigned)
    // Too long: the substitution can't be done (RFC 6672 2.2).
    if (target === undefined) return { ...empty, rcode: Rcode.YXDOMAIN, answer, authority }
    const { ttlSeconds } = dname
    const rdata = target.wire
    answer.push({ owner: qname, type: Type.CNAME, class: Class.IN, ttlSeconds, rdata })
    if (qtype === Type.CNAME) return { ...empty, answer, authority }
    return this.#alias(answer, rdata, qtype, isSigned, [], false)
  }

  #referral(node: number, isSigned: boolean): Finding {
    const { names, records } = this.data
    const owner = names.name(node)
    const authority = this.#rrs(node, Type.NS, owner, false)
    if (isSigned) {
      const hasDs = records.find(node, Type.DS) >= 0
      this.#rrs(node, hasDs ? Type.DS : Type.NSEC, owner, true, authority)
    }
    const additional = this.#glue(node, records.find(node, Type.NS), isSigned)
    return { ...empty, isAuthoritative: false, authority, additional }
  }

  #negative(rcode: number, isSigned: boolean, denial: readonly Rr[], isOfNode: boolean): Finding {
    const soa = this.soa(isSigned)
    const authority = denial.length > 0 ? [...soa, ...denial] : soa
    return { ...empty, rcode, authority, isOfNode }
  }

  /** Denies a type at a node, and a name that a wildcard stands for (RFC 4035 3.1.3.1, 3.1.3.4). */
  #denyType(node: number, covered: Name | undefined): Rr[] {
    const name = this.data.names.name(node)
    const own = this.#rrs(node, Type.NSEC, name, true)
    // An empty non-terminal has no NSEC: the one before it proves that it is there.
    const denial = own.length > 0 ? own : this.#denials(name)
    return covered === undefined ? denial : distinct([...denial, ...this.#denials(covered)])
  }

  /** Denies a name and the wildcard that might have stood for it (RFC 4035 3.1.3.2). */
  #denyName(encloser: number, qname: Name): Rr[] {
    const asterisk = Name.join(new Name(Uint8Array.of(1, 0x2a, 0)), this.data.names.name(encloser))
    const wildcard = asterisk === undefined ? [] : this.#denials(asterisk)
    return distinct([...this.#denials(qname), ...wildcard])
  }

  /** The NSEC that denies a name, with its signature; nothing in an unsigned zone. */
  #denials(name: Name): Rr[] {
    const { denials, names } = this.data
    if (denials === undefined) return []
    const node = denials.before(name.wire, 0)
    return this.#rrs(node, Type.NSEC, names.name(node), true)
  }

  /** Addresses of name servers that lie at or below the name they serve (RFC 9471). */
  #glue(node: number, set: number, isSigned: boolean): Rr[] {
    const zone = this.data.names.name(node)
    const glue: Rr[] = []
    const { records } = this.data
    for (let record = records.first(set); record >= 0; record = records.next(record)) {
      const target = new Name(records.rdata(record))
      if (target.isSubdomainOf(zone)) this.#addressesOf(target.wire, 0, isSigned, glue)
    }
    return glue
  }

  /** Addresses of the names that MX, SRV, SVCB and HTTPS records point to, each once. */
  #addresses(set: number, isSigned: boolean): Rr[] {
    const { records } = this.data
    const skip = targetOffset(records.type(set))
    const found: Rr[] = []
    if (skip < 0) return found
    const seen = new Set<number>()
    for (let record = records.first(set); record >= 0; record = records.next(record)) {
      const rdata = records.rdata(record)
      const node = this.data.names.find(rdata, skip)
      if (node < 0 || seen.has(node)) continue
      seen.add(node)
      this.#addressesOf(rdata, skip, isSigned, found)
    }
    return found
  }

  #addressesOf(wire: Uint8Array, at: number, isSigned: boolean, into: Rr[]): void {
    const { names } = this.data
    const node = names.find(wire, at)
    if (node < 0) return
    const owner = names.name(node)
    this.#rrs(node, Type.A, owner, isSigned, into)
    this.#rrs(node, Type.AAAA, owner, isSigned, into)
  }

  /** The records of a type, with their signatures for those who want them. */
  #rrs(node: number, type: number, owner: Name, isSigned: boolean, into: Rr[] = []): Rr[] {
    const { records } = this.data
    const set = records.find(node, type)
    if (set < 0) return into
    this.data.rrs(set, owner, into)
    const signatures = isSigned && type !== Type.RRSIG ? records.find(node, Type.RRSIG) : -1
    if (signatures < 0) return into
    for (let rr = records.first(signatures); rr >= 0; rr = records.next(rr)) {
      const rdata = records.rdata(rr)
      if (readUint16(rdata, 0) !== type) continue
      const ttlSeconds = records.ttlSeconds(rr)
      into.push({ owner, type: Type.RRSIG, class: Class.IN, ttlSeconds, rdata })
    }
    return into
  }
}

/** Types that a name with a CNAME has itself (RFC 4035 2.5). */
function isOfAlias(qtype: number): boolean {
  return qtype === Type.CNAME || qtype === Type.RRSIG || qtype === Type.NSEC
}

/** Octets before the name in RDATA that asks for addresses; -1 for other types. */
function targetOffset(type: number): number {
  if (type === Type.MX || type === Type.SVCB || type === Type.HTTPS) return 2
  return type === Type.SRV ? 6 : -1
}

/** Leaves out records that are there twice: one NSEC may deny two names. */
export function distinct(rrs: readonly Rr[]): Rr[] {
  return rrs.filter(
    (rr, i) => rrs.findIndex((other) => other.rdata === rr.rdata || isSame(other, rr)) === i,
  )
}

function isSame(left: Rr, right: Rr): boolean {
  return (
    left.type === right.type &&
    left.owner.equals(right.owner) &&
    left.rdata.length === right.rdata.length &&
    left.rdata.every((octet, i) => octet === right.rdata[i])
  )
}
