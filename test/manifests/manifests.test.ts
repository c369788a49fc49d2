import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { build, builds, find, inExamples } from './example-builds.ts'
import { applyJsonPatch, type PatchStep } from './json-patch.ts'
import { at, describeObject, type KubernetesObject, listAt, textsAt } from './kubernetes-object.ts'
import { findSchemaFaults } from './kubernetes-schema.ts'
import { buildKustomization, readYaml } from './kustomization.ts'
import { containersOf, findMisfits, isWorkload } from './manifest-rules.ts'

const cluster = build('cluster')
const node = build('node/iptables')
const surroundings = {
  others: cluster,
  hostPorts: ['53/UDP', '53/TCP', '8080/TCP', '9253/TCP', '9353/TCP'],
}

describe.each(Object.entries(builds))('%s', (_, objects) => {
  it('is what the API takes', async () => {
    expect((await Promise.all(objects.map(findSchemaFaults))).flat()).toEqual([])
  })

  it('fits together', () => {
    expect(findMisfits(objects, surroundings)).toEqual([])
  })

  it('has pods that are root only where rules are made, and can do no more than they need', () => {
    for (const object of objects.filter(isWorkload)) {
      const isNode = object.kind === 'DaemonSet'
      const pod = at(object, 'spec', 'template', 'spec')
      expect(at(pod, 'securityContext')).toMatchObject({
        seccompProfile: { type: 'RuntimeDefault' },
        ...(isNode ? {} : { runAsNonRoot: true, runAsUser: 65532 }),
      })
      for (const container of containersOf(object)) {
        expect(at(container, 'securityContext')).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(at(container, 'securityContext', 'privileged')).toBeUndefined()
      }
    }
  })

  it('runs this version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    const images = objects
      .filter(isWorkload)
      .flatMap((object) => containersOf(object).map((container) => textsAt(container).image))
      .filter((image) => image?.startsWith('fingerpost'))
    expect(new Set(images.map((image) => image?.split(':')[1]))).toEqual(new Set([version]))
  })
})

describe('permissions', () => {
  const rulesOf = (objects: readonly KubernetesObject[]) =>
    objects
      .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
      .map((object) => [describeObject(object), at(object, 'rules')])

  it('of the cluster role are to list and watch what names are made of, and one ConfigMap', () => {
    expect(rulesOf(cluster)).toEqual([
      [
        'ClusterRole system:coredns',
        [
          { apiGroups: [''], resources: ['services', 'namespaces'], verbs: ['list', 'watch'] },
          {
            apiGroups: ['discovery.k8s.io'],
            resources: ['endpointslices'],
            verbs: ['list', 'watch'],
          },
        ],
      ],
      [
        'Role kube-system/coredns-extra-configs',
        [
          {
            apiGroups: [''],
            resources: ['configmaps'],
            resourceNames: ['coredns-extra-configs'],
            verbs: ['get', 'list', 'watch'],
          },
          { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
        ],
      ],
    ])
  })

  it('of the node role are none, and its pods have no token', () => {
    expect(rulesOf(node)).toEqual([])
    expect(at(find(node, 'ServiceAccount', 'node-local-dns'), 'automountServiceAccountToken')).toBe(
      false,
    )
  })

  it('to use the kernel are the few that are needed', () => {
    const added = (objects: readonly KubernetesObject[], kind: string, name: string) =>
      at(containersOf(find(objects, kind, name))[0], 'securityContext', 'capabilities', 'add')
    expect(added(cluster, 'Deployment', 'coredns')).toEqual(['NET_BIND_SERVICE'])
    expect(added(node, 'DaemonSet', 'node-local-dns')).toEqual(['NET_ADMIN', 'NET_BIND_SERVICE'])
    const legacy = build('node, legacy, monitored')
    expect(added(legacy, 'DaemonSet', 'node-local-dns')).toContain('NET_RAW')
    const ofGuard = (objects: readonly KubernetesObject[]) =>
      at(guardOf(objects), 'securityContext', 'capabilities', 'add')
    expect([ofGuard(node), ofGuard(legacy)]).toEqual([['NET_ADMIN'], ['NET_ADMIN', 'NET_RAW']])
  })
})

/** The container that outlives the server's. */
const guardOf = (objects: readonly KubernetesObject[]): unknown =>
  containersOf(find(objects, 'DaemonSet', 'node-local-dns'))[1]

describe('the guard of a node', () => {
  it.each(['node/iptables', 'node/link-local'])('of %s is told what the server is', (name) => {
    const objects = build(name)
    const [server, guard] = containersOf(find(objects, 'DaemonSet', 'node-local-dns'))
    const [command, ...args] = listAt(guard, 'args')
    expect(command).toBe('guard')
    // All that it does depends on.
    expect(args).toEqual(listAt(server, 'args').slice(0, 2))
    expect(args[0]).toBe('-localip')
    expect(textsAt(guard).image).toBe(textsAt(server).image)
  })

  it('begins before the server, is started again, and takes the lock of others', () => {
    const daemonSet = find(node, 'DaemonSet', 'node-local-dns')
    const [sidecar] = listAt(daemonSet, 'spec', 'template', 'spec', 'initContainers')
    expect(sidecar).toEqual(guardOf(node))
    expect(at(sidecar, 'restartPolicy')).toBe('Always')
    expect(listAt(sidecar, 'volumeMounts')).toEqual([
      { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
    ])
  })
})

describe('an upgrade of a node', () => {
  const daemonSet = find(node, 'DaemonSet', 'node-local-dns')

  it('starts the new server beside the old one', () => {
    expect(at(daemonSet, 'spec', 'updateStrategy', 'rollingUpdate')).toEqual({
      maxSurge: 1,
      maxUnavailable: 0,
    })
  })

  it('is not kept from that by ports that both would claim', () => {
    expect(at(daemonSet, 'spec', 'template', 'spec', 'hostNetwork')).toBe(true)
    expect(containersOf(daemonSet).flatMap((one) => at(one, 'ports') ?? [])).toEqual([])
  })
})

describe('what stands beside the kustomizations', () => {
  it.each(['cluster', 'node'])(
    'the extra configuration of %s is what the API takes',
    async (role) => {
      const [example] = readYaml(inExamples(role, 'extra-configs.yaml')) as KubernetesObject[]
      if (example === undefined) throw new Error('there is no example')
      expect(await findSchemaFaults(example)).toEqual([])
      // It is the one that the pods mount.
      const volumes = JSON.stringify(build(role === 'node' ? 'node/iptables' : role))
      expect(volumes).toContain(`{"name":"${example.metadata.name}","optional":true}`)
    },
  )
})

describe('the README', () => {
  const readme = readFileSync(inExamples('README.md'), 'utf8')
  const [, overlay = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(readme) ?? []

  it("shows a kustomization of one's own that can be built", async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fingerpost-overlay-'))
    try {
      // It stands beside the directories in examples/kubernetes.
      const text = overlay.replaceAll('../', `${relative(directory, inExamples())}/`)
      writeFileSync(join(directory, 'kustomization.yaml'), text)
      const objects = buildKustomization(directory)
      expect((await Promise.all(objects.map(findSchemaFaults))).flat()).toEqual([])
      expect(findMisfits(objects)).toEqual([])
      const [container] = containersOf(find(objects, 'Deployment', 'coredns'))
      expect(textsAt(container).image).toMatch(/^registry\.example\.com\/fingerpost:/)
      find(objects, 'HorizontalPodAutoscaler', 'coredns')
      find(objects, 'ServiceMonitor', 'coredns')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

// Only where there is a kubectl: the builder of these tests against the real one.
describe.runIf(spawnSync('kubectl', ['version', '--client']).status === 0)('kubectl', () => {
  it.each(['cluster', 'node/iptables', 'node/link-local'])('builds the same of %s', (name) => {
    const directory = inExamples(...name.split('/'))
    const { stdout, stderr } = spawnSync('kubectl', ['kustomize', directory], { encoding: 'utf8' })
    expect(stderr).toBe('')
    const built = parseAllDocuments(stdout).map((one) => one.toJS() as KubernetesObject)
    const sorted = (objects: readonly KubernetesObject[]) =>
      [...objects].sort((one, other) => (describeObject(one) < describeObject(other) ? -1 : 1))
    expect(sorted(built)).toEqual(sorted(build(name)))
  })
})

describe('a mistake is found:', () => {
  const broken = (name: string, kind: string, object: string, ...steps: PatchStep[]) =>
    build(name).map((one) =>
      one.kind === kind && one.metadata.name === object
        ? (applyJsonPatch(one, steps) as KubernetesObject)
        : one,
    )
  const container = '/spec/template/spec/containers/0'
  const deployment = ['cluster', 'Deployment', 'coredns'] as const

  it.each<[string, PatchStep, string]>([
    [
      'a field that does not exist',
      { op: 'add', path: `${container}/imagePullPolcy`, value: 'Always' },
      '/spec/template/spec/containers/0/imagePullPolcy is no known field',
    ],
    [
      'a field at the wrong place',
      { op: 'add', path: '/spec/containers', value: [] },
      '/spec/containers is no known field',
    ],
    [
      'a number that is text',
      { op: 'replace', path: `${container}/ports/0/containerPort`, value: '53' },
      '/spec/template/spec/containers/0/ports/0/containerPort must be integer',
    ],
    [
      'a word that is none of those allowed',
      { op: 'replace', path: `${container}/ports/0/protocol`, value: 'QUIC' },
      '/spec/template/spec/containers/0/ports/0/protocol must be equal to one of the allowed ' +
        'values: SCTP,TCP,UDP',
    ],
    [
      'a required field that is missing',
      { op: 'remove', path: `${container}/name` },
      '/spec/template/spec/containers/0 must have required property name',
    ],
  ])('%s', async (_, step, fault) => {
    const changed = find(broken(...deployment, step), 'Deployment', 'coredns')
    expect(await findSchemaFaults(changed)).toEqual([`Deployment kube-system/coredns: ${fault}`])
  })

  it('a kind that nobody knows', async () => {
    const object = { ...find(cluster, 'Deployment', 'coredns'), kind: 'Deploiment' }
    expect(await findSchemaFaults(object)).toEqual([
      'Deploiment kube-system/coredns: there is no schema for apps/v1 Deploiment',
    ])
  })

  it.each<[string, readonly [string, string, string], PatchStep, RegExp]>([
    [
      'a selector that is not the labels of the pods',
      deployment,
      { op: 'replace', path: '/spec/selector/matchLabels/k8s-app', value: 'coredns' },
      /the selector is not its pods/,
    ],
    [
      'a Service without pods',
      ['cluster', 'Service', 'kube-dns'],
      { op: 'replace', path: '/spec/selector/k8s-app', value: 'coredns' },
      /Service kube-system\/kube-dns: it selects no pod/,
    ],
    [
      'a port that the container has not',
      ['cluster', 'Service', 'kube-dns'],
      { op: 'replace', path: '/spec/ports/2/targetPort', value: 9154 },
      /Deployment kube-system\/coredns has no port 9154\/TCP/,
    ],
    [
      'a port of another protocol',
      ['cluster', 'Service', 'kube-dns'],
      { op: 'replace', path: '/spec/ports/0/protocol', value: 'TCP' },
      /has no port dns\/TCP/,
    ],
    [
      'a port that nothing on the host serves',
      ['node/iptables', 'Service', 'node-local-dns'],
      { op: 'replace', path: '/spec/ports/0/targetPort', value: 9254 },
      /DaemonSet kube-system\/node-local-dns has no port 9254\/TCP/,
    ],
    [
      'a probe of a port that is not there',
      deployment,
      { op: 'replace', path: `${container}/readinessProbe/httpGet/port`, value: 'ready' },
      /the readinessProbe asks port ready/,
    ],
    [
      'a key that the ConfigMap has not',
      ['cluster', 'ConfigMap', 'coredns'],
      { op: 'replace', path: '/data', value: { corefile: '' } },
      /ConfigMap coredns has no key Corefile/,
    ],
    [
      'a ConfigMap that is not there',
      deployment,
      { op: 'replace', path: '/spec/template/spec/volumes/0/configMap/name', value: 'dns' },
      /there is no ConfigMap dns/,
    ],
    [
      'a volume that is not there',
      deployment,
      { op: 'replace', path: `${container}/volumeMounts/0/name`, value: 'conf' },
      /there is no volume conf/,
    ],
    [
      'a ServiceAccount that is not there',
      deployment,
      { op: 'replace', path: '/spec/template/spec/serviceAccountName', value: 'dns' },
      /there is no ServiceAccount dns/,
    ],
    [
      'a binding of a role that is not there',
      ['cluster', 'ClusterRoleBinding', 'system:coredns'],
      { op: 'replace', path: '/roleRef/name', value: 'coredns' },
      /there is no ClusterRole coredns/,
    ],
    [
      'a budget for other pods',
      ['cluster', 'PodDisruptionBudget', 'coredns'],
      { op: 'replace', path: '/spec/selector/matchLabels/k8s-app', value: 'dns' },
      /PodDisruptionBudget kube-system\/coredns: it selects no pod/,
    ],
    [
      'a scaler against a number in the Deployment',
      ['cluster, by CPU, monitored', 'Deployment', 'coredns'],
      { op: 'add', path: '/spec/replicas', value: 2 },
      /Deployment coredns sets a number itself/,
    ],
    [
      'a monitor of a port that the Service has not',
      ['cluster, by CPU, monitored', 'ServiceMonitor', 'coredns'],
      { op: 'replace', path: '/spec/endpoints/0/port', value: 'http' },
      /the Service has no port http/,
    ],
    [
      'an object without a namespace',
      ['cluster', 'Service', 'kube-dns'],
      { op: 'remove', path: '/metadata/namespace' },
      /its namespace is wrong/,
    ],
  ])('%s', (_, [name, kind, object], step, fault) => {
    expect(findMisfits(broken(name, kind, object, step), surroundings).join('\n')).toMatch(fault)
  })
})
