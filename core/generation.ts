/**
 * One configuration at work: its server blocks, their chains and what listens for them. A new one
 * is built whole beside the running one and takes its place at once, or not at all (DESIGN D6).
 */

import {
  type ConfigError,
  ConfigErrors,
  type Endpoint,
  type Exchange,
  type Listener,
  type Message,
  Name,
  parseQuery,
  type Query,
  type ReloadSettings,
} from '@fingerpost/sdk'
import { failureOf, foldChain, foldFilters } from './chain.ts'
import { foldSampledChain, recordSteps } from './chain-sampling.ts'
import { findDoubts } from './check.ts'
import {
  blockId,
  type ConfiguredBlock,
  configureBlocks,
  type Inherit,
  inReadingOrder,
  prepareBlocks,
  shutDown,
} from './configure.ts'
import type { Context } from './context.ts'
import { findContention, findOverlaps } from './corefile/overlap.ts'
import type { Corefile } from './corefile/parse.ts'
import { describeAnswer, type Explanation, explainChain } from './explain.ts'
import { type Identities, loadIdentities } from './identities.ts'
import { placeSettings } from './listen/place-settings.ts'
import { claimsOf, formatPlacement, placementsOf } from './placement.ts'
import { declareRuntimeMetrics } from './process-metrics.ts'
import { refusedTransports } from './refused-transports.ts'
import { type Route, Server } from './server.ts'
import { ServerMetrics } from './server-metrics.ts'
import type { ListenPlace, OpenPlace } from './sockets.ts'
import { ZoneTable } from './zone-table.ts'

const DRAIN_STEP_MS = 20

/** A configuration that is set up and can take over. */
export class Generation {
  readonly #context: Context
  readonly #blocks: readonly ConfiguredBlock[]
  readonly #dnsPort: number
  readonly #groups: readonly Group[]
  #places: OpenPlace[] = []
  #servers = new Map<string, Server>()
  /** Mistakes that do not keep the configuration from running. */
  readonly warnings: readonly ConfigError[]
  /** What *reload* says, if a block has it. */
  readonly reload: ReloadSettings | undefined

  readonly #metrics: ServerMetrics

  private constructor(
    context: Context,
    blocks: readonly ConfiguredBlock[],
    dnsPort: number,
    warnings: readonly ConfigError[],
    identities: Identities,
  ) {
    this.#context = context
    this.#blocks = blocks
    this.#dnsPort = dnsPort
    this.#metrics = new ServerMetrics(context.metrics)
    this.#groups = this.#makeGroups(identities)
    this.warnings = warnings
    this.reload = blocks.find(({ settings }) => settings.reload)?.settings.reload
  }

  /**
   * Sets up what the Corefile says, without answering anything yet.
   * @throws ConfigErrors with everything that is wrong
   */
  static async build(
    corefile: Corefile,
    context: Context,
    dnsPort: number,
    previous?: Generation,
  ): Promise<Generation> {
    // Lookups of plugins come only after the start, when the servers are known.
    let generation: Generation | undefined
    const resolve = (query: Query): Promise<Message> =>
      generation
        ? generation.resolve(query)
        : Promise.resolve(failureOf(query, new Error('the server has not started')))
    const inherit: Inherit = (id, plugin) => previous?.handOver(id, plugin)
    const transports = refusedTransports(corefile)
    const errors = [...corefile.errors, ...transports]
    const prepared = await prepareBlocks({ ...corefile, errors }, context)
    const blocks = await configureBlocks(prepared, context, resolve, inherit)
    const claims = blocks.flatMap((block) => claimsOf(block, dnsPort))
    const overlaps = findOverlaps(claims)
    if (overlaps.length > 0) {
      await shutDown(blocks)
      throw new ConfigErrors(overlaps)
    }
    const doubts = [...findContention(claims), ...findDoubts(prepared, dnsPort)]
    const warnings = inReadingOrder([...corefile.warnings, ...doubts])
    const identities = await loadIdentities(blocks, context, errors)
    if (errors.length > 0) {
      await shutDown(blocks)
      throw new ConfigErrors(errors)
    }
    generation = new Generation(context, blocks, dnsPort, warnings, identities)
    return generation
  }

  /**
   * Opens what is not open yet and takes over all its sockets at once. Those that it does not need
   * go on as they are until {@link closeOthers}.
   * @throws ConfigError when a socket can't be opened; everything is as before then
   */
  async start(): Promise<void> {
    const { sockets, log } = this.#context
    const groups = this.#groups
    try {
      this.#places = await sockets.acquire(groups.map(({ place }) => place))
    } catch (error) {
      await this.stop()
      throw error
    }
    log.isDebug = this.#blocks.some(({ settings }) => settings.isDebug)
    for (const [i, { place, blocks, zones }] of groups.entries()) {
      const server = new Server(
        zones,
        blocks.some(({ settings }) => settings.servesAllClasses),
        this.#metrics.onDropped,
      )
      this.#servers.set(place.label, server)
      const open = this.#places[i]
      if (open === undefined) continue
      for (const block of blocks) block.listeners.push(...open.listeners)
      open.setLimits(place.limits ?? {})
      open.setTls(place.tls)
      sockets.serve(place.label, server.serve)
    }
    this.#metrics.showPlugins(
      this.#blocks.map((block) => ({
        links: block.links,
        places: placementsOf(block, this.#dnsPort).map(({ key, place }) => ({
          server: place.label,
          zone: key.zone,
        })),
      })),
    )
    const wantsRuntime = this.endpoints.some(
      (one) => one.kind === 'metrics' && one.hasRuntimeMetrics,
    )
    if (wantsRuntime) declareRuntimeMetrics(this.#context.metrics)
    for (const { links } of this.#blocks) {
      for (const { name, handler } of links) void this.#announce(name, handler)
    }
  }

  /** Resolves when no client waits for this generation any more, or after `maxMs`. */
  async drain(maxMs: number): Promise<void> {
    const { clock } = this.#context
    const deadline = clock.now() + maxMs
    const isBusy = (): boolean => [...this.#servers.values()].some((s) => s.pendingCount > 0)
    while (isBusy() && clock.now() < deadline) {
      await new Promise<void>((resolve) => {
        clock.after(DRAIN_STEP_MS, resolve)
      })
    }
  }

  /** Closes the sockets that are not this generation's. */
  async closeOthers(): Promise<void> {
    await this.#context.sockets.keepOnly(new Set(this.#groups.map(({ place }) => place.label)))
  }

  /** Tells the plugins that the generation is over. The sockets are not touched. */
  async stop(): Promise<boolean> {
    let isClean = true
    await shutDown(this.#blocks, (error, plugin) => {
      isClean = false
      this.#context.log.core.error(`plugin/${plugin}: shutdown failed: ${String(error)}`)
    })
    return isClean
  }

  /** Answers a lookup of a plugin from the server its query came in on. */
  resolve(query: Query): Promise<Message> {
    const server = this.#servers.get(query.listener.label) ?? [...this.#servers.values()][0]
    if (server === undefined) {
      return Promise.resolve(failureOf(query, new Error('no server block to ask')))
    }
    return server.resolve(query)
  }

  /**
   * Answers a query and tells how. `makeQuery` makes it for a listener, with a function that takes
   * plugins' notes.
   */
  async explain(makeQuery: MakeExplained): Promise<Explanation> {
    const { clock } = this.#context
    const start = clock.now()
    const group = this.#groupFor(makeQuery(offlineListener, () => {}))
    const listener = (group && this.#openPlace(group)?.listeners[0]) ?? offlineListener
    const query = makeQuery(listener, () => {})
    const route = group && this.#servers.get(group.place.label)?.route(query)
    const { steps, response } = await explainChain(
      route?.links ?? [],
      (trace) => makeQuery(listener, trace),
      clock,
    )
    return {
      question: query.toString(),
      block: route?.name,
      why: whyRoute(query, route),
      steps,
      answer: describeAnswer(response),
      ms: clock.now() - start,
    }
  }

  /** Answers octets that came in some other way than through a listener of this generation. */
  async serve(wire: Uint8Array, exchange: Exchange): Promise<Uint8Array | undefined> {
    const query = parseQuery(wire, exchange)
    const group = typeof query === 'number' ? this.#groups[0] : this.#groupFor(query)
    return group && this.#servers.get(group.place.label)?.serve(wire, exchange)
  }

  /** The first listener, in the order of the file, that serves a zone of the name. */
  #groupFor(query: Query): Group | undefined {
    return this.#groups.find(({ zones }) => zones.find(query)) ?? this.#groups[0]
  }

  #openPlace(group: Group): OpenPlace | undefined {
    return this.#places[this.#groups.indexOf(group)]
  }

  /** The server blocks with what was set up for them. */
  get blocks(): readonly ConfiguredBlock[] {
    return this.#blocks
  }

  /** Everything that is listened on. */
  get listeners(): readonly Listener[] {
    return this.#places.flatMap(({ listeners }) => listeners)
  }

  /** HTTP endpoints that the blocks ask for. */
  get endpoints(): readonly Endpoint[] {
    return this.#blocks.flatMap(({ settings }) => settings.endpoints)
  }

  /** What a plugin instance of this generation leaves to its successor. */
  handOver(id: string, plugin: string): unknown {
    const block = this.#blocks.find(({ keys }) => blockId(keys) === id)
    return block?.links.find(({ name }) => name === plugin)?.handler.handover?.()
  }

  /** Names of plugins that say they are not ready, sorted, each once. */
  get unready(): string[] {
    const names = this.#blocks.flatMap(({ links }) =>
      links.filter(({ handler }) => handler.ready?.() === false).map(({ name }) => name),
    )
    return [...new Set(names)].sort()
  }

  /** The zones served and where, for people, sorted. */
  get zones(): string[] {
    const lines = this.#blocks.flatMap((block) =>
      placementsOf(block, this.#dnsPort).map((placement) =>
        formatPlacement(placement, placement.place.port || (block.listeners[0]?.port ?? 0)),
      ),
    )
    return lines.sort()
  }

  async #announce(
    name: string,
    handler: ConfiguredBlock['links'][number]['handler'],
  ): Promise<void> {
    try {
      await handler.started?.()
    } catch (error) {
      this.#context.log.core.error(`plugin/${name}: start failed: ${String(error)}`)
    }
  }

  /** Blocks that share a socket, with the table that chooses between them. */
  #makeGroups(identities: Identities): Group[] {
    const groups = new Map<string, Group>()
    const onStep = recordSteps(this.#context.metrics)
    for (const block of this.#blocks) {
      const { links } = block
      const route: Route = {
        name: blockId(block.keys),
        links,
        accepts: foldFilters(links, this.#onPanic),
        chain: foldChain(links, this.#onPanic),
        sampledChain: foldSampledChain(links, this.#onPanic, this.#context.clock, onStep),
      }
      for (const { key, place } of placementsOf(block, this.#dnsPort)) {
        const group = groups.get(place.label) ?? { place, blocks: [], zones: new ZoneTable() }
        groups.set(place.label, group)
        if (!group.blocks.includes(block)) group.blocks.push(block)
        group.zones.add(Name.parseText(key.zone), route)
      }
    }
    return [...groups.values()].map((group) => {
      const { tls, ...settings } = placeSettings(group.blocks.map((block) => block.settings))
      const identity = tls && identities.get(tls)
      return { ...group, place: { ...group.place, ...settings, tls: identity } }
    })
  }

  readonly #onPanic = (error: unknown, plugin: string, query: Query): void => {
    const { log } = this.#context
    this.#metrics.panics.add()
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.core.error(
      `Recovered from panic in server: "${query.listener.label}" plugin/${plugin} ` +
        `answering ${query}: ${reason}`,
    )
    if (log.isDebug) this.#context.fatal(`plugin/${plugin} threw, and debug is on`)
  }
}

/** Makes the query to explain. */
export type MakeExplained = (listener: Listener, trace: (note: string) => void) => Query

// Stands in for the listeners of a configuration that was not started.
const offlineListener: Listener = {
  index: 0,
  transport: 'udp',
  address: '127.0.0.1',
  port: 0,
  label: 'dns://:0',
}

function whyRoute(query: Query, route: Route | undefined): string {
  if (route === undefined) return `no block has a zone that holds ${query.qname}`
  return `the longest zone that holds ${query.qname} is in this block`
}

interface Group {
  readonly place: ListenPlace
  readonly blocks: ConfiguredBlock[]
  readonly zones: ZoneTable<Route>
}
