/** What has to fit together among the objects of one kustomization; schemas do not see it. */

import {
  at,
  describeObject,
  type KubernetesObject,
  listAt,
  matches,
  textAt,
  textsAt,
} from './kubernetes-object.ts'

const SELECTOR = ['spec', 'selector', 'matchLabels'] as const
const TEMPLATE = ['spec', 'template'] as const
const POD = [...TEMPLATE, 'spec'] as const
const POD_LABELS = [...TEMPLATE, 'metadata', 'labels'] as const

/** What the objects have around them. */
export interface Surroundings {
  /** Objects of other kustomizations that are there as well. */
  readonly others?: readonly KubernetesObject[]
  /** Ports that a pod on the network of its host serves, which it can't declare: `53/UDP`. */
  readonly hostPorts?: readonly string[]
}

/** What does not fit; empty when all does. */
export function findMisfits(
  objects: readonly KubernetesObject[],
  { others = [], hostPorts = [] }: Surroundings = {},
): string[] {
  const all = [...objects, ...others]
  return objects.flatMap((object) => {
    const faults = [
      ...findMissingNamespace(object),
      ...(isWorkload(object) ? findPodFaults(object, objects) : []),
      ...(object.kind === 'Service' ? findServiceFaults(object, all, hostPorts) : []),
      ...(object.kind === 'PodDisruptionBudget' ? findBudgetFaults(object, objects) : []),
      ...(object.kind === 'HorizontalPodAutoscaler' ? findScaleFaults(object, objects) : []),
      ...(object.kind === 'ServiceMonitor' ? findMonitorFaults(object, objects) : []),
      ...(object.kind.endsWith('RoleBinding') ? findBindingFaults(object, objects) : []),
    ]
    return faults.map((fault) => `${describeObject(object)}: ${fault}`)
  })
}

/** Whether an object makes pods. */
export function isWorkload({ kind }: KubernetesObject): boolean {
  return kind === 'Deployment' || kind === 'DaemonSet'
}

/** The containers of a workload's pods, those that begin before the others last. */
export function containersOf(object: KubernetesObject): readonly unknown[] {
  return [...listAt(object, ...POD, 'containers'), ...listAt(object, ...POD, 'initContainers')]
}

function findMissingNamespace({ kind, metadata }: KubernetesObject): string[] {
  const isClusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'].includes(kind)
  return isClusterWide === (metadata.namespace === undefined) ? [] : ['its namespace is wrong']
}

function findPodFaults(object: KubernetesObject, objects: readonly KubernetesObject[]): string[] {
  const labels = textsAt(object, ...POD_LABELS)
  const account = textAt(object, ...POD, 'serviceAccountName')
  const spreads = listAt(object, ...POD, 'topologySpreadConstraints')
  const isKnown = objects.some(
    ({ kind, metadata }) =>
      kind === 'ServiceAccount' &&
      metadata.name === account &&
      metadata.namespace === object.metadata.namespace,
  )
  return [
    ...(matches(textsAt(object, ...SELECTOR), labels) ? [] : ['the selector is not its pods']),
    ...(isKnown ? [] : [`there is no ServiceAccount ${account}`]),
    ...spreads.flatMap((spread) =>
      matches(textsAt(spread, 'labelSelector', 'matchLabels'), labels)
        ? []
        : ['a topologySpreadConstraint is about other pods'],
    ),
    ...findVolumeFaults(object, objects),
    ...containersOf(object).flatMap((container) => findContainerFaults(container, object)),
  ]
}

function findVolumeFaults(object: KubernetesObject, objects: readonly KubernetesObject[]) {
  const mounts = containersOf(object).flatMap(mountsOf)
  return listAt(object, ...POD, 'volumes').flatMap((volume) => {
    const volumeName = textAt(volume, 'name')
    if (!mounts.includes(volumeName)) return [`nothing mounts ${volumeName}`]
    const name = textAt(volume, 'configMap', 'name')
    const isOptional = at(volume, 'configMap', 'optional') === true
    if (name === '' || isOptional) return []
    const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
    if (map === undefined) return [`there is no ConfigMap ${name}`]
    return listAt(volume, 'configMap', 'items').flatMap((item) => {
      const key = textAt(item, 'key')
      return Object.hasOwn(textsAt(map, 'data'), key) ? [] : [`ConfigMap ${name} has no key ${key}`]
    })
  })
}

function findContainerFaults(container: unknown, object: KubernetesObject): string[] {
  const volumes = listAt(object, ...POD, 'volumes').map((volume) => textAt(volume, 'name'))
  const ports = listAt(container, 'ports').map((port) => textAt(port, 'name'))
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) => {
    const port = at(container, name, 'httpGet', 'port')
    return typeof port === 'string' && !ports.includes(port)
      ? [`the ${name} asks port ${port}, which the container has not`]
      : []
  })
  return [
    ...probes,
    ...mountsOf(container)
      .filter((name) => !volumes.includes(name))
      .map((name) => `there is no volume ${name}`),
  ]
}

function mountsOf(container: unknown): readonly string[] {
  return listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name'))
}

function findServiceFaults(
  service: KubernetesObject,
  all: readonly KubernetesObject[],
  hostPorts: readonly string[],
): string[] {
  const selector = textsAt(service, 'spec', 'selector')
  const workloads = all.filter((one) => isWorkload(one) && matches(selector, labelsOf(one)))
  if (workloads.length === 0) return ['it selects no pod']
  return listAt(service, 'spec', 'ports').flatMap((port) => {
    const target = textAt(port, 'targetPort') || textAt(port, 'port')
    const wanted = `${target}/${textAt(port, 'protocol') || 'TCP'}`
    return workloads
      .filter((workload) => !portsOf(workload, hostPorts).includes(wanted))
      .map((workload) => `${describeObject(workload)} has no port ${wanted}`)
  })
}

/** Ports of a workload's pods as `NAME/PROTOCOL` and `NUMBER/PROTOCOL`. */
function portsOf(workload: KubernetesObject, hostPorts: readonly string[]): readonly string[] {
  if (at(workload, ...POD, 'hostNetwork') === true) return hostPorts
  return containersOf(workload)
    .flatMap((container) => listAt(container, 'ports'))
    .flatMap((port) => {
      const protocol = textAt(port, 'protocol') || 'TCP'
      return [textAt(port, 'name'), textAt(port, 'containerPort')].map(
        (one) => `${one}/${protocol}`,
      )
    })
}

function findBudgetFaults(budget: KubernetesObject, objects: readonly KubernetesObject[]) {
  const selector = textsAt(budget, ...SELECTOR)
  const isFound = objects.some((one) => isWorkload(one) && matches(selector, labelsOf(one)))
  return isFound ? [] : ['it selects no pod']
}

function findScaleFaults(scaler: KubernetesObject, objects: readonly KubernetesObject[]): string[] {
  const { kind, name } = textsAt(scaler, 'spec', 'scaleTargetRef')
  const target = objects.find((one) => one.kind === kind && one.metadata.name === name)
  if (target === undefined) return [`there is no ${kind} ${name}`]
  return at(target, 'spec', 'replicas') === undefined
    ? []
    : [`${kind} ${name} sets a number itself`]
}

function findMonitorFaults(monitor: KubernetesObject, objects: readonly KubernetesObject[]) {
  const selector = textsAt(monitor, ...SELECTOR)
  const services = objects.filter(
    ({ kind, metadata }) =>
      kind === 'Service' &&
      metadata.namespace === monitor.metadata.namespace &&
      matches(selector, metadata.labels ?? {}),
  )
  if (services.length !== 1) return [`it selects ${services.length} Services`]
  const names = listAt(services[0], 'spec', 'ports').map((port) => textAt(port, 'name'))
  return listAt(monitor, 'spec', 'endpoints')
    .map((endpoint) => textAt(endpoint, 'port'))
    .filter((port) => !names.includes(port))
    .map((port) => `the Service has no port ${port}`)
}

function findBindingFaults(binding: KubernetesObject, objects: readonly KubernetesObject[]) {
  const has = (kind: string, name: string, namespace?: string): boolean =>
    objects.some(
      (one) =>
        one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
    )
  const { kind = '', name = '' } = textsAt(binding, 'roleRef')
  const namespace = kind === 'ClusterRole' ? undefined : binding.metadata.namespace
  return [
    ...(has(kind, name, namespace) ? [] : [`there is no ${kind} ${name}`]),
    ...listAt(binding, 'subjects').flatMap((subject) => {
      const one = textsAt(subject)
      const isThere = has(one.kind ?? '', one.name ?? '', one.namespace)
      return isThere ? [] : [`there is no ${one.kind} ${one.namespace}/${one.name}`]
    }),
  ]
}

function labelsOf(workload: KubernetesObject): Readonly<Record<string, string>> {
  return textsAt(workload, ...POD_LABELS)
}
