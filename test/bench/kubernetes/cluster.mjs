// A made-up cluster of any size: namespaces, services of all kinds and their EndpointSlices, as an
// API server tells them, with all that DNS has no use for.

const MANAGER = 'kube-controller-manager'
const CREATED = '2026-11-24T08:00:00Z'

/** Objects by kind, and the services again as the load needs them. */
export function makeCluster(serviceCount = 10_000, namespaceCount = 200) {
  const namespaces = Array.from({ length: namespaceCount }, (_, i) => makeNamespace(i))
  const services = Array.from({ length: serviceCount }, (_, i) => describe(i, namespaceCount))
  return {
    services,
    objects: {
      Namespace: namespaces,
      Service: services.map(makeService),
      EndpointSlice: services.flatMap(makeSlices),
    },
  }
}

/**
 * Of 100 services 3 are external names, 18 have addresses of both families, 12 are headless with
 * named endpoints, and the rest have one address. That makes 115 slices.
 */
function describe(i, namespaceCount) {
  const place = i % 100
  const kind = place < 3 ? 'external' : place < 21 ? 'dual' : place >= 88 ? 'headless' : 'single'
  // Most have a few endpoints, one in 64 has as many as a busy front end.
  const endpointCount = kind === 'external' ? 0 : i % 64 === 37 ? 40 : 1 + (i % 5)
  return {
    i,
    kind,
    endpointCount,
    name: `app-${i}`,
    namespace: `team-${i % namespaceCount}`,
    ports: portsOf(i),
    clusterIps: clusterIpsOf(i, kind),
  }
}

function portsOf(i) {
  const all = [
    { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
    { name: 'metrics', port: 9090, targetPort: 9090, protocol: 'TCP' },
    { name: 'grpc', port: 7000, targetPort: 7000, protocol: 'TCP' },
  ]
  return all.slice(0, 1 + (i % 3))
}

function clusterIpsOf(i, kind) {
  const v4 = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
  if (kind === 'single') return [v4]
  if (kind === 'dual') return [v4, `fd00:96::${(i + 1).toString(16)}`]
  return kind === 'headless' ? ['None'] : []
}

function makeNamespace(i) {
  const name = `team-${i}`
  return {
    metadata: {
      ...metadataOf(name, undefined, 1000 + i),
      labels: { 'kubernetes.io/metadata.name': name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }
}

function makeService({ i, kind, name, namespace, ports, clusterIps }) {
  const metadata = {
    ...metadataOf(name, namespace, i),
    labels: labelsOf(name),
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { annotations: {}, labels: labelsOf(name), name, namespace },
        spec: { ports, selector: { app: name } },
      })}\n`,
    },
    managedFields: fieldsOf('kubectl-client-side-apply', 'v1', {
      'f:metadata': { 'f:annotations': {}, 'f:labels': { 'f:app': {}, 'f:part-of': {} } },
      'f:spec': {
        'f:internalTrafficPolicy': {},
        'f:ports': Object.fromEntries(ports.map(({ port }) => [`k:{"port":${port}}`, { '.': {} }])),
        'f:selector': {},
        'f:sessionAffinity': {},
        'f:type': {},
      },
    }),
  }
  if (kind === 'external') {
    const spec = { type: 'ExternalName', externalName: `db-${i}.example.com` }
    return { metadata, spec: { ...spec, sessionAffinity: 'None' }, status: { loadBalancer: {} } }
  }
  return {
    metadata,
    spec: {
      ports,
      selector: { app: name },
      clusterIP: clusterIps[0],
      clusterIPs: clusterIps,
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: kind === 'dual' ? ['IPv4', 'IPv6'] : ['IPv4'],
      ipFamilyPolicy: kind === 'dual' ? 'PreferDualStack' : 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  }
}

function makeSlices(service) {
  if (service.kind === 'external') return []
  const families = service.kind === 'dual' ? ['IPv4', 'IPv6'] : ['IPv4']
  return families.map((family) => makeSlice(service, family))
}

/** The slice of one family. `round` moves one of its endpoints to another address. */
export function makeSlice(service, family, round = 0) {
  const { i, kind, name, namespace, ports, endpointCount } = service
  const sliceName = `${name}-${hex(i * 7 + (family === 'IPv6' ? 3 : 1), 5)}`
  const changed = new Date(Date.parse(CREATED) + round).toISOString()
  return {
    metadata: {
      ...metadataOf(sliceName, namespace, i + 500_000),
      generateName: `${name}-`,
      generation: 1 + round,
      labels: {
        ...labelsOf(name),
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': changed },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name,
          uid: uidOf(i),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: fieldsOf(MANAGER, 'discovery.k8s.io/v1', {
        'f:addressType': {},
        'f:endpoints': {},
        'f:metadata': {
          'f:annotations': { 'f:endpoints.kubernetes.io/last-change-trigger-time': {} },
          'f:generateName': {},
          'f:labels': { 'f:app': {}, 'f:endpointslice.kubernetes.io/managed-by': {} },
          'f:ownerReferences': { [`k:{"uid":"${uidOf(i)}"}`]: {} },
        },
        'f:ports': {},
      }),
    },
    addressType: family,
    endpoints: Array.from({ length: endpointCount }, (_, n) => ({
      addresses: [podAddress(i, n, family, n === round % endpointCount ? round : 0)],
      conditions: { ready: true, serving: true, terminating: false },
      ...(kind === 'headless' ? { hostname: `${name}-${n}` } : {}),
      nodeName: `node-${(i + n) % 500}`,
      targetRef: { kind: 'Pod', name: `${name}-${n}`, namespace, uid: uidOf(i * 50 + n) },
      zone: `zone-${(i + n) % 3}`,
    })),
    ports: ports.map(({ name: portName, targetPort, protocol }) => ({
      name: portName,
      port: targetPort,
      protocol,
    })),
  }
}

function podAddress(i, n, family, round) {
  // Addresses of a slice lie apart from those of all others: 50 each, and as many to move to.
  const number = i * 100 + n + (round === 0 ? 0 : 50)
  return family === 'IPv4'
    ? `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
    : `fd00:10:${(number >> 16).toString(16)}::${((number & 0xffff) + 1).toString(16)}`
}

function labelsOf(name) {
  return { app: name, 'part-of': 'shop', 'app.kubernetes.io/managed-by': 'Helm' }
}

function metadataOf(name, namespace, number) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: uidOf(number),
    resourceVersion: String(number + 1),
    creationTimestamp: CREATED,
  }
}

function fieldsOf(manager, apiVersion, fieldsV1) {
  return [
    { manager, operation: 'Update', apiVersion, time: CREATED, fieldsType: 'FieldsV1', fieldsV1 },
  ]
}

function uidOf(number) {
  const digits = hex(Math.imul(number + 1, 0x9e3779b1) >>> 0, 8)
  return `${digits}-7c1e-4b52-9d0f-${hex(number, 12)}`
}

function hex(number, width) {
  return number.toString(16).padStart(width, '0')
}
