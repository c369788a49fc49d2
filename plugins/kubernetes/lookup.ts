/**
 * Finds what a name of the cluster stands for: addresses and ports, an external name, nothing.
 * Kubernetes DNS-Based Service Discovery 1.1.0.
 */

import { parseIp } from '@fingerpost/sdk'
import type { ServiceSubject, Subject } from './names.ts'
import type { Endpoint, EndpointSlice, Port, Service } from './objects.ts'
import type { ServiceEntry, ServiceIndex } from './service-index.ts'
import type { Store } from './store.ts'
import { ALWAYS, type Version } from './versions.ts'

/** One address and port behind a name. */
export interface Entry {
  /** 4 or 16 octets. */
  readonly address: Uint8Array
  /** -1 without one: an address only. */
  readonly port: number
  /** The labels of the SRV target left of the zone. */
  readonly target: string
}

/** What was found, and on which version that depends (none: don't keep what is made of it). */
export type Finding =
  | { readonly kind: 'entries'; readonly entries: readonly Entry[]; readonly basis?: Version }
  | { readonly kind: 'external'; readonly target: string }
  | { readonly kind: 'missing'; readonly basis?: Version }

/** What the options say about finding. */
export interface LookupOptions {
  readonly pods: 'disabled' | 'insecure' | 'verified'
  readonly usesPodNames: boolean
  readonly ignoresEmptyServices: boolean
}

/** Looks names up in a store. */
export class Lookup {
  readonly #store: Store
  readonly #options: LookupOptions

  constructor(store: Store, options: LookupOptions) {
    this.#store = store
    this.#options = options
  }

  /** Finds what a subject stands for, in the index given. */
  find(subject: Subject, index: ServiceIndex): Finding {
    switch (subject.kind) {
      case 'fixed':
        return { kind: 'entries', entries: [], basis: ALWAYS }
      case 'namespace': {
        const isOff = subject.area === 'pod' && this.#options.pods === 'disabled'
        const isThere = !isOff && this.#store.hasNamespace(subject.namespace)
        const basis = this.#store.namespaces
        return isThere ? { kind: 'entries', entries: [], basis } : { kind: 'missing', basis }
      }
      case 'pod':
        return this.#findPod(subject.namespace, subject.address)
      case 'service':
        return this.#findService(subject, index)
      default:
        return nothing
    }
  }

  /** The label of an endpoint. */
  hostnameOf(endpoint: Endpoint): string {
    if (endpoint.hostname !== '') return endpoint.hostname
    if (this.#options.usesPodNames && endpoint.podName !== '') return endpoint.podName
    const dashed = endpoint.address.replace(/[.:]/g, '-')
    return dashed.endsWith('-') ? `${dashed}0` : dashed
  }

  #findService(subject: ServiceSubject, index: ServiceIndex): Finding {
    const { namespace, service: name } = subject
    if (!this.#store.hasNamespace(namespace)) {
      return { kind: 'missing', basis: this.#store.namespaces }
    }
    const entry = index.find(namespace, name)
    const service = entry?.service
    if (entry === undefined || service === undefined) {
      return { kind: 'missing', basis: index.existence(namespace, name) }
    }
    // Endpoints change often; what is made of the service alone outlasts that.
    const basis = this.#options.ignoresEmptyServices ? entry.whole : entry.version
    const missing: Finding = { kind: 'missing', basis }
    const isFiltered = subject.port !== '' || subject.protocol !== ''
    const isHeadless = service.clusterIps[0] === 'None'
    if (service.type === 'ExternalName') {
      if (isFiltered || subject.endpoint !== '' || subject.zonal !== undefined) return missing
      const isAddress = parseIp(service.externalName) !== undefined
      return isAddress || service.externalName === ''
        ? missing
        : { kind: 'external', target: service.externalName }
    }
    if (subject.zonal !== undefined && !isHeadless) return missing
    if (isHeadless || subject.endpoint !== '') return this.#findEndpoints(subject, entry)
    if (this.#options.ignoresEmptyServices && !hasEndpoints(entry)) return missing
    const ports = service.ports.filter((port) => isMatch(subject, port))
    if (ports.length === 0) return missing
    const target = serviceTarget(service)
    const addresses = service.clusterIps.flatMap((ip) => parseIp(ip) ?? [])
    const entries = addresses.flatMap((address) =>
      ports.map(({ port }) => ({ address, port, target })),
    )
    return entries.length === 0 ? missing : { kind: 'entries', entries, basis }
  }

  #findEndpoints(subject: ServiceSubject, entry: ServiceEntry): Finding {
    const { zonal } = subject
    const basis = entry.whole
    const entries = this.#entriesOf(subject, entry, zonal?.zone)
    if (zonal === undefined || zonal.directive === 'pin' || zonal.directive === 'prefer') {
      if (entries.length > 0) return { kind: 'entries', entries, basis }
      if (zonal?.directive === 'pin') return { kind: 'entries', entries: [], basis }
      if (zonal?.directive === 'prefer') {
        const all = this.#entriesOf(subject, entry, undefined)
        if (all.length > 0) return { kind: 'entries', entries: all, basis }
      }
    }
    return { kind: 'missing', basis }
  }

  #entriesOf(subject: ServiceSubject, from: ServiceEntry, zone: string | undefined): Entry[] {
    const entries: Entry[] = []
    for (const slice of from.slices) {
      const ports = slice.ports.filter((port) => isMatch(subject, port))
      if (ports.length === 0) continue
      if (subject.cluster !== '' && slice.cluster.toLowerCase() !== subject.cluster) continue
      // An endpoint of another cluster is known with its cluster only.
      if (subject.endpoint !== '' && slice.cluster !== '' && subject.cluster === '') continue
      for (const endpoint of slice.endpoints) {
        if (zone !== undefined && endpoint.zone.toLowerCase() !== zone) continue
        const hostname = this.hostnameOf(endpoint)
        if (subject.endpoint !== '' && hostname.toLowerCase() !== subject.endpoint) continue
        const address = parseIp(endpoint.address)
        if (address === undefined) continue
        const target = targetOf(slice, hostname)
        for (const { port } of ports) entries.push({ address, port, target })
      }
    }
    return entries
  }

  #findPod(namespace: string, label: string): Finding {
    const store = this.#store
    const { pods } = this.#options
    if (pods === 'disabled') return nothing
    if (!store.hasNamespace(namespace)) return { kind: 'missing', basis: store.namespaces }
    const text = podAddress(label)
    const parsed = parseIp(text)
    if (pods === 'insecure' && parsed === undefined) return nothing
    const isThere =
      pods === 'insecure' || store.podsByAddress(text).some((pod) => pod.namespace === namespace)
    if (!isThere || parsed === undefined) return { kind: 'missing', basis: store.pods }
    const target = `${label}.${namespace}.pod`
    const entries = [{ address: unmapped(parsed), port: 0, target }]
    return { kind: 'entries', entries, basis: store.pods }
  }
}

const nothing: Finding = { kind: 'missing', basis: ALWAYS }

/** The labels of an endpoint's name left of the zone. */
export function targetOf(slice: EndpointSlice, hostname: string): string {
  const cluster = slice.cluster === '' ? '' : `${slice.cluster}.`
  return `${hostname}.${cluster}${slice.service}.${slice.namespace}.svc`
}

function hasEndpoints({ slices }: ServiceEntry): boolean {
  return slices.some((slice) => slice.endpoints.length > 0)
}

function isMatch({ port, protocol }: ServiceSubject, candidate: Port): boolean {
  return (
    (port === '' || candidate.name.toLowerCase() === port) &&
    (protocol === '' || candidate.protocol === protocol)
  )
}

/** The address in a pod's label: three dashes and no two together make an IPv4 one. */
function podAddress(label: string): string {
  const isIpv4 = label.split('-').length === 4 && !label.includes('--')
  return label.replaceAll('-', isIpv4 ? '.' : ':')
}

/** An IPv4 address written as an IPv6 one is an IPv4 address (RFC 4291 2.5.5.2). */
function unmapped(address: Uint8Array): Uint8Array {
  const isMapped =
    address.length === 16 &&
    address[10] === 0xff &&
    address[11] === 0xff &&
    address.subarray(0, 10).every((octet) => octet === 0)
  return isMapped ? address.subarray(12) : address
}

/** What a service's name is, left of the zone. */
export function serviceTarget({ name, namespace }: Service): string {
  return `${name}.${namespace}.svc`
}
