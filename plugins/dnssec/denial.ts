/**
 * Denies with NSEC records that span nothing but the name asked for: nobody can walk the zone, and
 * no list of names is needed. A name that isn't there is said to be there without the type.
 * RFC 4470; "black lies".
 */

import { Class, composeRdata, Name, type Query, type Rr, Type } from '@fingerpost/sdk'

// What a name may be said to have; the type asked for is left out.
const ofNames: readonly number[] = [
  Type.A,
  Type.HINFO,
  Type.TXT,
  Type.AAAA,
  Type.LOC,
  Type.SRV,
  Type.CERT,
  Type.SSHFP,
  Type.RRSIG,
  Type.NSEC,
  Type.TLSA,
  Type.HIP,
  Type.OPENPGPKEY,
  Type.SPF,
]
// An NSEC lists its types in ascending order.
const ofApex: readonly number[] = [...ofNames, Type.NS, Type.SOA, Type.MX, Type.DNSKEY].sort(
  (one, other) => one - other,
)
const ofDelegations: readonly number[] = [Type.NS, Type.RRSIG, Type.NSEC]
const ofNobody: readonly number[] = [Type.RRSIG, Type.NSEC]

/** Why there is no answer. */
export type Absence = 'type' | 'name' | 'delegation'

/** The NSEC for the name asked for, or for `owner` where a delegation stands. */
export function denialRecord(
  { qname, qtype }: Query,
  zone: Name,
  absence: Absence,
  ttlSeconds: number,
  owner: Name = qname,
): Rr {
  const lower = owner.toLowerCase().wire
  const next = new Uint8Array(lower.length + 2)
  next[0] = 1
  next.set(lower, 2)
  // The longest names have none behind them that is shorter than the zone.
  const nextName = next.length > 255 ? zone : new Name(next)
  const types = typesFor(qtype, owner.equals(zone), absence)
  return {
    owner,
    type: Type.NSEC,
    class: Class.IN,
    ttlSeconds,
    rdata: composeRdata(Type.NSEC, { nextName, types }),
  }
}

function typesFor(qtype: number, isApex: boolean, absence: Absence): readonly number[] {
  if (absence === 'name') return ofNobody
  if (!isApex && (absence === 'delegation' || qtype === Type.DS)) return ofDelegations
  return (isApex ? ofApex : ofNames).filter((type) => type !== qtype)
}
