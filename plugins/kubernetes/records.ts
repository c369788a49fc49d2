/**
 * Makes the records of answers: A, AAAA, SRV, SOA, PTR, NS. RFC 1035, RFC 2782, RFC 3596.
 */

import {
  makeA,
  makeAaaa,
  makeNs,
  makePtr,
  makeSoa,
  makeSrv,
  Name,
  parseNameText,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import type { Entry } from './lookup.ts'

/** Records of the answer and the additional section. */
export interface Records {
  readonly answer: readonly Rr[]
  readonly additional: readonly Rr[]
}

/** The addresses of one family, each once. */
export function addressRecords(
  owner: Name,
  type: number,
  ttlSeconds: number,
  entries: readonly Entry[],
): Rr[] {
  const size = type === Type.A ? 4 : 16
  const seen = new Set<string>()
  const rrs: Rr[] = []
  for (const { address } of entries) {
    if (address.length !== size || !isNew(seen, String(address))) continue
    rrs.push(addressRecord(owner, ttlSeconds, address))
  }
  return rrs
}

/** One SRV per target and port, and the targets' addresses. */
export function serviceRecords(
  owner: Name,
  zone: Name,
  ttlSeconds: number,
  entries: readonly Entry[],
): Records {
  // Entries, not targets, share the weight: a service with addresses of both families halves it.
  const weight = Math.max(1, Math.floor(100 / Math.max(1, entries.length)))
  const targets = new Map<string, Name | undefined>()
  const seen = new Set<string>()
  const answer: Rr[] = []
  const additional: Rr[] = []
  for (const { address, port, target: labels } of entries) {
    if (port < 0) continue
    if (!targets.has(labels)) targets.set(labels, parseNameText(labels, zone))
    const target = targets.get(labels)
    if (target === undefined) continue
    if (isNew(seen, `${labels}:${port}`)) {
      answer.push(makeSrv(owner, ttlSeconds, { priority: 0, weight, port, target }))
    }
    if (isNew(seen, `${labels}/${address}`)) {
      additional.push(addressRecord(target, ttlSeconds, address))
    }
  }
  return { answer, additional }
}

/** One PTR per name. */
export function pointerRecords(
  owner: Name,
  zone: Name,
  ttlSeconds: number,
  targets: readonly string[],
): Rr[] {
  return [...new Set(targets)].flatMap((labels) => {
    const target = parseNameText(labels, zone)
    return target === undefined ? [] : makePtr(owner, ttlSeconds, target)
  })
}

/** The name servers at the apex, and their addresses. */
export function serverRecords(owner: Name, ttlSeconds: number, entries: readonly Entry[]): Records {
  const answer: Rr[] = []
  const additional: Rr[] = []
  const seen = new Set<string>()
  for (const { address, target: labels } of entries) {
    const target = parseNameText(labels, owner)
    if (target === undefined) continue
    if (isNew(seen, labels)) answer.push(makeNs(owner, ttlSeconds, target))
    if (isNew(seen, `${labels}/${address}`)) {
      additional.push(addressRecord(target, ttlSeconds, address))
    }
  }
  return { answer, additional }
}

/** The SOA that stands at the apex and in negative responses. */
export function soaRecord(zone: Name, serial: number, ttlSeconds: number): Rr {
  return makeSoa(zone, Math.min(ttlSeconds, 300), {
    mname: Name.parseText('ns.dns', zone),
    rname: Name.parseText('hostmaster', zone),
    serial,
    refreshSeconds: 7200,
    retrySeconds: 1800,
    expireSeconds: 86400,
    minimumSeconds: ttlSeconds,
  })
}

/** One address: A or AAAA by its size. */
export function addressRecord(owner: Name, ttlSeconds: number, address: Uint8Array): Rr {
  return address.length === 4
    ? makeA(owner, ttlSeconds, address)
    : makeAaaa(owner, ttlSeconds, address)
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false
  seen.add(key)
  return true
}
