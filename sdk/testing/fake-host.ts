/** Surroundings of a plugin in a test: nothing of them leaves the process. */

import type { Token } from '../config.ts'
import { defaultSettings } from '../default-settings.ts'
import { Rcode } from '../dns/rcode.ts'
import type { Block, BlockSettings, Host } from '../host.ts'
import type { Offered, Offers } from '../offers.ts'
import type { Message } from '../wire/message.ts'
import { Name } from '../wire/name.ts'
import type { Listener, Query } from '../wire/query.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeFiles } from './fake-files.ts'
import { FakeLog } from './fake-log.ts'
import { FakeMetrics } from './fake-metrics.ts'
import { FakeNetwork } from './fake-network.ts'
import { fakeListener } from './make-query.ts'
import { seededRandom } from './seeded-random.ts'

/** What of a fake host a test may choose. */
export interface FakeHostOptions {
  readonly plugin?: string
  /** The block's zones; `.` by default. */
  readonly zones?: readonly string[]
  /** Keys of the block; made from the zones by default. */
  readonly keys?: readonly string[]
  /** UDP and TCP on port 53 by default. */
  readonly listeners?: readonly Listener[]
  readonly inherited?: unknown
  /** Variables of the process's environment; none by default. */
  readonly environment?: Readonly<Record<string, string>>
  /** Shared parts, to let two hosts live in one world. */
  readonly clock?: FakeClock
  readonly files?: FakeFiles
  readonly metrics?: FakeMetrics
  readonly network?: FakeNetwork
  readonly seed?: number
  /** The block's *root*. */
  readonly root?: string
  readonly isDebug?: boolean
  /** What other plugins of the block offer, by the plugin's name. */
  readonly offers?: Readonly<Record<string, Offers>>
  /** Answers `host.resolve`; SERVFAIL by default. */
  readonly resolve?: (query: Query) => Message | Promise<Message>
  /** Serves `host.fetch`; by default every fetch is rejected. */
  readonly fetch?: typeof fetch
  readonly at?: Token
}

/** A {@link Host} whose parts a test can look into. */
export interface FakeHost extends Host {
  readonly block: FakeBlock
  readonly clock: FakeClock
  readonly files: FakeFiles
  readonly log: FakeLog
  readonly metrics: FakeMetrics
  readonly network: FakeNetwork
  /** Messages given to `fatal`. */
  readonly fatals: readonly string[]
  /** Queries given to `resolve`. */
  readonly resolved: readonly Query[]
  /** Makes the block's listeners known, as the start of a generation does. */
  listen(): void
  /** A host for the next instance of the plugin, in the same world. */
  successor(changes: Pick<FakeHostOptions, 'inherited' | 'at'>): FakeHost
}

/** A block whose listeners become known later. */
export interface FakeBlock extends Block {
  listeners: readonly Listener[]
}

/** Makes surroundings for one plugin instance. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const plugin = options.plugin ?? 'test'
  const clock = options.clock ?? new FakeClock()
  const settings: BlockSettings = {
    ...defaultSettings(),
    root: options.root ?? '',
    isDebug: options.isDebug ?? false,
  }
  const files = options.files ?? new FakeFiles(clock, () => settings.root)
  const network = options.network ?? new FakeNetwork(clock)
  const metrics = options.metrics ?? new FakeMetrics()
  const zones = options.zones ?? ['.']
  const block: FakeBlock = {
    zones: zones.map((zone) => Name.parseText(zone).toLowerCase()),
    keys: options.keys ?? zones.map((zone) => `dns://${zone}:53`),
    listeners: [],
    at: options.at ?? wordOf(plugin),
  }
  const fatals: string[] = []
  const resolved: Query[] = []
  return {
    plugin,
    block,
    settings,
    log: new FakeLog(plugin),
    clock,
    random: seededRandom(options.seed),
    files,
    network,
    metrics,
    fetch: options.fetch ?? refuseFetch,
    inherited: options.inherited,
    identity: { program: 'Fingerpost-1.2.3', hostname: 'host.test' },
    environment: (name) => options.environment?.[name],
    fatals,
    resolved,
    counter: (name, _help, labels) => metrics.counter(fullName(plugin, name), labels),
    gauge: (name, _help, labels) => metrics.gauge(fullName(plugin, name), labels),
    histogram: (name, _help, _buckets, labels) => metrics.histogram(fullName(plugin, name), labels),
    offers: <K extends keyof Offers>(kind: K) =>
      Object.entries(options.offers ?? {}).flatMap(([name, { [kind]: offer }]) =>
        offer === undefined ? [] : [{ plugin: name, offer } as Offered<NonNullable<Offers[K]>>],
      ),
    async resolve(query) {
      resolved.push(query)
      try {
        return (await options.resolve?.(query)) ?? query.reply({ rcode: Rcode.SERVFAIL })
      } catch (cause) {
        return query.reply({ rcode: Rcode.SERVFAIL, cause })
      }
    },
    fatal: (message) => void fatals.push(message),
    listen() {
      const listeners = [fakeListener(), fakeListener({ transport: 'tcp' })]
      block.listeners = options.listeners ?? listeners
    },
    successor: (changes) =>
      fakeHost({ ...options, clock, files, network, metrics, root: settings.root, ...changes }),
  }
}

function fullName(plugin: string, name: string): string {
  return /^(coredns|fingerpost)_/.test(name) ? name : `coredns_${plugin}_${name}`
}

function wordOf(text: string): Token {
  const source = { path: 'Corefile', lines: [text] }
  return { text, source, line: 1, column: 1, width: text.length }
}

const refuseFetch: typeof fetch = Object.assign(
  async () => {
    throw new TypeError('this test gave the host no fetch')
  },
  { preconnect() {} },
)
