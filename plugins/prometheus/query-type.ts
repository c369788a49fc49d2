/** The types that queries are counted by; all others are counted together, as in CoreDNS. */

import { formatType, Type } from '@fingerpost/sdk'

// `other` comes first, so that a table filled with zeros knows it.
const monitored: readonly number[] = [
  Type.A,
  Type.AAAA,
  Type.CNAME,
  Type.DNSKEY,
  Type.DS,
  Type.MX,
  Type.NS,
  Type.NSEC,
  Type.NSEC3,
  Type.PTR,
  Type.RRSIG,
  Type.SOA,
  Type.SRV,
  Type.TXT,
  Type.HTTPS,
  Type.SVCB,
  Type.IXFR,
  Type.AXFR,
  Type.ANY,
]

/** Values of the label `type`; {@link queryTypeIndex} gives places in it. */
export const queryTypes: readonly string[] = ['other', ...monitored.map(formatType)]

const indexes = new Uint8Array(256)
for (const [i, type] of monitored.entries()) indexes[type] = i + 1

/** The place of a type in {@link queryTypes}. */
export function queryTypeIndex(qtype: number): number {
  return qtype < 256 ? (indexes[qtype] as number) : 0
}
