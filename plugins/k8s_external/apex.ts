/** The records of a zone itself: SOA, NS, and the addresses of its name server. RFC 1035. */

import { makeA, makeAaaa, makeNs, makeSoa, Name, parseIp, type Rr } from '@fingerpost/sdk'
import type { Parts } from './answers.ts'

/** The SOA, which negative responses have too. */
export function soaRecord(zone: Name, { apexLabel, ttlSeconds, services }: Parts): Rr {
  return makeSoa(zone, ttlSeconds, {
    mname: Name.parseText(`ns1.${apexLabel}`, zone),
    rname: Name.parseText(`hostmaster.${apexLabel}`, zone),
    serial: services().serial,
    refreshSeconds: 7200,
    retrySeconds: 1800,
    expireSeconds: 86400,
    minimumSeconds: ttlSeconds,
  })
}

/** The name server, by the name that `owner` spells the zone with. */
export function serverRecord(owner: Name, { apexLabel, ttlSeconds }: Parts): Rr {
  return makeNs(owner, ttlSeconds, Name.parseText(`ns1.${apexLabel}`, owner))
}

/** Addresses of the name server, under any name. */
export function serverAddresses(owner: Name, { services, ttlSeconds }: Parts): Rr[] {
  return services()
    .serverAddresses()
    .flatMap((text) => addressRecord(owner, ttlSeconds, text) ?? [])
}

/** A or AAAA; undefined for what is no address. */
export function addressRecord(owner: Name, ttlSeconds: number, text: string): Rr | undefined {
  const address = parseIp(text)
  if (address === undefined) return undefined
  return address.length === 4
    ? makeA(owner, ttlSeconds, address)
    : makeAaaa(owner, ttlSeconds, address)
}
