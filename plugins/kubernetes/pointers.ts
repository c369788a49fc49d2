/** Names of addresses: services first, endpoints otherwise. RFC 1035 3.5, RFC 3596 2.5. */

import type { Name, Rr } from '@fingerpost/sdk'
import { canonical } from './address-index.ts'
import { type Lookup, serviceTarget, targetOf } from './lookup.ts'
import type { EndpointSlice } from './objects.ts'
import { pointerRecords } from './records.ts'
import type { Store } from './store.ts'

/** What pointers are made with. */
export interface PointerParts {
  readonly store: Store
  readonly lookup: Lookup
  readonly primaryZone: Name
  readonly ttlSeconds: number
}

/** The pointers of an address; none when nothing has it. */
export function replyToPointer(owner: Name, address: string, parts: PointerParts): Rr[] {
  const targets = pointersOf(address, parts)
  return pointerRecords(owner, parts.primaryZone, parts.ttlSeconds, targets)
}

function pointersOf(address: string, { store, lookup }: PointerParts): string[] {
  const service = store.own.byClusterIp(address)
  if (service !== undefined && store.isServed(service.namespace)) return [serviceTarget(service)]
  // One per service, whatever the number of its slices that have the address.
  const targets = new Map<string, string>()
  for (const slice of store.own.byAddress(address)) {
    const key = `${slice.namespace}/${slice.service}`
    if (targets.has(key) || !store.isServed(slice.namespace)) continue
    targets.set(key, targetOf(slice, hostnameAt(slice, address, lookup)))
  }
  return [...targets.values()]
}

function hostnameAt(slice: EndpointSlice, address: string, lookup: Lookup): string {
  const endpoint = slice.endpoints.find((one) => canonical(one.address) === address)
  return endpoint === undefined ? '' : lookup.hostnameOf(endpoint)
}
