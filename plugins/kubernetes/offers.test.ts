import { formatRr, Metadata, Name, type Offers, type Query } from '@fingerpost/sdk'
import { fakeHost, type LoadedPlugin, loadPlugin, makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import kubernetes from './index.ts'
import { loadYaml } from './yaml.ts'

// Loaded once before all: a first import takes longer than the microtasks a test waits for.
await loadYaml()

const objects = `
kind: Namespace
metadata: { name: prod }
---
kind: Service
metadata: { name: web, namespace: prod }
spec:
  clusterIPs: [10.96.0.1, "fd00::1"]
  ports: [{ name: http, port: 80 }]
  externalIPs: [203.0.113.1]
status: { loadBalancer: { ingress: [{ hostname: lb.example.org }] } }
---
kind: Service
metadata: { name: db, namespace: prod }
spec: { clusterIP: None, ports: [{ name: pg, port: 5432 }] }
---
kind: EndpointSlice
metadata: { name: db-1, namespace: prod, labels: { kubernetes.io/service-name: db } }
endpoints: [{ addresses: [10.0.1.1], hostname: db-0 }, { addresses: [10.0.1.2] }]
ports: [{ name: pg, port: 5432 }]
---
kind: Service
metadata: { name: out, namespace: prod }
spec: { type: ExternalName, externalName: www.example.org }
---
kind: Service
metadata: { name: hidden, namespace: nosuch }
spec: { clusterIP: 10.96.0.2, ports: [{ port: 1 }] }
---
kind: Pod
metadata: { name: client, namespace: prod, labels: { app: shop } }
status: { podIP: 10.0.0.1, podIPs: [{ ip: 10.0.0.1 }, { ip: "fd00::a" }] }
`

async function load(options = ''): Promise<LoadedPlugin> {
  const host = fakeHost({ plugin: 'kubernetes' })
  host.files.set('/m/all.yaml', objects)
  host.files.set('/etc/resolv.conf', 'nameserver 192.0.2.1\nsearch node.test\n')
  host.network.interfaceList = [{ name: 'eth0', addresses: ['10.9.9.9'] }]
  const corefile = `kubernetes cluster.local in-addr.arpa {\n manifests /m\n ${options}\n}`
  return (await loadPlugin(kubernetes, corefile, { host })) as unknown as LoadedPlugin
}

async function offersOf(options = ''): Promise<Offers> {
  const { handler } = await load(options)
  if (handler.offers === undefined) throw new Error('nothing is offered')
  return handler.offers
}

describe('metadata of kubernetes', () => {
  const from = (name: string, client = '10.0.0.1'): Query => makeQuery(name, 'A', { client })
  it.each([
    [
      'web.prod.svc.cluster.local',
      { namespace: 'prod', service: 'web', kind: 'svc', endpoint: '' },
    ],
    ['_Http._Tcp.web.prod.svc.cluster.local', { 'port-name': 'http', protocol: 'tcp' }],
    ['db-0.db.prod.svc.cluster.local', { endpoint: 'db-0', service: 'db', zone: undefined }],
    ['10-0-0-1.prod.pod.cluster.local', { kind: 'pod', namespace: 'prod', service: '' }],
    ['a.b.c.d.e.f.cluster.local', { 'parse-error': 'invalid query name', namespace: undefined }],
    ['www.example.org', { namespace: undefined }],
    ['web.prod.svc.cluster.local', { 'client-namespace': 'prod', 'client-pod-name': 'client' }],
    ['www.example.org', { 'client-label/app': 'shop', 'client-label/nosuch': undefined }],
  ])('of %s', async (name, labels) => {
    const { metadata } = await offersOf('pods verified')
    if (metadata === undefined) throw new Error('no metadata')
    const found = new Metadata([{ plugin: 'kubernetes', offer: metadata }], from(name))
    for (const [label, value] of Object.entries(labels)) {
      expect([label, found.get(`kubernetes/${label}`)]).toEqual([label, value])
    }
  })

  it('say nothing of clients that are no pods', async () => {
    const { metadata } = await offersOf('pods verified')
    expect(metadata?.get('client-namespace', from('a.test', '192.0.2.1'))).toBeUndefined()
  })

  it('name the zone of a zonal name', async () => {
    const { metadata } = await offersOf('zonal')
    const query = from('eu-1a.pin._zone.db.prod.svc.cluster.local')
    expect(metadata?.get('zone', query)).toBe('eu-1a')
  })
})

describe('the search path of a pod', () => {
  const pathOf = async (options: string, client: string, name = 'a.cluster.local') =>
    (await offersOf(options)).searchPath
      ?.searchPath(makeQuery(name, 'A', { client }))
      ?.map((domain) => String(domain))

  it('is its namespace, the services, the zone, the node, and the name as it is', async () => {
    const path = [
      'prod.svc.cluster.local.',
      'svc.cluster.local.',
      'cluster.local.',
      'node.test.',
      '.',
    ]
    expect(await pathOf('pods verified', '10.0.0.1')).toEqual(path)
    expect(await pathOf('pods verified', 'fd00::a')).toEqual(path)
  })

  it.each([
    ['a client that is no pod', 'pods verified', '192.0.2.1', 'a.cluster.local'],
    ['a name of another zone', 'pods verified', '10.0.0.1', 'a.test'],
    ['pods that are not watched', 'pods insecure', '10.0.0.1', 'a.cluster.local'],
  ])('is not known for %s', async (_, options, client, name) => {
    expect(await pathOf(options, client, name)).toBeUndefined()
  })
})

describe('transfers of kubernetes', () => {
  const records = async (zone: string, serial?: number) => {
    const { transfer } = await offersOf()
    const pieces = transfer?.transfer(Name.parseText(zone), serial)
    return pieces && [...pieces].flat().map((rr) => formatRr(rr).replaceAll('\t', ' '))
  }
  const SOA =
    'cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1767225600 7200 1800 86400 5'

  it('hold the zone in the order of CoreDNS', async () => {
    expect(await records('Cluster.local')).toEqual([
      SOA,
      'cluster.local. 5 IN NS ns.dns.cluster.local.',
      'ns.dns.cluster.local. 5 IN A 10.9.9.9',
      'db.prod.svc.cluster.local. 5 IN A 10.0.1.1',
      'db-0.db.prod.svc.cluster.local. 5 IN A 10.0.1.1',
      '_pg._tcp.db.prod.svc.cluster.local. 5 IN SRV 0 50 5432 db-0.db.prod.svc.cluster.local.',
      'db.prod.svc.cluster.local. 5 IN A 10.0.1.2',
      '10-0-1-2.db.prod.svc.cluster.local. 5 IN A 10.0.1.2',
      '_pg._tcp.db.prod.svc.cluster.local. 5 IN SRV 0 50 5432 10-0-1-2.db.prod.svc.cluster.local.',
      'out.prod.svc.cluster.local. 5 IN CNAME www.example.org.',
      'web.prod.svc.cluster.local. 5 IN A 10.96.0.1',
      'web.prod.svc.cluster.local. 5 IN AAAA fd00::1',
      'web.prod.svc.cluster.local. 5 IN SRV 0 100 80 web.prod.svc.cluster.local.',
      '_http._tcp.web.prod.svc.cluster.local. 5 IN SRV 0 100 80 web.prod.svc.cluster.local.',
      SOA,
    ])
  })

  it('are the SOA alone for who has the serial', async () => {
    expect(await records('cluster.local', 1_767_225_600)).toEqual([SOA])
  })

  it.each(['prod.svc.cluster.local', 'in-addr.arpa', 'a.test'])('are not for %s', async (zone) => {
    expect(await records(zone)).toBeUndefined()
  })
})

describe('external services of kubernetes', () => {
  it.each([
    [
      ['web', 'prod'],
      ['203.0.113.1:80', 'lb.example.org:80'],
    ],
    [
      ['_http', '_tcp', 'web', 'prod'],
      ['203.0.113.1:80', 'lb.example.org:80'],
    ],
    [['db-0', 'db', 'prod'], ['10.0.1.1:5432']],
    [
      ['db', 'prod'],
      ['10.0.1.1:5432', '10.0.1.2:5432'],
    ],
  ])('are found by %j', async (labels, hosts) => {
    const { externalServices } = await offersOf()
    const finding = externalServices?.find(labels, true)
    const entries = finding?.kind === 'found' ? finding.entries : []
    expect(entries.map(({ host, port }) => `${host}:${port}`)).toEqual(hosts)
  })

  it.each([
    [[], 'empty'],
    [['prod'], 'empty'],
    [['nosuch'], 'missing'],
    [['nosuch', 'prod'], 'missing'],
    [['db', 'prod'], 'missing'],
    [['_smtp', '_tcp', 'web', 'prod'], 'missing'],
    [['a', 'b', 'c', 'web', 'prod'], 'missing'],
  ])('are not there for %j: %s', async (labels, kind) => {
    const { externalServices } = await offersOf()
    expect(externalServices?.find(labels, false).kind).toBe(kind)
  })

  it('are found by their addresses', async () => {
    const { externalServices } = await offersOf()
    expect(externalServices?.findAddress('203.0.113.1', false)).toEqual([['web', 'prod']])
    expect(externalServices?.findAddress('10.0.1.1', true)).toEqual([['db-0', 'db', 'prod']])
    expect(externalServices?.findAddress('10.0.1.1', false)).toEqual([])
    expect(externalServices?.findAddress('10.96.0.1', true)).toEqual([])
  })
})
