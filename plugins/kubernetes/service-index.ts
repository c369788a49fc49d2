/**
 * Services and their endpoints, found by name and by address. Each entry counts its changes, so
 * that whoever made something of it can tell whether that still holds.
 */

import { AddressIndex, type AddressKey, addressKey, type Placed, Places } from './address-index.ts'
import { NamespacedMap } from './namespaced-map.ts'
import type { Service } from './objects.ts'
import type { PackedSlice } from './packed-slice.ts'
import { SharedVersions, type Version, type Versions } from './versions.ts'

/** A service, its slices, or (a slice came first) either alone. */
export interface ServiceEntry {
  service: Service | undefined
  slices: readonly PackedSlice[]
  /** Changes when the service does. */
  readonly version: Version
  /** Changes when the service or one of its slices does. */
  readonly whole: Version
}

/** A service as a store holds it. */
export type IndexedService = Service & Placed

/** The services of a cluster, or those it imports from others. */
export class ServiceIndex {
  /** When something visible changed last, in Unix seconds; 0 before. */
  serial = 0
  readonly #entries = new NamespacedMap<ServiceEntry>()
  readonly #servicePlaces = new Places<IndexedService>()
  readonly #byClusterIp = new AddressIndex(this.#servicePlaces)
  readonly #byExternalIp = new AddressIndex(this.#servicePlaces)
  readonly #slicePlaces = new Places<PackedSlice>()
  readonly #byAddress = new AddressIndex(this.#slicePlaces)
  readonly #versions: Versions
  readonly #existence: SharedVersions
  readonly #addresses: SharedVersions
  readonly #nowSeconds: () => number

  constructor(versions: Versions, nowSeconds: () => number) {
    this.#versions = versions
    this.#existence = new SharedVersions(versions)
    this.#addresses = new SharedVersions(versions)
    this.#nowSeconds = nowSeconds
  }

  find(namespace: string, name: string): ServiceEntry | undefined {
    return this.#entries.get(namespace, name)
  }

  /** What changes when a service of that name comes or goes. */
  existence(namespace: string, name: string): Version {
    return this.#existence.of(`${namespace}/${name}`)
  }

  /** What changes when something else is found by an address than before. */
  whatIsAt(address: string): Version {
    return this.#addresses.of(addressKey(address))
  }

  /** The first service with a cluster address. */
  byClusterIp(address: string): Service | undefined {
    return this.#byClusterIp.at(addressKey(address))[0]
  }

  /** The services with an external address. */
  byExternalIp(address: string): readonly Service[] {
    return this.#byExternalIp.at(addressKey(address))
  }

  /** Slices with a ready endpoint at an address. */
  byAddress(address: string): readonly PackedSlice[] {
    return this.#byAddress.at(addressKey(address))
  }

  /** All services. */
  *services(): Iterable<Service> {
    for (const { service } of this.#entries.values()) if (service !== undefined) yield service
  }

  /** Takes a service that differs in the place of what was there; either may be undefined. */
  changeService(before: IndexedService | undefined, after: IndexedService | undefined): void {
    const known = after ?? before
    if (known === undefined) return
    const { namespace, name } = known
    const entry = this.#entry(namespace, name)
    if ((before === undefined) !== (after === undefined)) {
      this.#existence.changed(`${namespace}/${name}`)
    }
    if (before !== undefined) {
      for (const key of clusterKeys(before)) this.#leave(this.#byClusterIp, key, before)
      for (const ip of before.externalIps) this.#byExternalIp.leave(addressKey(ip), before)
    }
    if (after !== undefined) {
      for (const key of clusterKeys(after)) this.#enter(this.#byClusterIp, key, after)
      for (const ip of after.externalIps) this.#byExternalIp.enter(addressKey(ip), after)
    }
    entry.service = after
    this.#versions.changed(entry.version)
    this.#changed(namespace, name, entry)
  }

  /** Takes a slice that differs in the place of what was there; both are of one service. */
  changeSlice(before: PackedSlice | undefined, after: PackedSlice | undefined): void {
    const known = after ?? before
    if (known === undefined) return
    const { namespace, service } = known
    const entry = this.#entry(namespace, service)
    if (before !== undefined && before.cluster === after?.cluster) this.#move(before, after)
    else {
      before?.eachAddress((key) => this.#leave(this.#byAddress, key, before))
      after?.eachAddress((key) => this.#enter(this.#byAddress, key, after))
    }
    const others = entry.slices.filter((slice) => slice !== before)
    entry.slices = after === undefined ? others : [...others, after]
    this.#changed(namespace, service, entry)
  }

  /** Takes note that a namespace came or went: what is known of its services is void. */
  touchNamespace(namespace: string): void {
    for (const { version, whole } of this.#entries.valuesIn(namespace)) {
      this.#versions.changed(version)
      this.#versions.changed(whole)
    }
  }

  /** Something is found by an address from now on, and pointers to it may say something else. */
  #enter<T extends Placed>(index: AddressIndex<T>, key: AddressKey, item: T): void {
    index.enter(key, item)
    this.#addresses.changed(key)
  }

  #leave<T extends Placed>(index: AddressIndex<T>, key: AddressKey, item: T): void {
    index.leave(key, item)
    this.#addresses.changed(key)
  }

  /** Most endpoints of a slice are there in its next version as well. */
  #move(before: PackedSlice, after: PackedSlice): void {
    this.#slicePlaces.replace(before, after)
    before.eachDifference(
      after,
      (key) => this.#leave(this.#byAddress, key, after),
      (key) => this.#enter(this.#byAddress, key, after),
    )
  }

  #entry(namespace: string, name: string): ServiceEntry {
    let entry = this.#entries.get(namespace, name)
    if (entry === undefined) {
      const versions = this.#versions
      entry = { service: undefined, slices: [], version: versions.add(), whole: versions.add() }
      this.#entries.set(namespace, name, entry)
    }
    return entry
  }

  #changed(namespace: string, name: string, entry: ServiceEntry): void {
    this.#versions.changed(entry.whole)
    if (entry.service === undefined && entry.slices.length === 0) {
      this.#versions.release(entry.version)
      this.#versions.release(entry.whole)
      this.#entries.delete(namespace, name)
    }
    this.serial = this.#nowSeconds()
  }
}

/** A headless service is at no address; thousands of them would be found by that word. */
function clusterKeys({ clusterIps }: Service): AddressKey[] {
  return clusterIps.filter((ip) => ip !== 'None').map((ip) => addressKey(ip))
}
