/** *kubernetes*: answers the names of a cluster's services, endpoints and pods. */

import { definePlugin, type Host, Name, parseNameText, type Query } from '@fingerpost/sdk'
import { Answers } from './answers.ts'
import { ClusterMetrics } from './cluster-metrics.ts'
import { Lookup } from './lookup.ts'
import { openSource } from './open-source.ts'
import { type KubernetesOptions, options } from './options.ts'
import { Replies } from './replies.ts'
import { isReverse } from './reverse.ts'
import { ServerNames } from './server-names.ts'
import { Store } from './store.ts'
import { waitForSync } from './wait-for-sync.ts'

export default definePlugin({
  name: 'kubernetes',
  options,
  traits: ({ block }) => ({ fallsThrough: block.fallthrough !== undefined }),
  async setup(options, host: Host) {
    const { block } = options
    const source = await openSource(options, host)
    const metrics = new ClusterMetrics(host)
    const store = new Store({
      namespaces: block.namespaces.length > 0 ? new Set(block.namespaces) : undefined,
      wallNow: () => host.clock.wallNow(),
      onSlice: (slice) => metrics.observe(slice, store.own, source.isSynced),
    })
    const replies = new Replies(store.namespaces)
    const zones = options.args[0].length > 0 ? namesOf(options.args[0]) : host.block.zones
    const longestFirst = [...zones].sort((one, other) => other.labelCount - one.labelCount)
    const isSynced = () => source.isSynced
    const answers = makeAnswers(options, host, { store, replies, zones, isSynced })
    const sync = waitForSync(host, isSynced, block.startup_timeout)
    store.whenSynced(() => {
      metrics.count(store)
      sync.check()
    })
    await source.start(store)
    await sync.done
    return {
      onQuery(query) {
        const kept = replies.find(query)
        if (kept !== undefined) return kept
        const zone = longestFirst.find((one) => query.qname.isSubdomainOf(one))
        return zone === undefined ? undefined : answers.answer(query, zone)
      },
      ready: isSynced,
      shutdown() {
        sync.cancel()
        source.close()
      },
    }
  },
})

interface Parts {
  readonly store: Store
  readonly replies: Replies
  readonly zones: readonly Name[]
  readonly isSynced: () => boolean
}

function makeAnswers({ block }: KubernetesOptions, host: Host, parts: Parts): Answers {
  const { store, replies, zones, isSynced } = parts
  const lookup = new Lookup(store, {
    pods: block.pods,
    usesPodNames: block.endpoint_pod_names,
    ignoresEmptyServices: block.ignore?.includes('empty_service') ?? false,
  })
  const imported = namesOf(block.multicluster ?? [])
  const through = block.fallthrough?.length === 0 ? [Name.root] : namesOf(block.fallthrough ?? [])
  return new Answers({
    host,
    store,
    lookup,
    replies,
    servers: new ServerNames(host, store, lookup),
    ttlSeconds: block.ttl,
    primaryZone: zones.find((zone) => !isReverse(zone)) ?? zones[0] ?? Name.root,
    isZonal: block.zonal,
    isMulticluster: (zone) => imported.some((one) => one.equals(zone)),
    isSynced,
    fallsThrough: ({ qname }: Query) => through.some((zone) => qname.isSubdomainOf(zone)),
  })
}

function namesOf(texts: readonly string[]): Name[] {
  return texts.flatMap((text) => parseNameText(text) ?? [])
}
