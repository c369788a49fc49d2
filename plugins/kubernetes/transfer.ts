/**
 * The zone of a cluster as a whole, for *transfer*: SOA, NS with their addresses, then services by
 * name. RFC 5936, RFC 1995 2; Kubernetes DNS-Based Service Discovery 1.1.0.
 */

import {
  isReverse,
  makeCname,
  makeSrv,
  type Name,
  parseIp,
  parseNameText,
  type Rr,
  type TransferSource,
} from '@fingerpost/sdk'
import { type Lookup, serviceTarget, targetOf } from './lookup.ts'
import type { Port, Service } from './objects.ts'
import { addressRecord, serverRecords, soaRecord } from './records.ts'
import type { ServerNames } from './server-names.ts'
import type { ServiceIndex } from './service-index.ts'
import type { Store } from './store.ts'

/** What transfers are made from. */
export interface TransferParts {
  readonly zones: readonly Name[]
  readonly store: Store
  readonly lookup: Lookup
  readonly servers: ServerNames
  readonly ttlSeconds: number
  indexOf(zone: Name): ServiceIndex
}

/** Offers the zones that aren't reverse ones. */
export function transferSource(parts: TransferParts): TransferSource {
  const zones = parts.zones.filter((zone) => !isReverse(zone))
  return {
    zones,
    transfer(asked, serial) {
      const zone = zones.find((one) => one.equals(asked))
      if (zone === undefined) return undefined
      const index = parts.indexOf(zone)
      const soa = soaRecord(zone, index.serial, parts.ttlSeconds)
      return serial === index.serial ? [[soa]] : wholeZone(zone, soa, index, parts)
    },
  }
}

// Services are listed before the first record leaves: what changes meanwhile is the next
// transfer's.
function* wholeZone(
  zone: Name,
  soa: Rr,
  index: ServiceIndex,
  parts: TransferParts,
): Iterable<readonly Rr[]> {
  const { answer, additional } = serverRecords(zone, parts.ttlSeconds, parts.servers.entries())
  const services = [...index.services()]
    .filter(({ namespace }) => parts.store.hasNamespace(namespace))
    .sort((one, other) => compare(serviceTarget(one), serviceTarget(other)))
  yield [soa, ...answer, ...additional]
  for (const service of services) {
    const owner = parseNameText(serviceTarget(service), zone)
    if (owner !== undefined) yield recordsOf(service, owner, zone, index, parts)
  }
  yield [soa]
}

function recordsOf(
  service: Service,
  owner: Name,
  zone: Name,
  index: ServiceIndex,
  { lookup, ttlSeconds }: TransferParts,
): Rr[] {
  if (service.type === 'ExternalName') {
    const target = parseNameText(service.externalName)
    const isAddress = parseIp(service.externalName) !== undefined
    return target === undefined || isAddress ? [] : [makeCname(owner, ttlSeconds, target)]
  }
  if (service.clusterIps[0] === 'None') {
    return endpointRecords(service, owner, zone, index, lookup, ttlSeconds)
  }
  const addresses = service.clusterIps.flatMap((ip) => parseIp(ip) ?? [])
  return [
    ...addresses.map((address) => addressRecord(owner, ttlSeconds, address)),
    ...service.ports.flatMap((port) => {
      const data = { priority: 0, weight: 100, port: port.port, target: owner }
      return srvOwners(port, owner).map((name) => makeSrv(name, ttlSeconds, data))
    }),
  ]
}

function endpointRecords(
  service: Service,
  owner: Name,
  zone: Name,
  index: ServiceIndex,
  lookup: Lookup,
  ttlSeconds: number,
): Rr[] {
  const slices = index.find(service.namespace, service.name)?.slices ?? []
  const count = slices.reduce((sum, slice) => sum + slice.endpoints.length * slice.ports.length, 0)
  const weight = Math.max(1, Math.floor(100 / Math.max(1, count)))
  const rrs: Rr[] = []
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      const address = parseIp(endpoint.address)
      const target = parseNameText(targetOf(slice, lookup.hostnameOf(endpoint)), zone)
      if (address === undefined || target === undefined) continue
      rrs.push(
        addressRecord(owner, ttlSeconds, address),
        addressRecord(target, ttlSeconds, address),
      )
      for (const port of slice.ports) {
        const [, named] = srvOwners(port, owner)
        const data = { priority: 0, weight, port: port.port, target }
        if (named !== undefined) rrs.push(makeSrv(named, ttlSeconds, data))
      }
    }
  }
  return rrs
}

/** The service itself and, for a named port, `_port._proto` in front of it. */
function srvOwners({ name, protocol, port }: Port, owner: Name): Name[] {
  if (port < 0) return []
  const named = name === '' ? undefined : parseNameText(`_${name}._${protocol}`, owner)
  return named === undefined ? [owner] : [owner, named]
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
