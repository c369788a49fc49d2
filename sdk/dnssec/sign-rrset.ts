/** Signs RRsets. RFC 4034 3.1.8.1. */

import { Type } from '../dns/type.ts'
import { composeRdata } from '../record/rdata.ts'
import type { RrsigData } from '../record/rrsig.ts'
import type { Name } from '../wire/name.ts'
import { writeUint16, writeUint32 } from '../wire/octets.ts'
import type { Rr } from '../wire/rr.ts'
import { canonicalRdata, compareOctets } from './canonical.ts'
import type { ZoneKey } from './zone-key.ts'

/** How long a signature holds, in Unix seconds. */
export interface Validity {
  readonly inceptionSeconds: number
  readonly expirationSeconds: number
}

/**
 * Signs the records of one RRset of a zone: same owner, class and type, TTL of the first.
 * @example signRrset(response.answer, key, zone, { inceptionSeconds, expirationSeconds })
 */
export function signRrset(
  rrset: readonly Rr[],
  key: ZoneKey,
  zone: Name,
  { inceptionSeconds, expirationSeconds }: Validity,
): Rr {
  const [first] = rrset
  if (first === undefined) throw new RangeError('an RRset has a record')
  const { owner, class: rrClass, type, ttlSeconds } = first
  const data: RrsigData = {
    typeCovered: type,
    algorithm: key.algorithm,
    labels: owner.labelCount - (isWildcard(owner) ? 1 : 0),
    originalTtlSeconds: ttlSeconds,
    expiration: expirationSeconds % 2 ** 32,
    inception: inceptionSeconds % 2 ** 32,
    keyTag: key.keyTag,
    signer: zone.toLowerCase(),
    signature: new Uint8Array(1),
  }
  // RRSIG needs an octet of signature, which is not signed.
  const unsigned = composeRdata(Type.RRSIG, data).subarray(0, -1)
  const signature = key.sign(signedOctets(rrset, unsigned))
  const rdata = composeRdata(Type.RRSIG, { ...data, signature })
  return { owner, type: Type.RRSIG, class: rrClass, ttlSeconds, rdata }
}

/** What a signature is over: the RRSIG without it, then the records in canonical order. */
export function signedOctets(rrset: readonly Rr[], rrsigRdata: Uint8Array): Uint8Array {
  const [{ owner, class: rrClass, type, ttlSeconds }] = rrset as [Rr]
  const name = owner.toLowerCase().wire
  const sorted = rrset.map(canonicalRdata).sort(compareOctets)
  const unique = sorted.filter((rdata, i) => i === 0 || compareOctets(rdata, sorted[i - 1]!) !== 0)
  const recordSize = unique.reduce((sum, rdata) => sum + name.length + 10 + rdata.length, 0)
  const octets = new Uint8Array(rrsigRdata.length + recordSize)
  octets.set(rrsigRdata)
  let at = rrsigRdata.length
  for (const rdata of unique) {
    octets.set(name, at)
    at += name.length
    writeUint16(octets, at, type)
    writeUint16(octets, at + 2, rrClass)
    writeUint32(octets, at + 4, ttlSeconds)
    writeUint16(octets, at + 8, rdata.length)
    octets.set(rdata, at + 10)
    at += 10 + rdata.length
  }
  return octets
}

function isWildcard(owner: Name): boolean {
  return owner.wire[0] === 1 && owner.wire[1] === 0x2a
}
