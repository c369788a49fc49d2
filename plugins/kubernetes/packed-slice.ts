/**
 * Slices of endpoints in little memory: a cluster has tens of thousands of endpoints, and each is
 * looked at when an answer is composed, not when it is given.
 */

import { type AddressKey, addressKey, type Placed } from './address-index.ts'
import type { Endpoint, EndpointSlice, Port } from './objects.ts'

// Characters that no address, host name, pod name or zone has.
const FIELD_END = '\t'
const ENDPOINT_END = '\n'
const ENDPOINT_END_CODE = 10

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
    eachAddressIn(this.packed, 0, this.packed.length, visit)
  }

  /** Calls `onGone` and `onNew` with addresses of endpoints that `after` has not, or has anew. */
  eachDifference(
    { packed: after }: PackedSlice,
    onGone: (key: AddressKey) => void,
    onNew: (key: AddressKey) => void,
  ): void {
    const { packed: before } = this
    const from = commonStart(before, after)
    const [beforeEnd, afterEnd] = commonEnd(before, after, from)
    const kept = ENDPOINT_END + after
    eachAddressIn(before, from, beforeEnd, (key, at, end) => {
      // The same address may be there twice, under two names.
      const isKept = kept.includes(ENDPOINT_END + before.slice(at, end + FIELD_END.length))
      if (isKept) onNew(key)
      else onGone(key)
    })
    eachAddressIn(after, from, afterEnd, onNew)
  }
}

/** Visits the addresses of the endpoints in a part of a packed text, with where each stands. */
function eachAddressIn(
  packed: string,
  from: number,
  end: number,
  visit: (key: AddressKey, from: number, end: number) => void,
): void {
  for (let at = from; at < end; ) {
    const addressEnd = packed.indexOf(FIELD_END, at)
    visit(addressKey(packed, at, addressEnd), at, addressEnd)
    const endpointEnd = packed.indexOf(ENDPOINT_END, addressEnd)
    if (endpointEnd < 0) return
    at = endpointEnd + 1
  }
}

/** Where the first endpoint that differs begins; behind the end of a text that has no more. */
function commonStart(left: string, right: string): number {
  let start = 0
  for (let at = 0; at <= left.length && at <= right.length; at++) {
    const code = at < left.length ? left.charCodeAt(at) : ENDPOINT_END_CODE
    const other = at < right.length ? right.charCodeAt(at) : ENDPOINT_END_CODE
    if (code !== other) break
    if (code === ENDPOINT_END_CODE) start = at + 1
  }
  return start
}

/** Where, in each, the last endpoint that differs ends. An endpoint begins at `from`. */
function commonEnd(left: string, right: string, from: number): [number, number] {
  let leftEnd = left.length
  let rightEnd = right.length
  let leftAt = left.length
  let rightAt = right.length
  while (leftAt >= from && rightAt >= from) {
    leftAt--
    rightAt--
    const code = leftAt < from ? ENDPOINT_END_CODE : left.charCodeAt(leftAt)
    const other = rightAt < from ? ENDPOINT_END_CODE : right.charCodeAt(rightAt)
    if (code !== other) break
    if (code !== ENDPOINT_END_CODE) continue
    leftEnd = Math.max(leftAt, from)
    rightEnd = Math.max(rightAt, from)
  }
  return [leftEnd, rightEnd]
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
