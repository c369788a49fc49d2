/**
 * Kubernetes objects reduced to what answers are made of. What comes from outside is taken as
 * unknown JSON: a field of the wrong shape counts as absent, an object without a name as none.
 */

import { type Fields, fieldsOf, textOf } from './json.ts'

/** The kinds that are watched; *pods verified* adds Pod, *multicluster* ServiceImport. */
export type Kind = 'Service' | 'EndpointSlice' | 'Namespace' | 'Pod' | 'ServiceImport'

export interface ObjectByKind {
  readonly Service: Service
  readonly EndpointSlice: EndpointSlice
  readonly Namespace: Namespace
  readonly Pod: Pod
  readonly ServiceImport: Service
}

export interface Service {
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly externalName: string
  /** `None` first for a headless service. */
  readonly clusterIps: readonly string[]
  readonly ports: readonly Port[]
  /** External addresses, and addresses and names of load balancers. */
  readonly externalIps: readonly string[]
}

export interface Port {
  readonly name: string
  /** Lower case. */
  readonly protocol: string
  /** -1 where the object has none. */
  readonly port: number
}

export interface EndpointSlice {
  readonly namespace: string
  readonly name: string
  /** The service's name, of the label `kubernetes.io/service-name`. */
  readonly service: string
  /** The cluster of an imported slice; empty for the cluster's own. */
  readonly cluster: string
  /** Those that are ready, one per address. */
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly Port[]
  /** When the change that led here happened, for the programming duration; undefined if unsaid. */
  readonly changedAtMs: number | undefined
}

export interface Endpoint {
  readonly address: string
  readonly hostname: string
  /** Name of the target, when it fits a label. */
  readonly podName: string
  readonly zone: string
}

export interface Namespace {
  readonly name: string
}

export interface Pod {
  readonly namespace: string
  readonly name: string
  /** The primary address first. */
  readonly addresses: readonly string[]
  readonly labels: ReadonlyMap<string, string>
}

/** Reduces an object of any kind; undefined for what can't be served. */
export function reduceObject<K extends Kind>(kind: K, json: unknown): ObjectByKind[K] | undefined {
  return reducers[kind](json)
}

const reducers: { [Each in Kind]: (json: unknown) => ObjectByKind[Each] | undefined } = {
  Service: reduceService,
  EndpointSlice: reduceEndpointSlice,
  Namespace: reduceNamespace,
  Pod: reducePod,
  ServiceImport: reduceServiceImport,
}

export function reduceService(json: unknown): Service | undefined {
  const object = fieldsOf(json)
  const names = namesOf(object)
  if (names === undefined) return undefined
  const spec = fieldsOf(object.spec)
  const clusterIps = textsOf(spec.clusterIPs)
  const single = textOf(spec.clusterIP)
  return {
    ...names,
    type: textOf(spec.type),
    externalName: textOf(spec.externalName),
    clusterIps: clusterIps.length > 0 || single === '' ? clusterIps : [single],
    ports: portsOf(spec.ports),
    externalIps: [
      ...textsOf(spec.externalIPs),
      ...listOf(fieldsOf(fieldsOf(object.status).loadBalancer).ingress).map(ingressAddress),
    ].filter((one) => one !== ''),
  }
}

function ingressAddress(json: unknown): string {
  const ingress = fieldsOf(json)
  return textOf(ingress.ip) || textOf(ingress.hostname)
}

/** A ServiceImport (MCS API); without addresses it is headless. */
export function reduceServiceImport(json: unknown): Service | undefined {
  const object = fieldsOf(json)
  const names = namesOf(object)
  if (names === undefined) return undefined
  const spec = fieldsOf(object.spec)
  const ips = textsOf(spec.ips)
  return {
    ...names,
    type: textOf(spec.type),
    externalName: '',
    clusterIps: ips.length > 0 ? ips : ['None'],
    ports: portsOf(spec.ports),
    externalIps: [],
  }
}

export function reduceEndpointSlice(json: unknown): EndpointSlice | undefined {
  const object = fieldsOf(json)
  const names = namesOf(object)
  if (names === undefined) return undefined
  const metadata = fieldsOf(object.metadata)
  const labels = fieldsOf(metadata.labels)
  const annotations = fieldsOf(metadata.annotations)
  const imported = textOf(labels['multicluster.kubernetes.io/service-name'])
  const cluster = textOf(labels['multicluster.kubernetes.io/source-cluster'])
  const triggered = textOf(annotations['endpoints.kubernetes.io/last-change-trigger-time'])
  const changedAtMs = triggered === '' ? Number.NaN : Date.parse(triggered)
  return {
    namespace: names.namespace,
    name: names.name,
    service: imported || textOf(labels['kubernetes.io/service-name']),
    cluster: imported === '' ? '' : cluster,
    endpoints: endpointsOf(object.endpoints),
    ports: portsOf(object.ports),
    changedAtMs: Number.isNaN(changedAtMs) ? undefined : changedAtMs,
  }
}

export function reduceNamespace(json: unknown): Namespace | undefined {
  const name = textOf(fieldsOf(fieldsOf(json).metadata).name)
  return name === '' ? undefined : { name }
}

/** Pods that have ended are none; one that is being deleted is left out, too: see `isLeaving`. */
export function reducePod(json: unknown): Pod | undefined {
  const object = fieldsOf(json)
  const names = namesOf(object)
  const status = fieldsOf(object.status)
  const phase = textOf(status.phase)
  if (names === undefined || phase === 'Succeeded' || phase === 'Failed' || phase === 'Unknown') {
    return undefined
  }
  const primary = textOf(status.podIP)
  const all = listOf(status.podIPs).map((one) => textOf(fieldsOf(one).ip))
  const labels = Object.entries(fieldsOf(fieldsOf(object.metadata).labels))
  return {
    ...names,
    addresses: [...new Set([primary, ...all])].filter((one) => one !== ''),
    labels: new Map(labels.map(([key, value]) => [key, textOf(value)])),
  }
}

/**
 * Whether an object is being deleted. A pod that is leaving isn't taken in, but one that is known
 * stays until it is gone: a source passes over such a pod's events.
 */
export function isLeaving(json: unknown): boolean {
  return textOf(fieldsOf(fieldsOf(json).metadata).deletionTimestamp) !== ''
}

function endpointsOf(json: unknown): Endpoint[] {
  const endpoints: Endpoint[] = []
  for (const one of listOf(json)) {
    const endpoint = fieldsOf(one)
    // An absent condition means ready; serving and terminating are not looked at.
    const { ready } = fieldsOf(endpoint.conditions)
    if (ready !== undefined && ready !== null && ready !== true) continue
    const target = textOf(fieldsOf(endpoint.targetRef).name)
    const podName = target.length < 64 ? target : ''
    const hostname = textOf(endpoint.hostname)
    const zone = textOf(endpoint.zone)
    for (const address of textsOf(endpoint.addresses)) {
      endpoints.push({ address, hostname, podName, zone })
    }
  }
  return endpoints
}

// What has no ports is still found by its addresses: a port of -1 stands for that.
const noPorts: readonly Port[] = [{ name: '', protocol: '', port: -1 }]

function portsOf(json: unknown): readonly Port[] {
  const list = listOf(json)
  return list.length > 0 ? list.map(portOf) : noPorts
}

function portOf(json: unknown): Port {
  const { name, protocol, port } = fieldsOf(json)
  return {
    name: textOf(name),
    protocol: (textOf(protocol) || 'TCP').toLowerCase(),
    port: typeof port === 'number' && port >= 0 && port <= 0xffff ? port : -1,
  }
}

function namesOf(object: Fields): { namespace: string; name: string } | undefined {
  const metadata = fieldsOf(object.metadata)
  const name = textOf(metadata.name)
  const namespace = textOf(metadata.namespace)
  return name === '' || namespace === '' ? undefined : { namespace, name }
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : []
}

function textsOf(json: unknown): string[] {
  return listOf(json).filter((one): one is string => typeof one === 'string' && one !== '')
}
