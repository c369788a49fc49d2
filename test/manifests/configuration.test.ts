import { describe, expect, it } from 'vitest'
import { parseFlags } from '../../core/flags.ts'
import { parseNodeFlags } from '../../core/node/node-flags.ts'
import { fillTemplate } from '../../core/node/template.ts'
import { build, find, inExamples } from './example-builds.ts'
import { at, type KubernetesObject, listAt, textAt, textsAt } from './kubernetes-object.ts'
import { readYaml } from './kustomization.ts'
import { containersOf } from './manifest-rules.ts'
import { readServer } from './read-server.ts'

/** The Corefile of a ConfigMap. */
const corefileOf = (object: unknown): string => textAt(object, 'data', 'Corefile')
const exampleOf = (role: string): string =>
  corefileOf(readYaml(inExamples(role, 'extra-configs.yaml'))[0])
const argsOf = (container: unknown): string[] => listAt(container, 'args').map(String)

/** What paths in the arguments lead to: the mounts of the container. */
function isMounted(container: unknown, path: string): boolean {
  const mounts = listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'mountPath'))
  return mounts.some((mount) => path === mount || path.startsWith(`${mount}/`))
}

/** Whether a mount can be written to. */
function isWritable(container: unknown, path: string): boolean {
  return listAt(container, 'volumeMounts').some(
    (mount) =>
      at(mount, 'readOnly') !== true && `${path}/`.startsWith(`${textAt(mount, 'mountPath')}/`),
  )
}

describe('the cluster role', () => {
  const cluster = build('cluster')
  const [container] = containersOf(find(cluster, 'Deployment', 'coredns'))
  const corefile = corefileOf(find(cluster, 'ConfigMap', 'coredns'))
  const flags = parseFlags(argsOf(container))

  it('is started with flags that it knows, and paths that are mounted', () => {
    expect(flags.conf).toBe('/etc/coredns/Corefile')
    expect(isMounted(container, flags.conf)).toBe(true)
    expect(flags.extraCorefiles.map((path) => isMounted(container, path))).toEqual([true])
    expect(isWritable(container, flags.state)).toBe(true)
    expect(isWritable(container, flags.conf)).toBe(false)
  })

  it('has a Corefile that check has nothing to say about', async () => {
    expect((await readServer({ corefile })).findings).toEqual([])
  })

  it('answers where container ports, Service and probes say', async () => {
    const { ports } = await readServer({ corefile })
    const declared = listAt(container, 'ports')
    const numberOf = (name: unknown): number =>
      Number(
        at(
          declared.find((port) => at(port, 'name') === name),
          'containerPort',
        ),
      )
    expect(ports.dns).toEqual([numberOf('dns')])
    expect(numberOf('dns-tcp')).toBe(numberOf('dns'))
    expect(ports.metrics).toEqual([numberOf('metrics')])
    const probe = (name: string) => textsAt(container, name, 'httpGet')
    expect([numberOf(probe('livenessProbe').port)]).toEqual(ports.health)
    expect(probe('livenessProbe').path).toBe('/health')
    expect([numberOf(probe('readinessProbe').port)]).toEqual(ports.ready)
    expect(probe('readinessProbe').path).toBe('/ready')
  })

  it('takes the example of extra configuration, which imports what the base declares', async () => {
    const plan = await readServer({ corefile, extras: { extra: exampleOf('cluster') } })
    expect(plan.findings).toEqual([])
    expect(plan.zones).toEqual(['.:53', 'example.com.:53'])
  })

  it('would notice an import of something that is not there', async () => {
    const extra = exampleOf('cluster').replace('import common', 'import comon')
    const { findings } = await readServer({ corefile, extras: { extra } })
    expect(findings.join('\n')).toContain('comon')
  })

  it('would notice a mistake in the Corefile', async () => {
    const { findings } = await readServer({ corefile: corefile.replace('ready', 'redy') })
    expect(findings.join('\n')).toContain("did you mean 'ready'?")
  })
})

describe.each([
  ['node/iptables', ['169.254.20.10', '10.96.0.10']],
  ['node/link-local', ['169.254.20.10']],
])('the node role, %s', (name, localIps) => {
  const objects: readonly KubernetesObject[] = build(name)
  const [container] = containersOf(find(objects, 'DaemonSet', 'node-local-dns'))
  const flags = parseNodeFlags(argsOf(container))
  const template = corefileOf(find(objects, 'ConfigMap', 'node-local-dns'))
  const corefile = fillTemplate(template, {
    upstreamServers: [],
    resolvConf: '/etc/resolv.conf',
    clusterDns: '10.96.0.11',
    localIps,
    clusterDomain: 'cluster.local',
    metricsAddress: ':9253',
  }).text

  it('is started with flags that it knows, and paths that are mounted', () => {
    expect(flags.localIps).toEqual(localIps)
    for (const path of [flags.template, flags.kubeDnsDirectory, ...flags.extraCorefiles]) {
      expect(isMounted(container, path)).toBe(true)
    }
    expect(isMounted(container, flags.upstreamResolvConf)).toBe(true)
    for (const path of [flags.output, flags.state, flags.pidfile]) {
      expect(isWritable(container, path)).toBe(true)
    }
  })

  it('has the Service that it asks for the names of the cluster', () => {
    expect(find(objects, 'Service', flags.upstreamService)).toBeDefined()
  })

  it('listens on the addresses of this way of interception, and no other', async () => {
    const { findings, zones } = await readServer({ corefile })
    expect(findings).toEqual([])
    expect(new Set(zones.map((zone) => zone.replace(/^.* on /, '')))).toEqual(new Set(localIps))
  })

  it('answers where probes and Services say', async () => {
    const { ports, healthAddresses } = await readServer({ corefile })
    const liveness = textsAt(container, 'livenessProbe', 'httpGet')
    expect(healthAddresses).toEqual([liveness.host])
    expect(ports.health?.map(String)).toEqual([String(liveness.port)])
    expect(flags.healthPort).toBe(ports.health?.[0])
    const served = listAt(find(objects, 'Service', 'node-local-dns'), 'spec', 'ports')
    expect(served.map((port) => at(port, 'targetPort'))).toEqual([
      ports.metrics?.[0],
      Number(flags.metricsAddress.split(':').at(-1)),
    ])
    expect(listAt(container, 'readinessProbe', 'exec', 'command').at(-1)).toBe(flags.pidfile)
  })

  it('takes the example of extra configuration, which binds to the same addresses', async () => {
    const plan = await readServer({ corefile, extras: { extra: exampleOf('node') } })
    expect(plan.findings).toEqual([])
    expect(plan.zones.filter((zone) => zone.startsWith('example.com'))).toEqual(
      localIps.map((ip) => `example.com.:53 on ${ip}`).sort(),
    )
  })
})
