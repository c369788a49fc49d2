/**
 * Services and their endpoints, found by name and by address. Each entry counts its changes, so
 * that whoever made something of it can tell whether that still holds.
 */

import { formatIp, parseIp } from '@fingerpost/sdk'
import { NamespacedMap } from './namespaced-map.ts'
import type { EndpointSlice, Service } from './objects.ts'
import { SharedVersions, type Versioned } from './versions.ts'

/**
 * A service, its slices, or (a slice came first) either alone. Its version goes up when the service
 * changes.
 */
export interface ServiceEntry extends Versioned {
  service: Service | undefined
  slices: readonly EndpointSlice[]
  /** Goes up when the service or one of its slices changes. */
  readonly whole: Versioned
}

/** The services of a cluster, or those it imports from others. */
export class ServiceIndex {
  /** When something visible changed last, in Unix seconds; 0 before. */
  serial = 0
  readonly #entries = new NamespacedMap<ServiceEntry>()
  readonly #byClusterIp = new Map<AddressKey, OneOrMore<Service>>()
  readonly #byExternalIp = new Map<AddressKey, OneOrMore<Service>>()
  readonly #byAddress = new Map<AddressKey, OneOrMore<EndpointSlice>>()
  readonly #existence = new SharedVersions()
  readonly #addresses = new SharedVersions()
  readonly #nowSeconds: () => number

  constructor(nowSeconds: () => number) {
    this.#nowSeconds = nowSeconds
  }

  find(namespace: string, name: string): ServiceEntry | undefined {
    return this.#entries.get(namespace, name)
  }

  /** What changes when a service of that name comes or goes. */
  existence(namespace: string, name: string): Versioned {
    return this.#existence.of(`${namespace}/${name}`)
  }

  /** What changes when something else is found by an address than before. */
  whatIsAt(address: string): Versioned {
    return this.#addresses.of(canonical(address))
  }

  /** The first service with a cluster address. */
  byClusterIp(address: string): Service | undefined {
    return itemsOf(this.#byClusterIp.get(keyOf(canonical(address))))[0]
  }

  /** The services with an external address. */
  byExternalIp(address: string): readonly Service[] {
    return itemsOf(this.#byExternalIp.get(keyOf(canonical(address))))
  }

  /** Slices with a ready endpoint at an address. */
  byAddress(address: string): readonly EndpointSlice[] {
    return itemsOf(this.#byAddress.get(keyOf(canonical(address))))
  }

  /** All services. */
  *services(): Iterable<Service> {
    for (const { service } of this.#entries.values()) if (service !== undefined) yield service
  }

  /** Takes a service that differs in the place of what was there; either may be undefined. */
  changeService(before: Service | undefined, after: Service | undefined): void {
    const known = after ?? before
    if (known === undefined) return
    const { namespace, name } = known
    const entry = this.#entry(namespace, name)
    if ((before === undefined) !== (after === undefined)) {
      this.#existence.changed(`${namespace}/${name}`)
    }
    for (const ip of before?.clusterIps ?? []) this.#leave(this.#byClusterIp, ip, before as Service)
    for (const ip of after?.clusterIps ?? []) this.#enter(this.#byClusterIp, ip, after as Service)
    for (const ip of before?.externalIps ?? []) {
      removeFrom(this.#byExternalIp, keyOf(canonical(ip)), before as Service)
    }
    for (const ip of after?.externalIps ?? []) {
      addTo(this.#byExternalIp, keyOf(canonical(ip)), after as Service)
    }
    entry.service = after
    entry.version++
    this.#changed(namespace, name, entry)
  }

  /** Takes a slice that differs in the place of what was there; both are of one service. */
  changeSlice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const known = after ?? before
    if (known === undefined) return
    const { namespace, service } = known
    const entry = this.#entry(namespace, service)
    for (const { address } of before?.endpoints ?? []) {
      this.#leave(this.#byAddress, address, before as EndpointSlice)
    }
    for (const { address } of after?.endpoints ?? []) {
      this.#enter(this.#byAddress, address, after as EndpointSlice)
    }
    const others = entry.slices.filter((slice) => slice !== before)
    entry.slices = after === undefined ? others : [...others, after]
    this.#changed(namespace, service, entry)
  }

  /** Takes note that a namespace came or went: what is known of its services is void. */
  touchNamespace(namespace: string): void {
    for (const entry of this.#entries.valuesIn(namespace)) {
      entry.version++
      entry.whole.version++
    }
  }

  /** Something is found by an address from now on, and pointers to it may say something else. */
  #enter<T>(index: AddressIndex<T>, address: string, item: T): void {
    const spelled = canonical(address)
    addTo(index, keyOf(spelled), item)
    this.#addresses.changed(spelled)
  }

  #leave<T>(index: AddressIndex<T>, address: string, item: T): void {
    const spelled = canonical(address)
    removeFrom(index, keyOf(spelled), item)
    this.#addresses.changed(spelled)
  }

  #entry(namespace: string, name: string): ServiceEntry {
    let entry = this.#entries.get(namespace, name)
    if (entry === undefined) {
      entry = { version: 0, service: undefined, slices: [], whole: { version: 0 } }
      this.#entries.set(namespace, name, entry)
    }
    return entry
  }

  #changed(namespace: string, name: string, entry: ServiceEntry): void {
    entry.whole.version++
    if (entry.service === undefined && entry.slices.length === 0) {
      // Who holds the entry must not take it for one that is still kept up.
      entry.version++
      this.#entries.delete(namespace, name)
    }
    this.serial = this.#nowSeconds()
  }
}

/** IPv4 addresses as numbers, which take no room of their own; others in their one spelling. */
type AddressKey = number | string

type AddressIndex<T> = Map<AddressKey, OneOrMore<T>>

// Nearly always one; a list would take more room than all else.
type OneOrMore<T> = T | readonly T[]

/** Of an address in its one spelling. */
function keyOf(address: string): AddressKey {
  let key = 0
  let part = -1
  let dots = 0
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code === DOT && part >= 0) {
      key = key * 256 + part
      part = -1
      dots++
      // What has zeros in front, or is no address, is found as it is written only.
    } else if (code < ZERO || code > NINE || part === 0) return address
    else part = (part < 0 ? 0 : part * 10) + code - ZERO
    if (part > 0xff) return address
  }
  return dots === 3 && part >= 0 ? key * 256 + part : address
}

const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

function itemsOf<T>(items: OneOrMore<T> | undefined): readonly T[] {
  if (items === undefined) return []
  return Array.isArray(items) ? items : [items as T]
}

function addTo<T>(index: AddressIndex<T>, key: AddressKey, item: T): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, item)
  else if (known !== item) {
    const items = itemsOf(known)
    if (!items.includes(item)) index.set(key, [...items, item])
  }
}

function removeFrom<T>(index: AddressIndex<T>, key: AddressKey, item: T): void {
  const known = index.get(key)
  if (known === item) index.delete(key)
  else if (Array.isArray(known)) {
    const items = known.filter((one) => one !== item)
    if (items.length === 0) index.delete(key)
    else index.set(key, items.length === 1 ? items[0] : items)
  }
}

/** The one spelling an address is found by (RFC 5952). */
export function canonical(address: string): string {
  const parsed = address.includes(':') ? parseIp(address) : undefined
  return parsed === undefined ? address : formatIp(parsed)
}
