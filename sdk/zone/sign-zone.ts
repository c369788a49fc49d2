/** Signs a zone with NSEC and writes it as text. RFC 4034, RFC 4035 2; RFC 7344 for CDS. */

import { digest } from '../crypto.ts'
import { Class } from '../dns/class.ts'
import { Type } from '../dns/type.ts'
import { signRrset, type Validity } from '../dnssec/sign-rrset.ts'
import type { ZoneKey } from '../dnssec/zone-key.ts'
import { composeRdata, parseRdata } from '../record/rdata.ts'
import { formatRr } from '../record/rr-text.ts'
import type { Name } from '../wire/name.ts'
import type { Rr } from '../wire/rr.ts'
import { NameOrder } from './name-order.ts'
import { APEX, type NameTree, NodeFlag } from './name-tree.ts'
import type { ZoneData } from './zone-data.ts'

// Names between two pauses: a signature takes a tenth of a millisecond or more.
const NAMES_PER_STEP = 50

/** How a zone is signed. */
export interface SigningOptions {
  readonly keys: readonly ZoneKey[]
  readonly validity: Validity
  /** Of the signed zone. */
  readonly serial: number
  /** Lets others do their work. */
  pause(): Promise<void>
}

/** Signs a zone; what it has of signatures and denials is left out. Returns its text. */
export async function signZone(data: ZoneData, options: SigningOptions): Promise<string> {
  const { names } = data
  const soa = signedSoa(data, options.serial)
  const { minimumSeconds = 0 } = parseRdata(Type.SOA, soa.rdata) ?? {}
  const denialTtl = Math.min(soa.ttlSeconds, minimumSeconds)
  const keyRrs = options.keys.flatMap((key) => recordsOfKey(key, data.origin, denialTtl))
  const rrsetsAt = (node: number): Rr[][] =>
    rrsetsOf(data, node, node === data.soaNode ? [soa] : [], node === APEX ? keyRrs : [])
  const owners = ownersIn(data)
  const lines = [formatRr(soa)]
  for (const [i, node] of owners.entries()) {
    if (i % NAMES_PER_STEP === NAMES_PER_STEP - 1) await options.pause()
    const rrsets = rrsetsAt(node)
    const next = names.name(owners[(i + 1) % owners.length] ?? APEX)
    rrsets.push([denialOf(names.name(node), next, rrsets, denialTtl)])
    for (const rrset of rrsets) {
      lines.push(...rrset.filter((rr) => rr !== soa).map(formatRr))
      const type = rrset[0]?.type ?? 0
      const isDelegated = (names.flags(node) & NodeFlag.DELEGATION) !== 0 && type === Type.NS
      if (isDelegated) continue
      for (const key of keysFor(options.keys, type)) {
        lines.push(formatRr(signRrset(rrset, key, data.origin, options.validity)))
      }
    }
  }
  lines.push(...glueIn(data).map(formatRr))
  return `${lines.join('\n')}\n`
}

/** The SOA with its new serial, which is four octets of 20 at the end. */
function signedSoa(data: ZoneData, serial: number): Rr {
  const { names, records, soaNode } = data
  const [soa] = data.rrs(records.find(soaNode, Type.SOA), names.name(soaNode)) as [Rr]
  const rdata = soa.rdata.slice()
  new DataView(rdata.buffer).setUint32(rdata.length - 20, serial)
  return { ...soa, rdata }
}

/** DNSKEY, and what a parent makes its DS of. */
function recordsOfKey({ dnskey, algorithm, keyTag }: ZoneKey, owner: Name, ttl: number): Rr[] {
  const own = { owner, class: Class.IN, ttlSeconds: ttl }
  const hashed = new Uint8Array(owner.wire.length + dnskey.rdata.length)
  hashed.set(owner.wire)
  hashed.set(dnskey.rdata, owner.wire.length)
  const cds = { keyTag, algorithm, digestType: SHA256, digest: digest('sha256', hashed) }
  return [
    { ...own, type: Type.DNSKEY, rdata: dnskey.rdata },
    { ...own, type: Type.CDS, rdata: composeRdata(Type.CDS, cds) },
    { ...own, type: Type.CDNSKEY, rdata: dnskey.rdata },
  ]
}

const SHA256 = 2

/** The RRsets of a node, `more` among them. */
function rrsetsOf(data: ZoneData, node: number, soa: readonly Rr[], more: readonly Rr[]): Rr[][] {
  const { names, records } = data
  const owner = names.name(node)
  const byType = new Map<number, Rr[]>(soa.length > 0 ? [[Type.SOA, [...soa]]] : [])
  for (let set = records.firstSet(node); set >= 0; set = records.nextSet(set)) {
    const type = records.type(set)
    if (isMade(type) || type === Type.SOA) continue
    // An RRset has one TTL (RFC 2181 5.2); signatures need it.
    const rrs = data.rrs(set, owner)
    const ttlSeconds = Math.min(...rrs.slice(0, 1000).map((rr) => rr.ttlSeconds))
    byType.set(
      type,
      rrs.map((rr) => ({ ...rr, ttlSeconds })),
    )
  }
  for (const rr of more) {
    const rrs = byType.get(rr.type) ?? []
    byType.set(rr.type, [...rrs.map((one) => ({ ...one, ttlSeconds: rr.ttlSeconds })), rr])
  }
  return [...byType.values()]
}

const isMade = (type: number): boolean => type === Type.RRSIG || type === Type.NSEC

function denialOf(owner: Name, nextName: Name, rrsets: readonly Rr[][], ttlSeconds: number): Rr {
  const types = [...rrsets.flatMap(([first]) => first?.type ?? []), Type.RRSIG, Type.NSEC]
  const rdata = composeRdata(Type.NSEC, { nextName, types: types.sort((a, b) => a - b) })
  return { owner, type: Type.NSEC, class: Class.IN, ttlSeconds, rdata }
}

/** Entry points sign keys, the others the rest, where there are both (RFC 6781 3.1). */
function keysFor(keys: readonly ZoneKey[], type: number): readonly ZoneKey[] {
  const isSplit = keys.some((key) => key.isEntryPoint) && keys.some((key) => !key.isEntryPoint)
  if (!isSplit) return keys
  const isOfKeys = type === Type.DNSKEY || type === Type.CDS || type === Type.CDNSKEY
  return keys.filter((key) => key.isEntryPoint === isOfKeys)
}

/** Names that the zone answers for, in canonical order: those that have records of their own. */
function ownersIn(data: ZoneData): number[] {
  const { names, records } = data
  const nodes: number[] = []
  for (let node = 0; node < names.count; node++) {
    const hasRecords = node === APEX || records.firstSet(node) >= 0
    if (hasRecords && !isBelowCut(names, node)) nodes.push(node)
  }
  return [...new NameOrder(names, nodes).nodes]
}

/** Records below delegations: addresses of name servers, which are not signed. */
function glueIn(data: ZoneData): Rr[] {
  const { names } = data
  const glue: Rr[] = []
  for (let node = 1; node < names.count; node++) {
    if (isBelowCut(names, node)) glue.push(...rrsetsOf(data, node, [], []).flat())
  }
  return glue
}

function isBelowCut(names: NameTree, node: number): boolean {
  for (let at = node; at !== APEX; ) {
    at = names.parent(at)
    if (at !== APEX && (names.flags(at) & NodeFlag.DELEGATION) !== 0) return true
  }
  return false
}
