/**
 * Services and their endpoints, found by name and by address. Each entry counts its changes, so
 * that whoever made something of it can tell whether that still holds.
 */

import { formatIp, parseIp } from '@fingerpost/sdk'
import type { EndpointSlice, Service } from './objects.ts'

/** Something that changes, and how often it did. */
export interface Versioned {
  version: number
}

/** A service, its slices, or (a slice came first) either alone. */
export interface ServiceEntry extends Versioned {
  service: Service | undefined
  slices: readonly EndpointSlice[]
}

/** The services of a cluster, or those it imports from others. */
export class ServiceIndex {
  /** Goes up when a service comes or goes. */
  readonly existence: Versioned = { version: 0 }
  /** Goes up when anything is found by another address than before. */
  readonly addresses: Versioned = { version: 0 }
  /** When something visible changed last, in Unix seconds; 0 before. */
  serial = 0
  readonly #entries = new Map<string, ServiceEntry>()
  readonly #byClusterIp = new Map<string, Service[]>()
  readonly #byExternalIp = new Map<string, Service[]>()
  readonly #byAddress = new Map<string, EndpointSlice[]>()
  readonly #nowSeconds: () => number

  constructor(nowSeconds: () => number) {
    this.#nowSeconds = nowSeconds
  }

  find(namespace: string, name: string): ServiceEntry | undefined {
    return this.#entries.get(`${namespace}/${name}`)
  }

  /** The first service with a cluster address. */
  byClusterIp(address: string): Service | undefined {
    return this.#byClusterIp.get(address)?.[0]
  }

  /** The services with an external address. */
  byExternalIp(address: string): readonly Service[] {
    return this.#byExternalIp.get(address) ?? []
  }

  /** Slices with a ready endpoint at an address. */
  byAddress(address: string): readonly EndpointSlice[] {
    return this.#byAddress.get(address) ?? []
  }

  /** All services. */
  *services(): Iterable<Service> {
    for (const { service } of this.#entries.values()) if (service !== undefined) yield service
  }

  /** Takes a service that differs in the place of what was there; either may be undefined. */
  changeService(before: Service | undefined, after: Service | undefined): void {
    const known = after ?? before
    if (known === undefined) return
    const key = `${known.namespace}/${known.name}`
    const entry = this.#entry(key)
    if ((before === undefined) !== (after === undefined)) this.existence.version++
    this.addresses.version++
    for (const ip of before?.clusterIps ?? [])
      removeFrom(this.#byClusterIp, canonical(ip), before as Service)
    for (const ip of after?.clusterIps ?? [])
      addTo(this.#byClusterIp, canonical(ip), after as Service)
    for (const ip of before?.externalIps ?? [])
      removeFrom(this.#byExternalIp, canonical(ip), before as Service)
    for (const ip of after?.externalIps ?? [])
      addTo(this.#byExternalIp, canonical(ip), after as Service)
    entry.service = after
    this.#changed(key, entry)
  }

  /** Takes a slice that differs in the place of what was there; both are of one service. */
  changeSlice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const known = after ?? before
    if (known === undefined) return
    const key = `${known.namespace}/${known.service}`
    const entry = this.#entry(key)
    this.addresses.version++
    for (const { address } of before?.endpoints ?? []) {
      removeFrom(this.#byAddress, canonical(address), before as EndpointSlice)
    }
    for (const { address } of after?.endpoints ?? []) {
      addTo(this.#byAddress, canonical(address), after as EndpointSlice)
    }
    const others = entry.slices.filter((slice) => slice !== before)
    entry.slices = after === undefined ? others : [...others, after]
    this.#changed(key, entry)
  }

  #entry(key: string): ServiceEntry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { version: 0, service: undefined, slices: [] }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #changed(key: string, entry: ServiceEntry): void {
    entry.version++
    if (entry.service === undefined && entry.slices.length === 0) this.#entries.delete(key)
    this.serial = this.#nowSeconds()
  }
}

function addTo<T>(index: Map<string, T[]>, key: string, item: T): void {
  const items = index.get(key)
  if (items === undefined) index.set(key, [item])
  else if (!items.includes(item)) items.push(item)
}

function removeFrom<T>(index: Map<string, T[]>, key: string, item: T): void {
  const items = index.get(key)?.filter((one) => one !== item) ?? []
  if (items.length === 0) index.delete(key)
  else index.set(key, items)
}

/** The one spelling an address is found by (RFC 5952). */
export function canonical(address: string): string {
  const parsed = address.includes(':') ? parseIp(address) : undefined
  return parsed === undefined ? address : formatIp(parsed)
}
