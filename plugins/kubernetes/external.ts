/** What of a cluster is reached from outside of it, for *k8s_external*. */

import { type ExternalEntry, type ExternalServices, formatIp, parseIp } from '@fingerpost/sdk'
import { canonical } from './address-index.ts'
import type { Lookup } from './lookup.ts'
import type { EndpointSlice, Port, Service } from './objects.ts'
import type { ServerNames } from './server-names.ts'
import type { Store } from './store.ts'

/** What is known of the cluster. */
export interface ExternalParts {
  readonly store: Store
  readonly lookup: Lookup
  readonly servers: ServerNames
  readonly ttlSeconds: number
  isSynced(): boolean
}

/** Offers services by their external addresses and load balancers. */
export function externalServices(parts: ExternalParts): ExternalServices {
  const { store, servers, ttlSeconds } = parts
  return {
    ttlSeconds,
    get serial() {
      return store.own.serial
    },
    find(labels, isHeadless) {
      const namespace = labels.at(-1)
      if (namespace === undefined) return { kind: 'empty' }
      const missing = parts.isSynced()
        ? ({ kind: 'missing' } as const)
        : ({ kind: 'unknown' } as const)
      if (!store.hasNamespace(namespace)) return missing
      const name = labels.at(-2)
      if (name === undefined) return { kind: 'empty' }
      const rest = labels.slice(0, -2).map(withoutUnderscore)
      const { service, slices = [] } = store.own.find(namespace, name) ?? {}
      if (service === undefined || rest.length > 2) return missing
      const [endpoint, port, protocol] = rest.length === 1 ? [rest[0]] : ['', ...rest]
      const filter = { endpoint: endpoint ?? '', port: port ?? '', protocol: protocol ?? '' }
      const entries = [...entriesOf(service, slices, isHeadless, filter, parts.lookup)]
      return entries.length === 0 ? missing : { kind: 'found', entries }
    },
    findAddress(address, isHeadless) {
      const found = store.own
        .byExternalIp(address)
        .filter(({ namespace }) => store.hasNamespace(namespace))
        .map(({ name, namespace }) => [name, namespace])
      if (found.length > 0 || !isHeadless) return found
      return store.own.byAddress(address).flatMap((slice) => {
        const { service } = store.own.find(slice.namespace, slice.service) ?? {}
        if (service?.clusterIps[0] !== 'None' || !store.hasNamespace(slice.namespace)) return []
        const endpoint = slice.endpoints.find((one) => canonical(one.address) === address)
        const hostname = endpoint && parts.lookup.hostnameOf(endpoint)
        return hostname === undefined ? [] : [[hostname, service.name, service.namespace]]
      })
    },
    serverAddresses: () => servers.localEntries().map(({ address }) => formatIp(address)),
    *all(isHeadless) {
      const none = { endpoint: '', port: '', protocol: '' }
      for (const service of store.own.services()) {
        if (!store.hasNamespace(service.namespace)) continue
        const slices = store.own.find(service.namespace, service.name)?.slices ?? []
        yield* entriesOf(service, slices, isHeadless, none, parts.lookup)
      }
    },
  }
}

interface Filter {
  readonly endpoint: string
  readonly port: string
  readonly protocol: string
}

function* entriesOf(
  service: Service,
  slices: readonly EndpointSlice[],
  isHeadless: boolean,
  filter: Filter,
  lookup: Lookup,
): Iterable<ExternalEntry> {
  const { name, namespace, externalIps } = service
  const byEndpoint = service.clusterIps[0] === 'None' || filter.endpoint !== ''
  if (isHeadless && externalIps.length === 0 && byEndpoint) {
    for (const slice of slices) {
      for (const endpoint of slice.endpoints) {
        const hostname = lookup.hostnameOf(endpoint)
        if (filter.endpoint !== '' && hostname.toLowerCase() !== filter.endpoint) continue
        for (const port of slice.ports.filter((one) => isMatch(one, filter))) {
          yield entry([hostname, name, namespace], endpoint.address, port)
        }
      }
    }
    return
  }
  for (const host of externalIps) {
    for (const port of service.ports.filter((one) => isMatch(one, filter))) {
      yield entry([name, namespace], host, port)
    }
  }
}

function entry(labels: readonly string[], host: string, port: Port): ExternalEntry {
  const parsed = parseIp(host)
  return {
    labels,
    host: parsed === undefined ? host : formatIp(parsed),
    port: port.port,
    portName: port.name,
    protocol: port.protocol,
  }
}

function isMatch({ name, protocol }: Port, filter: Filter): boolean {
  return (
    (filter.port === '' || name.toLowerCase() === filter.port) &&
    (filter.protocol === '' || protocol === filter.protocol)
  )
}

function withoutUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label
}
