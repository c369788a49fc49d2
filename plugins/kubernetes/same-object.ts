/** Tells whether a change of an object can be seen in DNS: most can't, and cost nothing then. */

import type { Kind, ObjectByKind, Pod, Port, Service } from './objects.ts'
import type { PackedSlice } from './packed-slice.ts'

/** Whether two objects of a kind and a name, as the store holds them, make the same answers. */
export function isSameObject<K extends Kind>(
  kind: K,
  left: ObjectByKind[K],
  right: ObjectByKind[K],
): boolean
export function isSameObject(kind: Kind, left: unknown, right: unknown): boolean {
  switch (kind) {
    case 'Service':
    case 'ServiceImport':
      return isSameService(left as Service, right as Service)
    case 'EndpointSlice':
      return isSameSlice(left as PackedSlice, right as PackedSlice)
    case 'Pod':
      return isSamePod(left as Pod, right as Pod)
    case 'Namespace':
      return true
  }
}

function isSameService(left: Service, right: Service): boolean {
  return (
    left.type === right.type &&
    left.externalName === right.externalName &&
    areSame(left.clusterIps, right.clusterIps) &&
    areSame(left.externalIps, right.externalIps) &&
    areSamePorts(left.ports, right.ports)
  )
}

function isSameSlice(left: PackedSlice, right: PackedSlice): boolean {
  return (
    left.service === right.service &&
    left.cluster === right.cluster &&
    left.packed === right.packed &&
    areSamePorts(left.ports, right.ports)
  )
}

function areSamePorts(left: readonly Port[], right: readonly Port[]): boolean {
  if (left === right) return true
  return (
    left.length === right.length &&
    left.every((port, i) => {
      const other = right[i] as Port
      return (
        port.port === other.port && port.name === other.name && port.protocol === other.protocol
      )
    })
  )
}

// Labels can be seen in metadata.
function isSamePod(left: Pod, right: Pod): boolean {
  return (
    areSame(left.addresses, right.addresses) &&
    left.labels.size === right.labels.size &&
    [...left.labels].every(([key, value]) => right.labels.get(key) === value)
  )
}

function areSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one, i) => one === right[i])
}
