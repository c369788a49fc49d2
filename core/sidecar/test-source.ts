/** A process that tests of the admin address ask. */

import { type CacheFilter, type Message, type Name, parseQuery, type Query } from '@fingerpost/sdk'
import { fakeListener } from '@fingerpost/sdk/testing'
import type { Explanation } from '../explain.ts'
import type {
  AdminSource,
  CacheView,
  ClientView,
  ConfigView,
  PluginView,
  ReloadOutcome,
  StatusView,
} from './admin-source.ts'

/** Notes what it is asked, and answers with what the test says. */
export interface TestSource extends AdminSource {
  unreadyNames: string[]
  reloadOutcome: ReloadOutcome
  /** Answers queries; undefined where nothing is sent. */
  reply: ((query: Query) => Message) | undefined
  reloads: number
  readonly listed: [CacheFilter, number][]
  readonly flushed: CacheFilter[]
  readonly explained: [Name, number, ClientView][]
  readonly resolved: [Uint8Array, ClientView][]
}

export function testSource(): TestSource {
  const source: TestSource = {
    unreadyNames: [],
    reloadOutcome: { outcome: 'unchanged' },
    reply: undefined,
    reloads: 0,
    listed: [],
    flushed: [],
    explained: [],
    resolved: [],
    unready: () => source.unreadyNames,
    relapsed: () => [],
    metricsText: async () => 'a 1\n',
    status: () => status,
    config: () => config,
    plugins: () => plugins,
    reload() {
      source.reloads++
      return Promise.resolve(source.reloadOutcome)
    },
    async caches(filter, limit) {
      source.listed.push([filter, limit])
      return [cacheOf('.', Math.min(limit, 3)), cacheOf('example.org.', 0)]
    },
    async flush(filter) {
      source.flushed.push(filter)
      return 6
    },
    explain(name, type, client) {
      source.explained.push([name, type, client])
      return Promise.resolve(explanation)
    },
    resolve(wire, client) {
      source.resolved.push([wire, client])
      const query = parseQuery(wire, {
        listener: fakeListener({ transport: 'https' }),
        clientAddress: client.address,
        clientPort: client.port,
      })
      const isQuery = typeof query === 'object' && 'reply' in query
      return Promise.resolve(isQuery ? source.reply?.(query).toBytes() : undefined)
    },
  }
  return source
}

function cacheOf(zone: string, count: number): CacheView {
  const entry = {
    name: 'www.example.org.',
    type: 'A',
    kind: 'success' as const,
    rcode: 'NOERROR',
    ttlSeconds: 10,
    ageSeconds: 20,
    answer: ['www.example.org. 10 IN A 192.0.2.1'],
  }
  return {
    keys: [`dns://${zone}:53`],
    zones: [zone],
    stores: [{ kind: 'success', count: 3, capacity: 1024, sizeBytes: 300 }],
    entries: new Array(count).fill(entry),
  }
}

const status: StatusView = {
  version: '0.1.0',
  runtime: 'bun 1.4.5',
  startedAt: '2026-01-01T00:00:00.000Z',
  uptimeSeconds: 60,
  generation: 2,
  loadedAt: '2026-01-01T00:00:30.000Z',
  degraded: null,
  refusedReload: null,
  listeners: [{ label: 'dns://:53', transport: 'udp', address: '', port: 53 }],
  blocks: [{ keys: ['dns://.:53'], plugins: ['cache', 'forward'] }],
  workers: [],
  extras: [],
}

const config: ConfigView = {
  path: 'Corefile',
  text: '.:53 {\n    whoami\n}\n',
  blocks: [{ keys: ['dns://.:53'], directives: [{ name: 'whoami', text: 'whoami' }] }],
}

const plugins: readonly PluginView[] = [
  { name: 'whoami', version: 'built-in', path: '', isUsed: true },
]

const explanation: Explanation = {
  question: 'www.example.org. IN AAAA',
  block: 'dns://.:53',
  why: 'it holds the name',
  steps: [{ plugin: 'whoami', outcome: 'answered', ms: 1, notes: [] }],
  answer: {
    rcode: 'NOERROR',
    flags: 'qr aa rd',
    answer: [],
    authority: [],
    additional: [],
    cause: undefined,
  },
  ms: 1,
}
