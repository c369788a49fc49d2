/**
 * One configuration at work: its server blocks, their chains and what listens for them. A new one
 * is built whole beside the running one and takes its place at once, or not at all (DESIGN D6).
 */

import {
  type ConfigError,
  type Endpoint,
  type Exchange,
  type Handler,
  type Listener,
  type Message,
  parseQuery,
  type Query,
  type ReloadSettings,
} from '@fingerpost/sdk'
import { failureOf, foldChain, foldFilters } from './chain.ts'
import { withObservers } from './chain-observers.ts'
import { foldSampledChain, recordSteps } from './chain-sampling.ts'
import { configErrorsIn } from './config-errors.ts'
import { blockId, type ConfiguredBlock, type Inherit, shutDown } from './configure.ts'
import type { Context } from './context.ts'
import type { Corefile } from './corefile/parse.ts'
import { describeAnswer, type Explanation, explainChain, whyRoute } from './explain.ts'
import type { Extra } from './extra/read-extras.ts'
import { type ExtraFault, type OnExtraFatal, setUpExtras } from './extra/set-up-extras.ts'
import { type Group, makeGroups, spreadOf } from './groups.ts'
import { endpointsOf, type Part, setUpPart } from './part.ts'
import { formatPlacement, placementsOf } from './placement.ts'
import { declareRuntimeMetrics } from './process-metrics.ts'
import { type Route, Server } from './server.ts'
import { ServerMetrics } from './server-metrics.ts'
import type { OpenPlace } from './sockets.ts'
import type { Spread } from './workers/workers.ts'

const DRAIN_STEP_MS = 20

/** What a generation is built with besides the Corefile. */
export interface BuildOptions {
  /** The generation whose place it takes. */
  readonly previous?: Generation | undefined
  /** Extra configuration that could be read. */
  readonly extras?: readonly Extra[]
  readonly onExtraFatal?: OnExtraFatal
}

/** A configuration that is set up and can take over. */
export class Generation {
  readonly #context: Context
  readonly #dnsPort: number
  readonly #base: Part
  readonly #routes = new Map<ConfiguredBlock, Route>()
  readonly #metrics: ServerMetrics
  #extras: readonly Part[]
  #groups: readonly Group[]
  #places: readonly OpenPlace[] = []
  #servers = new Map<string, Server>()
  /** Extra configuration that is not served, with the reasons. */
  readonly faults: ExtraFault[]

  private constructor(
    context: Context,
    dnsPort: number,
    base: Part,
    extras: readonly Part[],
    faults: ExtraFault[],
  ) {
    this.#context = context
    this.#dnsPort = dnsPort
    this.#base = base
    this.#extras = extras
    this.faults = faults
    this.#metrics = new ServerMetrics(context.metrics)
    this.#groups = this.#groupsOf(extras)
  }

  /**
   * Sets up what the Corefile and the extras say, without answering anything yet.
   * @throws ConfigErrors with everything that is wrong with the Corefile
   */
  static async build(
    corefile: Corefile,
    context: Context,
    dnsPort: number,
    { previous, extras = [], onExtraFatal = () => {} }: BuildOptions = {},
  ): Promise<Generation> {
    // Lookups of plugins come only after the start, when the servers are known.
    let generation: Generation | undefined
    const resolve = (query: Query): Promise<Message> =>
      generation
        ? generation.resolve(query)
        : Promise.resolve(failureOf(query, new Error('the server has not started')))
    const inherit: Inherit = (id, plugin) => previous?.handOver(id, plugin)
    const around = { context, dnsPort, resolve, inherit }
    const base = await setUpPart(corefile, { ...around, taken: [] })
    const faults: ExtraFault[] = []
    const parts = await setUpExtras(extras, base, around, faults, onExtraFatal)
    generation = new Generation(context, dnsPort, base, parts, faults)
    return generation
  }

  /** Waits for what plugins can't answer without. */
  async warmUp(): Promise<void> {
    const links = this.blocks.flatMap((block) => block.links)
    await Promise.all(
      links.map(async ({ name, handler }) => {
        try {
          await handler.warmUp?.()
        } catch (error) {
          this.#context.log.core.error(`plugin/${name}: warm-up failed: ${String(error)}`)
        }
      }),
    )
  }

  /**
   * Opens what is not open yet and takes over all its sockets at once. Those that it does not need
   * go on as they are until {@link closeOthers}. Extras that ask for what can't be opened are left
   * out.
   * @throws ConfigError when a socket of the Corefile can't be opened; everything is as before then
   */
  async start(): Promise<void> {
    await this.#open()
    // An extra can't make the whole server talkative, or end at the first fault of a plugin.
    this.#context.log.isDebug = this.#base.blocks.some(({ settings }) => settings.isDebug)
    for (const [i, group] of this.#groups.entries()) {
      const { place, blocks } = group
      const server = this.#makeServer(group)
      this.#servers.set(place.label, server)
      const open = this.#places[i]
      if (open === undefined) continue
      for (const block of blocks) block.listeners.push(...open.listeners)
      open.configure(place)
      this.#context.sockets.serve(place.label, server.serve)
    }
    this.#metrics.showPlugins(
      this.blocks.map((block) => ({
        links: block.links,
        view: block.settings.viewName,
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
    for (const { links } of this.blocks) {
      for (const { name, handler } of links) void this.#announce(name, handler)
    }
  }

  /** Opens the sockets of the base, then those of one extra after the other. */
  async #open(): Promise<void> {
    const { sockets } = this.#context
    const open = (groups: readonly Group[]): Promise<OpenPlace[]> =>
      sockets.acquire(groups.map(({ place }) => place))
    try {
      this.#places = await open(this.#groupsOf([]))
    } catch (error) {
      await this.stop()
      throw error
    }
    const taken: Part[] = []
    for (const part of this.#extras) {
      try {
        this.#places = await open(this.#groupsOf([...taken, part]))
        taken.push(part)
      } catch (error) {
        await this.leaveOut(part, error)
      }
    }
  }

  /** Goes on without an extra, whatever is wrong with it. Before the start only. */
  async leaveOut(part: Part, error: unknown): Promise<void> {
    if (part.extra === undefined) throw new TypeError('the base can not be left out')
    this.#extras = this.#extras.filter((one) => one !== part)
    this.#groups = this.#groupsOf(this.#extras)
    this.faults.push({ extra: part.extra, errors: configErrorsIn(error) })
    await this.#shutDown(part.blocks)
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
    return this.#shutDown(this.blocks)
  }

  async #shutDown(blocks: readonly ConfiguredBlock[]): Promise<boolean> {
    let isClean = true
    await shutDown(blocks, (error, plugin) => {
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
    // A configuration that is only looked at has not started, and has no servers yet.
    const server = group && (this.#servers.get(group.place.label) ?? this.#makeServer(group))
    const route = server?.route(query)
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

  /** The Corefile, then the extras that are served. */
  get parts(): readonly Part[] {
    return [this.#base, ...this.#extras]
  }

  /** The server blocks with what was set up for them. */
  get blocks(): readonly ConfiguredBlock[] {
    return this.parts.flatMap(({ blocks }) => blocks)
  }

  /** Mistakes that do not keep the configuration from running. */
  get warnings(): readonly ConfigError[] {
    return this.parts.flatMap(({ warnings }) => warnings)
  }

  /** What *reload* says, if a block has it. */
  get reload(): ReloadSettings | undefined {
    return this.blocks.find(({ settings }) => settings.reload)?.settings.reload
  }

  /** Everything that is listened on. */
  get listeners(): readonly Listener[] {
    return this.#places.flatMap(({ listeners }) => listeners)
  }

  /** What further processes may answer for as well. */
  get spread(): Spread {
    return spreadOf(this.#groups, this.blocks, (group) => this.#openPlace(group))
  }

  /** HTTP endpoints that the blocks ask for. */
  get endpoints(): readonly Endpoint[] {
    return endpointsOf(this.parts)
  }

  /** What a plugin instance of this generation leaves to its successor. */
  handOver(id: string, plugin: string): unknown {
    const block = this.blocks.find(({ keys }) => blockId(keys) === id)
    return block?.links.find(({ name }) => name === plugin)?.handler.handover?.()
  }

  /**
   * Names of plugins that say they are not ready, sorted, each once. Those of extras don't count:
   * one that waits for something would keep clients away from everything else.
   */
  get unready(): string[] {
    return this.#unreadyAmong(() => true)
  }

  /** Those of {@link unready} that are to be asked each time. */
  get relapsed(): string[] {
    return this.#unreadyAmong((handler) => handler.mayBecomeUnready === true)
  }

  #unreadyAmong(isMeant: (handler: Handler) => boolean): string[] {
    const names = this.#base.blocks.flatMap(({ links }) =>
      links
        .filter(({ handler }) => isMeant(handler) && handler.ready?.() === false)
        .map(({ name }) => name),
    )
    return [...new Set(names)].sort()
  }

  /** The zones served and where, for people, sorted. */
  get zones(): string[] {
    const lines = this.blocks.flatMap((block) =>
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

  /** Blocks of the base and of these extras that share a socket. */
  #groupsOf(extras: readonly Part[]): Group[] {
    return makeGroups([this.#base, ...extras], this.#dnsPort, (block) => this.#routeOf(block))
  }

  #makeServer({ zones, blocks }: Group): Server {
    const servesAllClasses = blocks.some(({ settings }) => settings.servesAllClasses)
    return new Server(zones, servesAllClasses, this.#metrics.onDropped)
  }

  #routeOf(block: ConfiguredBlock): Route {
    const { metrics, clock } = this.#context
    const watched = withObservers(block.links)
    const route = this.#routes.get(block) ?? {
      name: blockId(block.keys),
      links: block.links,
      accepts: foldFilters(block.links, this.#onPanic),
      chain: foldChain(watched, this.#onPanic),
      sampledChain: foldSampledChain(watched, this.#onPanic, clock, recordSteps(metrics)),
    }
    this.#routes.set(block, route)
    return route
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
