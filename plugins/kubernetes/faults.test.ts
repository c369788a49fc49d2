/**
 * What can go wrong between a cluster's API and its DNS. Whatever it is: nothing is said that was
 * never true, all is true again soon, and nothing is left behind.
 */

import { type LoadedPlugin, loadPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import type { ApiObject } from './api/scripted-cluster.ts'
import type { ApiRequest } from './api/scripted-server.ts'
import type { Cluster } from './cluster.ts'
import kubernetes from './index.ts'
import type { Kind } from './objects.ts'
import { makeCluster } from './test-cluster.ts'
import { Truth } from './test-truth.ts'
import { loadYaml } from './yaml.ts'

// Loaded once before all: a first import takes longer than the microtasks a test waits for.
await loadYaml()

const KINDS: readonly Kind[] = ['Namespace', 'Service', 'EndpointSlice']
const TRUE_AGAIN_MS = 5000
const RETRY_AFTER_SECONDS = 7
const COREFILE = 'kubernetes cluster.local {\n kubeconfig /kubeconfig\n}'
const KUBECONFIG = {
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  clusters: [{ name: 'c', cluster: { server: 'http://192.0.2.1:6443' } }],
  users: [{ name: 'u', user: { tokenFile: '/token' } }],
}

interface Fault {
  readonly what: string
  /** How long it lasts; something changes in each second. */
  readonly seconds: number
  /** How long after its end DNS may take to tell the truth. */
  readonly againMs?: number
  begin?(world: World): void
  /** Runs in each second, after that second's change. */
  during?(world: World, second: number): void
  end?(world: World): void
}

type World = ReturnType<typeof makeWorld>

/** A cluster before anything asks for it. */
function makeWorld() {
  const world = makeCluster()
  world.host.files.set('/kubeconfig', JSON.stringify(KUBECONFIG))
  world.host.files.set('/token', 'first')
  const held: ApiRequest[] = []
  return { ...world, held, truth: new Truth(world.cluster) }
}

function goAway({ server }: World): void {
  server.connect = 'refuse'
  server.cutAll()
}

function comeBack({ server, cluster }: World): void {
  server.connect = 'accept'
  server.answer = cluster.answer
}

/** The server refuses everything like this, from now on. */
function refuseAll({ server }: World, status: number, fields: readonly string[] = []): void {
  server.answer = (request) => request.refuse(status, 'not now', fields)
  server.cutAll()
}

/** Objects that lack what others have; none of them gives DNS anything to say. */
const ODD: readonly (readonly [Kind, Readonly<Record<string, unknown>>])[] = [
  ['Service', { metadata: {} }],
  ['Service', { metadata: { name: 'odd' } }],
  ['Service', { metadata: { name: 'odd', namespace: 7 }, spec: null }],
  ['EndpointSlice', { metadata: { name: 'odd', namespace: 'prod', labels: null } }],
  ['EndpointSlice', { metadata: { name: 'one-2', namespace: 'prod' }, endpoints: [null, {}, 3] }],
  [
    'EndpointSlice',
    {
      metadata: {
        name: 'nosuch-1',
        namespace: 'prod',
        labels: { 'kubernetes.io/service-name': 'nosuch' },
      },
      endpoints: [{ addresses: null }, { addresses: [''] }, { addresses: ['10.6.6.6'] }],
      ports: 'none',
    },
  ],
  ['Namespace', { metadata: { labels: [] } }],
]

const FAULTS: readonly Fault[] = [
  { what: 'nothing', seconds: 60 },
  { what: 'a restart of the API server', seconds: 20, begin: goAway, end: comeBack },
  {
    what: 'a restart of an API server that has forgotten what changed',
    seconds: 20,
    begin: goAway,
    end(world) {
      world.cluster.forget()
      comeBack(world)
    },
  },
  {
    what: 'watches that are cut within an object',
    seconds: 20,
    during({ cluster, server }, second) {
      if (second % 3 !== 0) return
      cluster.sendRaw('{"type":"ADDED","object":{"metadata":{"name":"torn","namespace":"prod"')
      server.cutAll(new Error('ECONNRESET'))
    },
  },
  {
    what: 'half-open connections',
    seconds: 1,
    againMs: 59_000,
    begin: ({ server }) => server.muteAll(),
  },
  {
    what: '410 to a watch',
    seconds: 20,
    during({ cluster, server }, second) {
      if (second % 4 !== 0) return
      cluster.forget()
      server.cutAll()
    },
  },
  {
    what: '410 in a watch',
    seconds: 20,
    during({ cluster }, second) {
      if (second % 4 !== 0) return
      cluster.forget()
      cluster.sendError(410, 'too old resource version')
    },
  },
  {
    what: '410 between the pages of a list',
    seconds: 20,
    begin({ cluster, server, clock }) {
      cluster.pageSize = 2
      cluster.pace = (send) => {
        clock.afterUncounted(900, send)
      }
      cluster.forget()
      server.cutAll()
    },
    during: ({ cluster }) => cluster.forget(),
    end({ cluster }) {
      cluster.pace = (send) => send()
    },
  },
  {
    what: '429 with Retry-After',
    seconds: 20,
    // The API is back for those only who come when they were told to.
    againMs: RETRY_AFTER_SECONDS * 1000 + TRUE_AGAIN_MS,
    begin: (world) => refuseAll(world, 429, [`retry-after: ${RETRY_AFTER_SECONDS}`]),
    end: comeBack,
  },
  { what: '500 for a minute', seconds: 60, begin: (world) => refuseAll(world, 500), end: comeBack },
  {
    what: 'a token that is replaced in the file after the server refuses the old one',
    seconds: 10,
    begin({ cluster, server }) {
      server.answer = (request) => {
        if (request.fields.get('authorization') === 'Bearer second') cluster.answer(request)
        else request.refuse(401, 'Unauthorized')
      }
      server.cutAll()
    },
    end: ({ host }) => host.files.set('/token', 'second'),
  },
  {
    what: 'deletions during an outage',
    seconds: 10,
    begin: goAway,
    during({ truth }, second) {
      if (second === 3) truth.removeService('nine')
      if (second === 5) truth.removeService('eight')
      if (second === 7) truth.putService('eight', '10.96.1.8')
    },
    end: comeBack,
  },
  {
    what: 'deletions during an outage after which all has to be listed',
    seconds: 10,
    begin: goAway,
    during: ({ truth }, second) => second === 3 && truth.removeService('nine'),
    end(world) {
      world.cluster.forget()
      comeBack(world)
    },
  },
  {
    what: 'events that come again, in the wrong order',
    seconds: 30,
    during: ({ cluster }) => cluster.repeat(),
  },
  {
    what: 'a slice of 1,000 endpoints',
    seconds: 20,
    begin: ({ truth }) => truth.putService('big', 'None'),
    during({ truth, server }, second) {
      truth.putSlice('big', manyAddresses(second))
      if (second % 7 === 0) server.cutAll()
    },
    end: ({ truth }) => truth.putSlice('big', manyAddresses(99)),
  },
  {
    what: 'objects with missing fields',
    seconds: 14,
    during({ cluster, server }, second) {
      const [kind, object] = ODD[second % ODD.length] ?? []
      if (kind !== undefined) cluster.put(kind, object as unknown as ApiObject)
      if (second !== 10) return
      cluster.forget()
      server.cutAll()
    },
  },
  {
    what: 'pages that are slow',
    seconds: 40,
    begin({ cluster, server, clock }) {
      cluster.pageSize = 2
      cluster.pace = (send) => {
        clock.afterUncounted(3000, send)
      }
      cluster.forget()
      server.cutAll()
    },
    end({ cluster }) {
      cluster.pace = (send) => send()
    },
  },
  {
    what: 'a server process that hangs, and goes on',
    seconds: 90,
    begin({ server, held }) {
      server.muteAll()
      server.answer = (request) => held.push(request)
    },
    end(world) {
      comeBack(world)
      for (const request of world.held) if (request.isOpen) world.cluster.answer(request)
    },
  },
]

describe('names of a cluster stay true through', () => {
  it.each(FAULTS)('$what', async ({ seconds, againMs = TRUE_AGAIN_MS, ...fault }) => {
    const world = makeWorld()
    const { clock, server, truth } = world
    const loaded = await load(world)
    const idle = [server.openSockets, clock.openTimers]
    expect(await truth.served(loaded)).toEqual(truth.now)

    fault.begin?.(world)
    for (let second = 1; second <= seconds; second++) {
      truth.change(second)
      fault.during?.(world, second)
      await clock.advance(1000)
      expect([second, await truth.lies(loaded)]).toEqual([second, []])
      expect(loaded.handler.ready?.()).toBe(true)
    }
    fault.end?.(world)
    for (let waitedMs = 0; waitedMs < againMs; waitedMs += 500) {
      await clock.advance(500)
      expect([waitedMs, await truth.lies(loaded)]).toEqual([waitedMs, []])
    }

    expect(await truth.served(loaded)).toEqual(truth.now)
    expect([server.openSockets, clock.openTimers]).toEqual(idle)
    expect(countsOf(loaded)).toEqual(KINDS.map((kind) => world.cluster.count(kind)))
    await loaded.shutdown()
    expect([server.openSockets, clock.openTimers]).toEqual([0, 0])
  })
})

describe('a start of kubernetes', () => {
  it.each([
    ['without an API', goAway],
    ['with an API that refuses', (world: World) => refuseAll(world, 503)],
    [
      'with slow pages',
      ({ cluster, clock }: World) => {
        cluster.pageSize = 2
        cluster.pace = (send) => {
          clock.afterUncounted(2500, send)
        }
      },
    ],
  ])('%s says SERVFAIL of what it does not know, and denies nothing', async (_, begin) => {
    const world = makeWorld()
    const { clock, cluster, truth } = world
    begin(world)
    const loading = load(world)
    await clock.advance(5000)
    const loaded = await loading
    for (let second = 0; second < 5; second++) {
      const served = await truth.served(loaded)
      for (const [name, answer] of Object.entries(served)) {
        const allowed = ['SERVFAIL', truth.now[name]].filter((one) => one !== 'NXDOMAIN')
        expect(allowed).toContain(answer)
      }
      expect(served.nosuch).toBe('SERVFAIL')
      expect(loaded.handler.ready?.()).toBe(false)
      await clock.advance(1000)
    }
    cluster.pace = (send) => send()
    comeBack(world)
    await clock.advance(TRUE_AGAIN_MS)
    expect(await truth.served(loaded)).toEqual(truth.now)
    expect(loaded.handler.ready?.()).toBe(true)
    await loaded.shutdown()
    expect([world.server.openSockets, clock.openTimers]).toEqual([0, 0])
  })
})

async function load({ host }: World): Promise<LoadedPlugin> {
  return (await loadPlugin(kubernetes, COREFILE, { host })) as unknown as LoadedPlugin
}

/** How many objects of each kind are held. */
function countsOf({ handler }: LoadedPlugin): number[] {
  const cluster = handler.handover?.() as Cluster
  return KINDS.map((kind) => cluster.store.count(kind))
}

function manyAddresses(seed: number): string[] {
  return Array.from({ length: 1000 }, (_, i) => `10.${100 + seed}.${i >> 8}.${i & 255}`)
}
