/**
 * Kubernetes objects reduced to what answers are made of. What comes from outside is taken as
 * unknown JSON: a field of the wrong shape counts as absent, an object without a name as none.
 */

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
  const reducers: { [Each in Kind]: (json: unknown) => ObjectByKind[Each] | undefined } = {
    Service: reduceService,
    EndpointSlice: reduceEndpointSlice,
    Namespace: reduceNamespace,
    Pod: reducePod,
    ServiceImport: reduceServiceImport,
  }
  return reducers[kind](json)
}

export function reduceService(json: unknown): Service | undefined {
  const names = namesOf(json)
  if (names === undefined) return undefined
  const spec = field(json, 'spec')
  const clusterIps = texts(field(spec, 'clusterIPs'))
  const single = text(field(spec, 'clusterIP'))
  const ingress = list(field(field(field(json, 'status'), 'loadBalancer'), 'ingress'))
  return {
    ...names,
    type: text(field(spec, 'type')),
    externalName: text(field(spec, 'externalName')),
    clusterIps: clusterIps.length > 0 || single === '' ? clusterIps : [single],
    ports: portsOf(field(spec, 'ports')),
    externalIps: [
      ...texts(field(spec, 'externalIPs')),
      ...ingress.map((one) => text(field(one, 'ip')) || text(field(one, 'hostname'))),
    ].filter((one) => one !== ''),
  }
}

/** A ServiceImport (MCS API); without addresses it is headless. */
export function reduceServiceImport(json: unknown): Service | undefined {
  const names = namesOf(json)
  if (names === undefined) return undefined
  const spec = field(json, 'spec')
  const ips = texts(field(spec, 'ips'))
  return {
    ...names,
    type: text(field(spec, 'type')),
    externalName: '',
    clusterIps: ips.length > 0 ? ips : ['None'],
    ports: portsOf(field(spec, 'ports')),
    externalIps: [],
  }
}

export function reduceEndpointSlice(json: unknown): EndpointSlice | undefined {
  const names = namesOf(json)
  if (names === undefined) return undefined
  const metadata = field(json, 'metadata')
  const labels = field(metadata, 'labels')
  const cluster = text(field(labels, 'multicluster.kubernetes.io/source-cluster'))
  const imported = text(field(labels, 'multicluster.kubernetes.io/service-name'))
  const triggered = text(
    field(field(metadata, 'annotations'), 'endpoints.kubernetes.io/last-change-trigger-time'),
  )
  const changedAtMs = Date.parse(triggered)
  return {
    ...names,
    service: imported || text(field(labels, 'kubernetes.io/service-name')),
    cluster: imported === '' ? '' : cluster,
    endpoints: list(field(json, 'endpoints')).flatMap(endpointsOf),
    ports: portsOf(field(json, 'ports')),
    changedAtMs: Number.isNaN(changedAtMs) ? undefined : changedAtMs,
  }
}

export function reduceNamespace(json: unknown): Namespace | undefined {
  const name = text(field(field(json, 'metadata'), 'name'))
  return name === '' ? undefined : { name }
}

/** Pods that have ended are none; one that is being deleted is left out, too: see `isLeaving`. */
export function reducePod(json: unknown): Pod | undefined {
  const names = namesOf(json)
  const status = field(json, 'status')
  const phase = text(field(status, 'phase'))
  if (names === undefined || phase === 'Succeeded' || phase === 'Failed' || phase === 'Unknown') {
    return undefined
  }
  const primary = text(field(status, 'podIP'))
  const all = list(field(status, 'podIPs')).map((one) => text(field(one, 'ip')))
  const labels = Object.entries(Object(field(field(json, 'metadata'), 'labels')))
  return {
    ...names,
    addresses: [...new Set([primary, ...all])].filter((one) => one !== ''),
    labels: new Map(labels.map(([key, value]) => [key, text(value)])),
  }
}

/**
 * Whether an object is being deleted. A pod that is leaving isn't taken in, but one that is known
 * stays until it is gone: a source passes over such a pod's events.
 */
export function isLeaving(json: unknown): boolean {
  return text(field(field(json, 'metadata'), 'deletionTimestamp')) !== ''
}

function endpointsOf(json: unknown): Endpoint[] {
  // An absent condition means ready; serving and terminating are not looked at.
  const ready = field(field(json, 'conditions'), 'ready')
  if (ready !== undefined && ready !== null && ready !== true) return []
  const target = text(field(field(json, 'targetRef'), 'name'))
  const endpoint = {
    hostname: text(field(json, 'hostname')),
    podName: target.length < 64 ? target : '',
    zone: text(field(json, 'zone')),
  }
  return texts(field(json, 'addresses')).map((address) => ({ address, ...endpoint }))
}

// What has no ports is still found by its addresses: a port of -1 stands for that.
const noPorts: readonly Port[] = [{ name: '', protocol: '', port: -1 }]

function portsOf(json: unknown): readonly Port[] {
  const ports = list(json).map((one) => {
    const port = field(one, 'port')
    return {
      name: text(field(one, 'name')),
      protocol: (text(field(one, 'protocol')) || 'TCP').toLowerCase(),
      port: typeof port === 'number' && port >= 0 && port <= 0xffff ? port : -1,
    }
  })
  return ports.length > 0 ? ports : noPorts
}

function namesOf(json: unknown): { namespace: string; name: string } | undefined {
  const metadata = field(json, 'metadata')
  const name = text(field(metadata, 'name'))
  const namespace = text(field(metadata, 'namespace'))
  return name === '' || namespace === '' ? undefined : { namespace, name }
}

function field(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
}

function list(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : []
}

function texts(json: unknown): string[] {
  return list(json).filter((one): one is string => typeof one === 'string' && one !== '')
}

function text(json: unknown): string {
  return typeof json === 'string' ? json : ''
}
