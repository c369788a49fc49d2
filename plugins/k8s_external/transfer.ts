/** The zone of external names as a whole, for *transfer*. RFC 5936, RFC 1995 2. */

import {
  type ExternalEntry,
  isReverse,
  makeCname,
  makeSrv,
  type Name,
  parseNameText,
  type Rr,
  type TransferSource,
} from '@fingerpost/sdk'
import type { Parts } from './answers.ts'
import { addressRecord, serverAddresses, serverRecord, soaRecord } from './apex.ts'

/** Offers the zones that aren't reverse ones. */
export function transferSource(parts: Parts): TransferSource {
  const zones = parts.zones.filter((zone) => !isReverse(zone))
  return {
    zones,
    transfer(asked, serial) {
      const zone = zones.find((one) => one.equals(asked))
      if (zone === undefined) return undefined
      const soa = soaRecord(zone, parts)
      return serial === parts.services().serial ? [[soa]] : wholeZone(zone, soa, parts)
    },
  }
}

// Entries are listed before the first record leaves: what changes meanwhile is the next transfer's.
function* wholeZone(zone: Name, soa: Rr, parts: Parts): Iterable<readonly Rr[]> {
  const byName = new Map<string, ExternalEntry[]>()
  for (const entry of parts.services().all(parts.isHeadless)) {
    const [service, namespace] = entry.labels.slice(-2)
    const name = `${service}.${namespace}`
    byName.set(name, [...(byName.get(name) ?? []), entry])
  }
  const server = parseNameText(`ns1.${parts.apexLabel}`, zone)
  const addresses = server === undefined ? [] : serverAddresses(server, parts)
  yield [soa, serverRecord(zone, parts), ...addresses]
  for (const [name, entries] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const owner = parseNameText(name, zone)
    if (owner !== undefined) yield recordsOf(owner, zone, entries, parts)
  }
  yield [soa]
}

function recordsOf(
  owner: Name,
  zone: Name,
  entries: readonly ExternalEntry[],
  { ttlSeconds, services }: Parts,
): Rr[] {
  const weight = Math.max(1, Math.floor(100 / entries.length))
  const rrs = new Map<string, Rr>()
  for (const { labels, host, port, portName, protocol } of entries) {
    const own = parseNameText(labels.join('.'), zone)
    const address = addressRecord(owner, ttlSeconds, host)
    const target = address === undefined ? parseNameText(host) : own
    if (own === undefined || target === undefined) continue
    if (address === undefined) {
      rrs.set(`${owner} ${host}`, makeCname(owner, services().ttlSeconds, target))
      continue
    }
    rrs.set(`${owner} ${host}`, address)
    const ownAddress = addressRecord(own, ttlSeconds, host)
    if (!own.equals(owner) && ownAddress !== undefined) rrs.set(`${own} ${host}`, ownAddress)
    if (port < 0) continue
    const data = { priority: 0, weight, port, target }
    const named = portName === '' ? undefined : parseNameText(`_${portName}._${protocol}`, owner)
    for (const name of named === undefined ? [owner] : [owner, named]) {
      rrs.set(`${name} ${target} ${port}`, makeSrv(name, services().ttlSeconds, data))
    }
  }
  return [...rrs.values()]
}
