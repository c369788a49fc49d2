/** Surroundings of the tests of an API source: a scripted server, and a sink that remembers. */

import { type FakeHost, fakeHost } from '@fingerpost/sdk/testing'
import type { Kind } from '../objects.ts'
import type { ObjectSink } from '../source.ts'
import { accessAt, type Credentials } from './access.ts'
import { apiSource } from './api-source.ts'
import type { Selectors } from './resource.ts'
import { ScriptedServer } from './scripted-server.ts'

export interface World {
  readonly url?: string
  readonly kinds?: readonly Kind[]
  readonly selectors?: Selectors
  readonly credentials?: Credentials
  readonly host?: FakeHost
}

/** A source, the server it asks, and a sink that keeps what it is given. */
export async function open(world: World = {}) {
  const host = world.host ?? fakeHost({ plugin: 'kubernetes' })
  const server = new ScriptedServer(host.clock)
  const access = accessAt(world.url ?? 'http://192.0.2.1:6443', world.credentials ?? {}, host)
  const { kinds = ['Service'], selectors } = world
  const source = apiSource(
    { ...host, network: server },
    { access, kinds, ...(selectors === undefined ? {} : { selectors }) },
  )
  const known = new Map<string, unknown>()
  const calls: string[] = []
  const keyOf = (kind: Kind, object: { namespace?: string; name: string }): string =>
    `${kind} ${object.namespace ?? ''}/${object.name}`
  const sink: ObjectSink = {
    upsert(kind, object) {
      calls.push(`upsert ${keyOf(kind, object)}`)
      known.set(keyOf(kind, object), object)
    },
    remove(kind, namespace, name) {
      calls.push(`remove ${keyOf(kind, { namespace, name })}`)
      known.delete(keyOf(kind, { namespace, name }))
    },
    retain(kind, keys) {
      calls.push(`retain ${keys.size} of ${kind}`)
      const isGone = (key: string): boolean =>
        key.startsWith(`${kind} `) && !keys.has(key.slice(kind.length + 1))
      for (const key of [...known.keys()].filter(isGone)) known.delete(key)
    },
    synced: (kind) => calls.push(`synced ${kind}`),
  }
  return { host, clock: host.clock, server, source, sink, known, calls }
}

/** A world whose source has listed `one` at version 100 and watches. */
export async function openWatching(world: World = {}) {
  const opened = await open(world)
  await opened.source.start(opened.sink)
  await opened.clock.settle()
  opened.server.last.list([service('one', '90')], '100')
  await opened.clock.settle()
  opened.server.last.begin()
  opened.calls.length = 0
  const watch = opened.server.last
  opened.server.takeTargets()
  return { ...opened, watch }
}

export function service(name: string, resourceVersion: string, clusterIP = '10.0.0.1') {
  const metadata = { namespace: 'demo', name, resourceVersion }
  return { metadata, spec: { type: 'ClusterIP', clusterIP, ports: [{ port: 80 }] } }
}

export const addressOf = (known: ReadonlyMap<string, unknown>, name: string): unknown =>
  known.get(`Service demo/${name}`) &&
  (known.get(`Service demo/${name}`) as { clusterIps: string[] }).clusterIps[0]
