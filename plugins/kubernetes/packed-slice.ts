/**
 * Slices of endpoints in little memory: a cluster has tens of thousands of endpoints, and each is
 * looked at when an answer is composed, not when it is given.
 */

import { type AddressKey, addressKey, type Placed } from './address-index.ts'
import type { Endpoint, EndpointSlice, Port } from './objects.ts'

// Characters that no address, host name, pod name or zone has.
const FIELD_END = '\t'
const ENDPOINT_END = '\n'

/** A slice with its endpoints in one string; they are unpacked each time they are asked for. */
export class PackedSlice implements EndpointSlice, Placed {
  place = -1
  readonly namespace: string
  readonly name: string
  readonly service: string
  readonly cluster: string
  readonly ports: readonly Port[]
  readonly changedAtMs: number | undefined
  /** The same for equal endpoints in the same order. */
  readonly packed: string

  constructor(slice: EndpointSlice, shared: SharedTexts) {
    this.namespace = shared.text(slice.namespace)
    this.name = slice.name
    this.service = shared.text(slice.service)
    this.cluster = shared.text(slice.cluster)
    this.ports = shared.ports(slice.ports)
    this.changedAtMs = slice.changedAtMs
    this.packed = slice.endpoints.map(pack).join(ENDPOINT_END)
  }

  get endpoints(): readonly Endpoint[] {
    return this.packed === '' ? [] : this.packed.split(ENDPOINT_END).map(unpack)
  }

  /** Calls `visit` with the address of each endpoint. */
  eachAddress(visit: (key: AddressKey) => void): void {
    const { packed } = this
    for (let at = 0; at < packed.length; ) {
      visit(addressKey(packed, at, packed.indexOf(FIELD_END, at)))
      const end = packed.indexOf(ENDPOINT_END, at)
      if (end < 0) return
      at = end + 1
    }
  }
}

function pack({ address, hostname, podName, zone }: Endpoint): string {
  const pod = podName === hostname ? '=' : podName
  return address + FIELD_END + hostname + FIELD_END + pod + FIELD_END + zone
}

function unpack(text: string): Endpoint {
  const [address = '', hostname = '', podName = '', zone = ''] = text.split(FIELD_END)
  return { address, hostname, podName: podName === '=' ? hostname : podName, zone }
}

const MAX_SHARED = 65_536

/** One string, or list of ports, for all that are equal: most of a cluster's are. */
export class SharedTexts {
  readonly #texts = new Map<string, string>()
  readonly #ports = new Map<string, readonly Port[]>()

  text(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    // A bound, so that names that come and go cost nothing in the end.
    if (this.#texts.size >= MAX_SHARED) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }

  ports(ports: readonly Port[]): readonly Port[] {
    let key = ''
    for (const { name, protocol, port } of ports) key += `${name} ${protocol} ${port},`
    const known = this.#ports.get(key)
    if (known !== undefined) return known
    if (this.#ports.size >= MAX_SHARED) this.#ports.clear()
    this.#ports.set(key, ports)
    return ports
  }
}
