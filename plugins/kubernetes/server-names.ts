/**
 * The names and addresses this server has in the cluster: targets of NS at the apex, and `ns.dns`.
 * They are looked up among the endpoints by the addresses of the machine.
 */

import { formatIp, type Host, isLoopbackAddress, parseIp } from '@fingerpost/sdk'
import { canonical } from './address-index.ts'
import { type Entry, type Lookup, serviceTarget, targetOf } from './lookup.ts'
import type { Store } from './store.ts'

// What has no service is called so.
const DEFAULT_NAME = 'ns.dns'
// Interfaces are asked for rarely: each time costs a system call.
const INTERFACES_MS = 60_000

/** Finds the server's names. */
export class ServerNames {
  readonly #host: Host
  readonly #store: Store
  readonly #lookup: Lookup
  #addresses: readonly Uint8Array[] = []
  #readAt = -INTERFACES_MS

  constructor(host: Host, store: Store, lookup: Lookup) {
    this.#host = host
    this.#store = store
    this.#lookup = lookup
  }

  /** Name servers of a zone, by their services if there are any. */
  entries(): Entry[] {
    const entries = this.#localAddresses().flatMap((address) => this.#servicesAt(address))
    return entries.length > 0 ? entries : this.localEntries()
  }

  /** The machine's addresses under the default name. */
  localEntries(): Entry[] {
    return this.#localAddresses().map((address) => ({ address, port: -1, target: DEFAULT_NAME }))
  }

  #servicesAt(address: Uint8Array): Entry[] {
    const text = formatIp(address)
    return this.#store.own.byAddress(text).flatMap((slice) => {
      const { service } = this.#store.own.find(slice.namespace, slice.service) ?? {}
      if (service === undefined) return []
      if (service.clusterIps[0] !== 'None') {
        const target = serviceTarget(service)
        const own = service.clusterIps.flatMap((ip) => parseIp(ip) ?? [])
        return own.map((one) => ({ address: one, port: -1, target }))
      }
      const endpoint = slice.endpoints.find((one) => canonical(one.address) === text)
      if (endpoint === undefined) return []
      return { address, port: -1, target: targetOf(slice, this.#lookup.hostnameOf(endpoint)) }
    })
  }

  /** Addresses listened on (*bind*) or all there are, but for those of the loopback. */
  #localAddresses(): readonly Uint8Array[] {
    const now = this.#host.clock.now()
    if (now - this.#readAt < INTERFACES_MS) return this.#addresses
    this.#readAt = now
    const { settings, network } = this.#host
    const bound = settings.bindAddresses
    const texts =
      bound.length > 0 ? bound : network.interfaces().flatMap(({ addresses }) => addresses)
    this.#addresses = texts
      .flatMap((text) => parseIp(text.replace(/%.*/, '')) ?? [])
      .filter((address) => !isLoopbackAddress(address))
    return this.#addresses
  }
}
