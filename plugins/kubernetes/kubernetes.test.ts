import { Type } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import kubernetes from './index.ts'
import { LOOK_MS } from './manifests.ts'
import { loadYaml } from './yaml.ts'

// Loaded once before all: a first import takes longer than the microtasks a test waits for.
await loadYaml()

const namespaces = `
apiVersion: v1
kind: Namespace
metadata: { name: prod }
---
apiVersion: v1
kind: Namespace
metadata: { name: other }
`
const web = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: prod }
spec:
  clusterIPs: [10.96.0.1, "fd00::1"]
  ports: [{ name: http, port: 80 }, { name: https, port: 443 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: prod, labels: { kubernetes.io/service-name: web } }
endpoints:
  - addresses: [10.0.0.1]
    hostname: web-0
  - addresses: [10.0.0.2]
    targetRef: { name: web-abc }
  - addresses: [10.0.0.3]
    conditions: { ready: false }
ports: [{ name: http, port: 8080 }]
`
const database = `
kind: Service
metadata: { name: db, namespace: prod }
spec: { clusterIP: None, ports: [{ name: pg, port: 5432 }] }
---
kind: EndpointSlice
metadata: { name: db-1, namespace: prod, labels: { kubernetes.io/service-name: db } }
endpoints:
  - { addresses: [10.0.1.1], hostname: db-0, zone: a }
  - { addresses: [10.0.1.2], zone: b }
ports: [{ name: pg, port: 5432 }]
`
const others = `
kind: List
items:
  - kind: Service
    metadata: { name: idle, namespace: prod }
    spec: { clusterIP: 10.96.0.9, ports: [{ port: 1 }] }
  - kind: Service
    metadata: { name: alias, namespace: prod }
    spec: { type: ExternalName, externalName: web.prod.svc.cluster.local }
  - kind: Service
    metadata: { name: out, namespace: prod }
    spec: { type: ExternalName, externalName: www.example.org }
  - kind: Service
    metadata: { name: loop, namespace: prod }
    spec: { type: ExternalName, externalName: loop.prod.svc.cluster.local }
  - kind: Pod
    metadata: { name: p, namespace: prod }
    status: { podIP: 10.0.0.1, podIPs: [{ ip: 10.0.0.1 }, { ip: "fd00::a" }] }
`
const outside = replyWith({ answer: ['www.example.org. 300 IN A 192.0.2.1'] })

function clusterHost(): FakeHost {
  const host = fakeHost({ plugin: 'kubernetes', resolve: outside })
  host.files.set('/m/a.yaml', namespaces)
  host.files.set('/m/web.yaml', web)
  host.files.set('/m/db.yml', database)
  host.files.set('/m/others.yaml', others)
  host.network.interfaceList = [{ name: 'eth0', addresses: ['10.0.1.1', '127.0.0.1'] }]
  return host
}

const base = 'kubernetes cluster.local in-addr.arpa ip6.arpa {\n manifests /m\n'
const soa = (zone = 'cluster.local', ttl = 5) =>
  `${zone}. ${ttl} IN SOA ns.dns.${zone}. hostmaster.${zone}. 1767225600 7200 1800 86400 ${ttl}`
const nodata = { authority: [soa()] }
const nxdomain = { rcode: 'NXDOMAIN', authority: [soa()] }
const at = (name: string) => `${name}.svc.cluster.local`

describe('answers', () => {
  const a = (name: string, ...addresses: string[]) =>
    addresses.map((one) => `${at(name)}. 5 IN ${one.includes(':') ? 'AAAA' : 'A'} ${one}`)
  const srv = (name: string, weight: number, port: number, target: string) =>
    `${at(name)}. 5 IN SRV 0 ${weight} ${port} ${at(target)}.`
  testPlugin(
    kubernetes,
    `${base}}`,
    [
      { query: `${at('web.prod')} A`, expect: { answer: a('web.prod', '10.96.0.1') } },
      { query: `${at('web.prod')} AAAA`, expect: { answer: a('web.prod', 'fd00::1') } },
      {
        query: `${at('WEB.prod')} A`,
        expect: { answer: ['WEB.prod.svc.cluster.local. 5 IN A 10.96.0.1'] },
      },
      { query: `${at('nosuch.prod')} A`, expect: nxdomain },
      { query: `${at('web.nosuch')} A`, expect: nxdomain },
      { query: `${at('idle.prod')} AAAA`, expect: nodata },
      { query: `${at('prod')} A`, expect: nodata },
      { query: 'svc.cluster.local A', expect: nodata },
      { query: `${at('web.prod')} MX`, expect: nodata },
      { query: `${at('web.prod')} TXT`, expect: nodata },
      { query: `${at('prod')} TXT`, expect: nxdomain },
      {
        query: `${at('_http._tcp.web.prod')} SRV`,
        expect: {
          answer: [srv('_http._tcp.web.prod', 50, 80, 'web.prod')],
          additional: a('web.prod', '10.96.0.1', 'fd00::1'),
        },
      },
      { query: `${at('_http._udp.web.prod')} SRV`, expect: nxdomain },
      { query: `${at('db.prod')} A`, expect: { answer: a('db.prod', '10.0.1.1', '10.0.1.2') } },
      { query: `${at('db-0.db.prod')} A`, expect: { answer: a('db-0.db.prod', '10.0.1.1') } },
      {
        query: `${at('db.prod')} SRV`,
        expect: {
          answer: [
            srv('db.prod', 50, 5432, 'db-0.db.prod'),
            srv('db.prod', 50, 5432, '10-0-1-2.db.prod'),
          ],
          additional: [...a('db-0.db.prod', '10.0.1.1'), ...a('10-0-1-2.db.prod', '10.0.1.2')],
        },
      },
      {
        query: `${at('10-0-0-3.web.prod')} A`,
        name: 'skips endpoints not ready',
        expect: nxdomain,
      },
      {
        query: '1.0.96.10.in-addr.arpa PTR',
        expect: { answer: [`1.0.96.10.in-addr.arpa. 5 IN PTR ${at('web.prod')}.`] },
      },
      {
        query: '2.0.0.10.in-addr.arpa PTR',
        expect: { answer: [`2.0.0.10.in-addr.arpa. 5 IN PTR ${at('10-0-0-2.web.prod')}.`] },
      },
      {
        query: '9.9.9.9.in-addr.arpa PTR',
        expect: { rcode: 'NXDOMAIN', authority: [soa('in-addr.arpa')] },
      },
      {
        query: `${at('alias.prod')} A`,
        expect: {
          answer: [
            `${at('alias.prod')}. 5 IN CNAME ${at('web.prod')}.`,
            ...a('web.prod', '10.96.0.1'),
          ],
        },
      },
      { query: `${at('loop.prod')} A`, expect: nodata },
      {
        query: `${at('out.prod')} A`,
        name: 'asks the server for what an alias outside stands for',
        expect: {
          answer: [
            `${at('out.prod')}. 5 IN CNAME www.example.org.`,
            'www.example.org. 300 IN A 192.0.2.1',
          ],
        },
      },
      {
        query: 'dns-version.cluster.local TXT',
        expect: { answer: ['dns-version.cluster.local. 28800 IN TXT "1.1.0"'] },
      },
      { query: 'cluster.local SOA', expect: { answer: [soa()] } },
      { query: `${at('nosuch.prod')} SOA`, expect: nodata },
      {
        query: 'cluster.local NS',
        name: 'names the service of the own address as the name server',
        expect: {
          answer: [`cluster.local. 5 IN NS ${at('db-0.db.prod')}.`],
          additional: a('db-0.db.prod', '10.0.1.1'),
        },
      },
      { query: 'cluster.local AXFR', expect: { rcode: 'REFUSED', flags: 'rd' } },
      { query: 'example.org A', expect: { passed: true } },
      { query: '10-0-0-1.prod.pod.cluster.local A', expect: nxdomain },
    ],
    { it, host: clusterHost },
  )
})

describe('options', () => {
  const cases = [
    ['endpoint_pod_names', at('web-abc.web.prod'), 'A', ['10.0.0.2']],
    ['pods insecure', '1-2-3-4.prod.pod.cluster.local', 'A', ['1.2.3.4']],
    ['pods insecure', '1-2-3-4.nosuch.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['pods insecure', '01-2-3-4.prod.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['pods verified', '10-0-0-1.prod.pod.cluster.local', 'A', ['10.0.0.1']],
    ['pods verified', 'fd00--a.prod.pod.cluster.local', 'AAAA', ['fd00::a']],
    ['pods verified', '1-2-3-4.prod.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['pods verified', '10-0-0-1.other.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['ignore empty_service', at('idle.prod'), 'A', 'NXDOMAIN'],
    ['ignore empty_service', at('web.prod'), 'A', ['10.96.0.1']],
    ['noendpoints', at('db.prod'), 'A', 'NXDOMAIN'],
    ['noendpoints', at('web.prod'), 'A', ['10.96.0.1']],
    ['namespaces other', at('web.prod'), 'A', 'NXDOMAIN'],
    ['zonal', at('a.pin._zone.db.prod'), 'A', ['10.0.1.1']],
    ['zonal', at('c.pin._zone.db.prod'), 'A', []],
    ['zonal', at('c.prefer._zone.db.prod'), 'A', ['10.0.1.1', '10.0.1.2']],
    ['zonal', at('a.pin._zone.web.prod'), 'A', 'NXDOMAIN'],
  ] as const
  it.each(cases)('%s: %s %s', async (line, name, type, expected) => {
    const host = clusterHost()
    const loaded = await loadPlugin(kubernetes, `${base} ${line}\n}`, { host })
    const { rcode, answer } = formatMessage(await loaded.ask(name, type))
    const addresses = answer.map((rr) => rr.split(/\s/).at(-1))
    expect(rcode === 'NOERROR' ? addresses : rcode).toEqual(expected)
  })

  it('passes unknown names on in the zones of fallthrough only', async () => {
    const corefile = `${base} fallthrough in-addr.arpa\n}`
    const loaded = await loadPlugin(kubernetes, corefile, { host: clusterHost() })
    await loaded.ask('9.9.9.9.in-addr.arpa', 'PTR')
    await loaded.ask(at('nosuch.prod'), 'A')
    expect(loaded.passed.map(String)).toEqual(['9.9.9.9.in-addr.arpa. IN PTR'])
  })
})

describe('changes', () => {
  it('answers at once and alike when asked again, whatever the EDNS', async () => {
    const loaded = await loadPlugin(kubernetes, `${base}}`, { host: clusterHost() })
    for (const name of [at('web.prod'), at('nosuch.prod'), '1.0.96.10.in-addr.arpa']) {
      const type = name.endsWith('arpa') ? Type.PTR : Type.SRV
      const first = loaded.run(makeQuery(name, type))
      const second = loaded.run(makeQuery(name, type, { edns: true }))
      if (first instanceof Promise || second instanceof Promise) throw new Error('a promise')
      expect(formatMessage(second)).toEqual(formatMessage(first))
    }
  })

  it.each([
    [at('web.prod'), 'A'],
    [at('nosuch.prod'), 'A'],
    [at('_http._tcp.web.prod'), 'SRV'],
    ['1.0.96.10.in-addr.arpa', 'PTR'],
  ])('gives %s %s in the spelling of each question, asked for again or not', async (name, type) => {
    const spelled = name.replaceAll('c', 'C').replace('p', 'P')
    const fresh = await loadPlugin(kubernetes, `${base}}`, { host: clusterHost() })
    const expected = formatMessage(await fresh.ask(spelled, type))
    const loaded = await loadPlugin(kubernetes, `${base}}`, { host: clusterHost() })
    const plain = formatMessage(await loaded.ask(name, type))
    expect(formatMessage(await loaded.ask(spelled, type))).toEqual(expected)
    expect(formatMessage(await loaded.ask(name, type))).toEqual(plain)
  })

  it('shows what has changed in the files, and keeps what a broken one said', async () => {
    const host = clusterHost()
    const loaded = await loadPlugin(kubernetes, `${base}}`, { host })
    const addresses = async () =>
      formatMessage(await loaded.ask(at('db.prod'), 'A')).answer.map((rr) => rr.split(/\s/).at(-1))
    expect(await addresses()).toEqual(['10.0.1.1', '10.0.1.2'])
    await host.clock.advance(1)
    host.files.set('/m/db.yml', database.replace('10.0.1.2', '10.0.1.9'))
    await host.clock.advance(LOOK_MS)
    expect(await addresses()).toEqual(['10.0.1.1', '10.0.1.9'])
    host.files.set('/m/db.yml', 'kind: [')
    await host.clock.advance(LOOK_MS)
    expect(await addresses()).toEqual(['10.0.1.1', '10.0.1.9'])
    expect(host.log.lines.join()).toMatch(/can't read \/m\/db\.yml/)
    host.files.remove('/m/db.yml')
    await host.clock.advance(LOOK_MS)
    expect(await addresses()).toEqual([])
  })

  it('forgets what it said of a namespace that is gone', async () => {
    const host = clusterHost()
    const loaded = await loadPlugin(kubernetes, `${base}}`, { host })
    expect(formatMessage(await loaded.ask(at('web.prod'), 'A')).rcode).toBe('NOERROR')
    host.files.remove('/m/a.yaml')
    await host.clock.advance(LOOK_MS)
    expect(formatMessage(await loaded.ask(at('web.prod'), 'A')).rcode).toBe('NXDOMAIN')
  })
})

describe('before everything is known', () => {
  it('answers SERVFAIL for what may yet turn up, and says that it is not ready', async () => {
    const host = clusterHost()
    host.files.fail('/m', 'EACCES')
    const loading = loadPlugin(kubernetes, `${base} startup_timeout 1s\n fallthrough\n}`, { host })
    await host.clock.settle()
    await host.clock.advance(1000)
    const loaded = await loading
    expect(loaded.handler.ready?.()).toBe(false)
    const reply = formatMessage(await loaded.ask(at('web.prod'), 'A'))
    expect(reply).toMatchObject({ rcode: 'SERVFAIL', flags: expect.stringContaining('aa') })
    expect(loaded.passed).toEqual([])
    await loaded.ask('x.y.cluster.local', 'A')
    expect(loaded.passed.length).toBe(1)
    host.files.fail('/m')
    await host.clock.advance(LOOK_MS)
    expect(loaded.handler.ready?.()).toBe(true)
    expect(formatMessage(await loaded.ask(at('web.prod'), 'A')).rcode).toBe('NOERROR')
  })
})

describe('life cycle', () => {
  lifeCycleSuite(kubernetes, `${base}}`, {
    it,
    query: `${at('web.prod')} A`,
    host: clusterHost,
    bad: { corefile: `${base} pods some\n}`, at: 'some' },
  })
})
