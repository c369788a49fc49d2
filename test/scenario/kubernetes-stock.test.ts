/**
 * The Corefile of kubeadm, unchanged, in a pod as Kubernetes makes it: an API with a CA of its own,
 * a service account whose token rotates, the probes' ports, and the node's resolver.
 */

import { writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../conformance/lib/kube-store.ts'
import { ask } from './dns-client.ts'
import { http } from './http-client.ts'
import { PATIENCE } from './live-server.ts'
import { apiAddress, isInPod, runInPod, serviceAccount, whyNoPod } from './pod.ts'
import { makePodApi, type PodApi } from './pod-api.ts'
import { type Program, programs } from './program.ts'
import { scratch } from './scratch.ts'
import { ServerProcess, startServer } from './server-process.ts'

const corefile = (cache: string): string => `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    ${cache}
    loop
    reload
    loadbalance
}
`
const olderCorefile = corefile('cache 30')
const newerCorefile = corefile(`cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }`)

const inNamespace = { namespace: 'default' }
const httpPort = { name: 'http', protocol: 'TCP', port: 80 }
const serviceNamed = (name: string, spec: object): KubeObject =>
  ({ kind: 'Service', metadata: { ...inNamespace, name }, spec }) as KubeObject
const objects = [
  { kind: 'Namespace', metadata: { name: 'default' } },
  serviceNamed('web', { type: 'ClusterIP', clusterIP: '10.96.0.10', ports: [httpPort] }),
  serviceNamed('db', { type: 'ClusterIP', clusterIP: 'None', ports: [httpPort] }),
  serviceNamed('docs', { type: 'ExternalName', externalName: 'www.example.org' }),
  {
    kind: 'EndpointSlice',
    metadata: { ...inNamespace, name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    ports: [httpPort],
    endpoints: [{ addresses: ['10.244.0.5'], hostname: 'db-0', conditions: { ready: true } }],
  } as KubeObject,
]

const apiPort = 443
const reason = isInPod ? undefined : whyNoPod()

// Outside, there is one test: it makes a pod and runs this file there, where it has the others.
if (isInPod) {
  describe('the stock Corefile', { timeout: 40_000 }, () => {
    let api: PodApi

    beforeEach(async () => {
      api = await makePodApi(apiAddress, apiPort, objects)
      for (const [name, text] of [
        ['token', api.token],
        ['ca.crt', api.ca],
        ['namespace', 'kube-system'],
      ] as const) {
        writeFileSync(`${serviceAccount}/${name}`, text)
      }
      await startResolver()
    })

    it.each([
      ['of today', newerCorefile],
      ['that caches the cluster too', olderCorefile],
    ])('%s is live, then ready, and answers what it should', async (_, text) => {
      api.hold()
      await api.start()
      const server = new ServerProcess(binary(), startOptions(text))
      await expect.poll(() => probe(8080, '/health'), PATIENCE).toBe('200 OK')
      expect(await probe(8181, '/ready')).toBe('503 kubernetes')
      expect(await probe(9153, '/metrics')).toMatch(/^200 /)
      // All of this while it waits: it has not given up and begun to serve.
      expect(server.stdout).not.toMatch(/unsynced|^\.:53/m)
      api.release()
      await expect.poll(() => probe(8181, '/ready'), PATIENCE).toBe('200 OK')
      await server.line(/^\.:53/m)

      expect(await answers('web.default.svc.cluster.local')).toEqual(['A 10.96.0.10'])
      expect(await answers('db.default.svc.cluster.local')).toEqual(['A 10.244.0.5'])
      expect(await answers('db-0.db.default.svc.cluster.local')).toEqual(['A 10.244.0.5'])
      expect(await answers('10-244-0-9.default.pod.cluster.local')).toEqual(['A 10.244.0.9'])
      const srv = await ask(53, '_http._tcp.db.default.svc.cluster.local', 'SRV')
      expect(srv.answer.join()).toContain('"port":80,"target":"db-0.db.default.svc.cluster.local"')
      expect(srv.additional).toEqual(['A 10.244.0.5'])
      expect(await answers('10.0.96.10.in-addr.arpa', 'PTR')).toEqual([
        'PTR web.default.svc.cluster.local',
      ])
      expect(await answers('docs.default.svc.cluster.local')).toEqual([
        'CNAME www.example.org',
        'A 198.51.100.7',
      ])
      expect(await answers('www.example.org')).toEqual(['A 198.51.100.7'])
      expect(await answers('7.100.51.198.in-addr.arpa', 'PTR')).toEqual(['PTR www.example.org'])
      const { rcode } = await ask(53, 'none.default.svc.cluster.local', 'A')
      expect(rcode).toBe('NXDOMAIN')
      expect(api.refusedCount).toBe(0)
    })

    it('goes on when its token rotates', async () => {
      await api.start()
      await startServer(binary(), startOptions(newerCorefile))
      expect(await answers('web.default.svc.cluster.local')).toEqual(['A 10.96.0.10'])

      // The new token is on the disk before the old one ends.
      writeFileSync(`${serviceAccount}/token`, 'second')
      api.token = 'second'
      api.change({
        apply: serviceNamed('new', {
          type: 'ClusterIP',
          clusterIP: '10.96.0.11',
          ports: [httpPort],
        }),
        dropWatches: true,
      })
      await expect
        .poll(() => answers('new.default.svc.cluster.local'), PATIENCE)
        .toEqual(['A 10.96.0.11'])
      expect(api.refusedCount).toBeGreaterThan(0)
      expect(await probe(8181, '/ready')).toBe('200 OK')
    })

    it('serves after startup_timeout without an API, and recovers when that comes', async () => {
      const server = new ServerProcess(binary(), startOptions(newerCorefile))
      await expect.poll(() => probe(8080, '/health'), PATIENCE).toBe('200 OK')
      await server.line(/waiting for Kubernetes API before starting server/)
      await server.line(/starting server with unsynced Kubernetes API/)
      await server.line(/^\.:53/m)
      expect(await probe(8080, '/health')).toBe('200 OK')
      expect(await probe(8181, '/ready')).toBe('503 kubernetes')
      expect(await ask(53, 'web.default.svc.cluster.local', 'A')).toMatchObject({
        rcode: 'SERVFAIL',
        answer: [],
      })
      expect(await answers('www.example.org')).toEqual(['A 198.51.100.7'])

      await api.start()
      await expect
        .poll(() => answers('web.default.svc.cluster.local'), PATIENCE)
        .toEqual(['A 10.96.0.10'])
      await expect.poll(() => probe(8181, '/ready'), PATIENCE).toBe('200 OK')
    })
  })
} else {
  it.skipIf(reason !== undefined)(
    `the stock Corefile is served in a pod${reason === undefined ? '' : ` (left out: ${reason})`}`,
    { timeout: 130_000 },
    () => {
      const { isPassed, output } = runInPod('test/scenario/kubernetes-stock.test.ts')
      expect(isPassed, output).toBe(true)
      expect(output).toMatch(/Tests +4 passed/)
    },
  )
}

function binary(): Program {
  const program = programs.find(({ name }) => name === 'binary')
  if (program === undefined) throw new Error('the executable is tested by the tests under Node')
  return program
}

function startOptions(text: string) {
  return {
    cwd: scratch({ Corefile: text }),
    env: { KUBERNETES_SERVICE_HOST: apiAddress, KUBERNETES_SERVICE_PORT: String(apiPort) },
  }
}

/** The resolver of the node: another server, in a network of its own. */
async function startResolver(): Promise<void> {
  const { command } = binary()
  const outside = { name: 'resolver', command: ['ip', 'netns', 'exec', 'outside', ...command] }
  const text = '.:53 {\n    hosts {\n        198.51.100.7 www.example.org\n    }\n}\n'
  await startServer(outside, { cwd: scratch({ Corefile: text }) })
}

/** Status and body of a probe's answer, the status alone where nobody listens yet. */
async function probe(port: number, path: string): Promise<string> {
  const reply = await http(port, path).catch(() => undefined)
  return reply === undefined ? 'nothing' : `${reply.status} ${reply.text.trim()}`
}

async function answers(name: string, type = 'A'): Promise<readonly string[]> {
  return (await ask(53, name, type)).answer
}
