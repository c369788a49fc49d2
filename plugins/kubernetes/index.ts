/** *kubernetes*: answers the names of a cluster's services, endpoints and pods. */

import {
  ConfigError,
  definePlugin,
  type Handler,
  type Host,
  isReverse,
  Name,
  type Offers,
  parseNameText,
  parseSearchList,
  type Query,
} from '@fingerpost/sdk'
import { Answers } from './answers.ts'
import { type Cluster, joinCluster } from './cluster.ts'
import { externalServices } from './external.ts'
import { Lookup } from './lookup.ts'
import { metadataSource } from './metadata.ts'
import { isBelowReverseRoot, type KubernetesOptions, options } from './options.ts'
import { Replies } from './replies.ts'
import { searchPathSource } from './search-path.ts'
import { ServerNames } from './server-names.ts'
import type { Store } from './store.ts'
import { transferSource } from './transfer.ts'
import { waitForSync } from './wait-for-sync.ts'

export default definePlugin({
  name: 'kubernetes',
  options,
  traits: ({ block }) => ({ fallsThrough: block.fallthrough !== undefined }),
  async setup(options, host: Host) {
    checkZones(options, host)
    const cluster = await joinCluster(options, host)
    try {
      return await serve(cluster, options, host)
    } catch (error) {
      cluster.release()
      throw error
    }
  },
})

/** Answers from what is known of a cluster. */
async function serve(cluster: Cluster, options: KubernetesOptions, host: Host): Promise<Handler> {
  const { args, block } = options
  const { store } = cluster
  const replies = new Replies(store.versions, [store.own, store.imported])
  const zones = args[0].length > 0 ? namesOf(args[0]) : host.block.zones
  const zoneOf = zoneFinder(zones)
  const isSynced = () => cluster.isSynced
  const parts = { store, replies, zones, isSynced }
  const { answers, offers } = await makeAnswers(options, host, parts)
  const sync = waitForSync(host, isSynced, block.startup_timeout)
  const unsubscribe = store.whenSynced(() => sync.check())
  const { unready_after: silenceMs = Number.POSITIVE_INFINITY } = block
  return {
    onQuery(query) {
      const kept = replies.find(query)
      if (kept !== undefined) return kept
      const zone = zoneOf(query.qname)
      return zone === undefined ? undefined : answers.answer(query, zone)
    },
    offers,
    warmUp: () => sync.done,
    ready: () => cluster.isSynced && cluster.silentMs <= silenceMs,
    mayBecomeUnready: block.unready_after !== undefined,
    handover: () => cluster,
    shutdown() {
      sync.cancel()
      unsubscribe()
      cluster.release()
    },
  }
}

/** Looks at the zones of the server block where they are the plugin's: its options can't. */
function checkZones(
  { args: [own], block }: KubernetesOptions,
  { block: { zones, at } }: Host,
): void {
  if (own.length > 0) return
  if (zones.length > 0 && zones.every((zone) => isBelowReverseRoot(zone.toString()))) {
    throw new ConfigError(
      'bad-zone',
      'non-reverse zone name must be used: PTR records have to point into one',
      { at, suggestion: 'name the zone of the cluster after kubernetes, beside the reverse zones' },
    )
  }
  const isOwn = (text: string): boolean =>
    namesOf([text]).some((name) => zones.some((zone) => zone.equals(name)))
  const foreign = block.multicluster?.find((text) => !isOwn(text))
  if (foreign !== undefined) {
    throw new ConfigError('bad-zone', `multicluster ${foreign} is not a zone of this block`, { at })
  }
}

interface Parts {
  readonly store: Store
  readonly replies: Replies
  readonly zones: readonly Name[]
  readonly isSynced: () => boolean
}

/** Makes what answers questions, and what other plugins of the block get. */
async function makeAnswers(
  { block }: KubernetesOptions,
  host: Host,
  parts: Parts,
): Promise<{ answers: Answers; offers: Offers }> {
  const { store, replies, zones, isSynced } = parts
  const lookup = new Lookup(store, {
    pods: block.pods,
    usesPodNames: block.endpoint_pod_names,
    ignoresEmptyServices: block.ignore?.includes('empty_service') ?? false,
  })
  const imported = namesOf(block.multicluster ?? [])
  const through = block.fallthrough?.length === 0 ? [Name.root] : namesOf(block.fallthrough ?? [])
  const servers = new ServerNames(host, store, lookup)
  const isMulticluster = (zone: Name): boolean => imported.some((one) => one.equals(zone))
  const answers = new Answers({
    host,
    store,
    lookup,
    replies,
    servers,
    ttlSeconds: block.ttl,
    primaryZone: zones.find((zone) => !isReverse(zone)) ?? zones[0] ?? Name.root,
    isZonal: block.zonal,
    isMulticluster,
    isSynced,
    fallsThrough: ({ qname }: Query) => through.some((zone) => qname.isSubdomainOf(zone)),
  })
  const zoneOf = zoneFinder(zones)
  const podOf = ({ clientAddress }: Query) => store.podsByAddress(clientAddress)[0]
  const offers: Offers = {
    metadata: metadataSource({
      zoneOf,
      podOf,
      grammarOf: (zone) => ({ isMulticluster: isMulticluster(zone), isZonal: block.zonal }),
    }),
    searchPath: searchPathSource({
      zoneOf,
      podOf,
      ofNode: block.pods === 'verified' ? await searchListOfNode(host) : [],
    }),
    transfer: transferSource({
      zones,
      store,
      lookup,
      servers,
      ttlSeconds: block.ttl,
      indexOf: (zone) => (isMulticluster(zone) ? store.imported : store.own),
    }),
    externalServices: externalServices({ store, lookup, servers, isSynced, ttlSeconds: block.ttl }),
  }
  return { answers, offers }
}

/** Finds the longest of the zones that a name is in. */
function zoneFinder(zones: readonly Name[]): (name: Name) => Name | undefined {
  const longestFirst = [...zones].sort((one, other) => other.labelCount - one.labelCount)
  return (name) => longestFirst.find((zone) => name.isSubdomainOf(zone))
}

/** What a pod that asks is told to search besides the cluster; nothing where there is no file. */
async function searchListOfNode({ files }: Host): Promise<Name[]> {
  return parseSearchList(await files.readText('/etc/resolv.conf').catch(() => ''))
}

function namesOf(texts: readonly string[]): Name[] {
  return texts.flatMap((text) => parseNameText(text) ?? [])
}
