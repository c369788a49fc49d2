/** Surroundings of tests of the whole plugin: a cluster, its API server, and what DNS says of it. */

import type { Message } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  formatMessage,
  type LoadedPlugin,
  loadPlugin,
} from '@fingerpost/sdk/testing'
import { ScriptedCluster } from './api/scripted-cluster.ts'
import { ScriptedServer } from './api/scripted-server.ts'
import kubernetes from './index.ts'

/** What DNS says of a service: its addresses, sorted, or the rcode of the negative response. */
export type Served = string

export type Kubernetes = Awaited<ReturnType<typeof loadCluster>>

/** The Corefile of a server with these options. */
export function corefileWith(options = ''): string {
  return `kubernetes cluster.local {\n endpoint http://192.0.2.1:6443\n ${options}\n}`
}

/** A cluster with an API server, before anything asks it. */
export function makeCluster(options: { readonly environment?: Record<string, string> } = {}) {
  const { clock } = fakeHost()
  const server = new ScriptedServer(clock)
  const cluster = new ScriptedCluster(server)
  const host: FakeHost = fakeHost({ plugin: 'kubernetes', clock, network: server, ...options })
  return { clock, server, cluster, host }
}

/** A cluster with a namespace and some services, and the plugin that serves it. */
export async function loadCluster(options = '') {
  const world = makeCluster()
  fill(world.cluster)
  const loaded = await loadPlugin(kubernetes, corefileWith(options), { host: world.host })
  return { ...world, loaded: loaded as unknown as LoadedPlugin }
}

/** Namespace `prod` with the services `one` to `nine`, 10.96.0.1 to 10.96.0.9, and `db`. */
function fill(cluster: ScriptedCluster): void {
  cluster.put('Namespace', { metadata: { name: 'prod' } })
  for (const [i, name] of NAMES.entries()) cluster.put('Service', service(name, `10.96.0.${i + 1}`))
  cluster.put('Service', service('db', 'None'))
  cluster.put('EndpointSlice', slice('db', ['10.1.0.1', '10.1.0.2']))
}

export const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

export function service(name: string, clusterIP: string) {
  return {
    metadata: { name, namespace: 'prod' },
    spec: { type: 'ClusterIP', clusterIP, ports: [{ name: 'http', port: 80 }] },
  }
}

/** The slice of a service, with endpoints at these addresses. */
export function slice(name: string, addresses: readonly string[]) {
  return {
    metadata: {
      name: `${name}-1`,
      namespace: 'prod',
      labels: { 'kubernetes.io/service-name': name },
    },
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'http', port: 8080 }],
  }
}

/** What DNS says of a service; over TCP, where nothing is cut off. */
export async function ask(loaded: LoadedPlugin, name: string): Promise<Served> {
  const response: Message = await loaded.ask(`${name}.prod.svc.cluster.local`, 'A', {
    transport: 'tcp',
  })
  const { rcode, answer } = formatMessage(response)
  if (answer === undefined || answer.length === 0) return String(rcode)
  return answer
    .map((line) => line.split(' ').at(-1))
    .sort()
    .join(' ')
}
