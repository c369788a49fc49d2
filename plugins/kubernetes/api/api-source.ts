/** Kubernetes objects from the API server of one cluster: one list-and-watch loop per kind. */

import type { Host, Token } from '@fingerpost/sdk'
import type { Kind } from '../objects.ts'
import type { ObjectSink, ObjectSource } from '../source.ts'
import { type Access, checkAccess } from './access.ts'
import { ApiClient } from './api-client.ts'
import { apiMetrics } from './api-metrics.ts'
import { Reflector } from './reflector.ts'
import { resourceOf, type Selectors } from './resource.ts'

/** What of a host the source uses. */
export type ApiHost = Pick<
  Host,
  'clock' | 'counter' | 'files' | 'gauge' | 'histogram' | 'log' | 'network' | 'random'
>

export interface ApiSourceOptions {
  readonly access: Access
  readonly kinds: readonly Kind[]
  readonly selectors?: Selectors
  /** The place in the configuration that a mistake is reported at. */
  readonly at?: Token | undefined
}

/** A source that also tells how old its knowledge is. */
export interface ApiSource extends ObjectSource {
  /** When the server was last heard about a kind, by the host's clock; undefined if never. */
  lastSyncMs(kind: Kind): number | undefined
}

/** Makes the source for one cluster; several can run side by side. */
export function apiSource(host: ApiHost, options: ApiSourceOptions): ApiSource {
  const { access, kinds, selectors = {}, at } = options
  const { clock, network, random, log } = host
  const metrics = apiMetrics(host, access.authority)
  const heardMs = new Map<Kind, number>()
  const synced = new Set<Kind>()
  let isClosed = false
  let reflectors: readonly Reflector<Kind>[] = []

  function reflect(kind: Kind, sink: ObjectSink): Reflector<Kind> {
    const kindMetrics = metrics.kind(kind)
    return new Reflector({
      resource: resourceOf(kind, selectors),
      client: new ApiClient({ access, network, clock, metrics }),
      sink: noteSyncs(sink, synced),
      clock,
      random,
      log,
      server: access.authority,
      metrics: kindMetrics,
      onHeard() {
        heardMs.set(kind, clock.now())
        kindMetrics.heard(clock.wallNow())
      },
    })
  }

  const startMs = clock.now()
  return {
    identity: JSON.stringify(['api', access.identity, kinds, selectors]),
    async start(sink) {
      await checkAccess(access, { files: host.files, clock, at })
      if (isClosed) return
      reflectors = kinds.map((kind) => reflect(kind, sink))
      for (const reflector of reflectors) void reflector.run()
    },
    get isSynced() {
      return kinds.every((kind) => synced.has(kind))
    },
    get silentMs() {
      return clock.now() - Math.min(...kinds.map((kind) => heardMs.get(kind) ?? startMs))
    },
    lastSyncMs: (kind) => heardMs.get(kind),
    close() {
      isClosed = true
      for (const reflector of reflectors) reflector.close()
    },
  }
}

/** The same sink, with a note of each kind that was delivered whole. */
function noteSyncs(sink: ObjectSink, synced: Set<Kind>): ObjectSink {
  return {
    upsert: (kind, object) => sink.upsert(kind, object),
    remove: (kind, namespace, name) => sink.remove(kind, namespace, name),
    retain: (kind, keys) => sink.retain(kind, keys),
    synced(kind) {
      // First the note: whoever is told asks at once whether that was the last kind.
      synced.add(kind)
      sink.synced(kind)
    },
  }
}
