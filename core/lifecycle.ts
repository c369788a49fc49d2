/**
 * A process from its first configuration to its end: start, reload, shutdown (reference 1.8,
 * DESIGN D6). A reload that fails changes nothing but what is said about it.
 */

import type { ConfigError } from '@fingerpost/sdk'
import { describeChanges } from './config-diff.ts'
import { configErrorsIn, describeConfigError } from './config-errors.ts'
import { hashCorefile } from './config-text.ts'
import {
  type Configuration,
  type ConfigurationSource,
  fingerprint,
  readConfiguration,
} from './configuration.ts'
import { ConfigurationWatch } from './configuration-watch.ts'
import type { Context } from './context.ts'
import { formatDiagnostics } from './corefile/diagnostics.ts'
import type { Corefile } from './corefile/parse.ts'
import { openEndpoints } from './extra/open-endpoints.ts'
import { type ExtraState, Quarantine } from './extra/quarantine.ts'
import type { Extra } from './extra/read-extras.ts'
import type { ExtraFault } from './extra/set-up-extras.ts'
import { Generation } from './generation.ts'
import type { LastGood, SavedConfig } from './last-good.ts'
import { savedConfiguration, savedFrom } from './saved-configuration.ts'
import type { Sidecar } from './sidecar/sidecar.ts'
import type { EndpointChange } from './sidecar/sidecar-server.ts'
import type { Workers } from './workers/workers.ts'

export interface LifecycleOptions extends ConfigurationSource {
  /** Whether files are watched. */
  readonly isWatching: boolean
  /** Where the last working configuration is kept; undefined for nowhere. */
  readonly lastGood: LastGood | undefined
  /** Serves *health*, *ready* and *prometheus*; undefined where there is no HTTP. */
  readonly sidecar?: Sidecar | undefined
  /** Further processes that answer, where there can be any. */
  readonly workers?: Workers | undefined
  /** At the end, when clients had the time to move away and all is still answered. Never rejects. */
  readonly beforeEnd?: (() => Promise<void>) | undefined
}

/** A configuration that runs. */
export interface Running {
  readonly generation: Generation
  /** What is served: the Corefile, and the extras that are not quarantined. */
  readonly corefile: Corefile
  /** As it was read, what is quarantined included. */
  readonly configuration: Configuration
  /** See `fingerprint`. */
  readonly fingerprint: string
  /** SHA-512 of what is served, lower-case hex. */
  readonly hash: string
  /** Milliseconds since the Unix epoch. */
  readonly loadedAt: number
  /** Counts from 1. */
  readonly number: number
}

/** A configuration that was not taken. */
export interface Refused {
  readonly at: number
  /** For people: diagnostics with places. */
  readonly reason: string
  readonly errors: readonly ConfigError[]
}

/** What became of a reload. */
export type ReloadResult =
  | { readonly outcome: 'taken'; readonly changes: readonly string[] }
  | { readonly outcome: 'unchanged' }
  | ({ readonly outcome: 'refused' } & Omit<Refused, 'at'>)

/** How long the old generation may finish what it works on. */
const DRAIN_MS = 5000

/** Runs one generation after the other. */
export class Lifecycle {
  readonly #context: Context
  readonly #options: LifecycleOptions
  readonly #watch: ConfigurationWatch | undefined
  readonly #quarantine: Quarantine
  #running: Running | undefined
  #starting: Generation | undefined
  #refused: Refused | undefined
  #degraded: string | undefined
  #isStopping = false
  #askedToStop: () => void = () => {}
  readonly #whenAsked = new Promise<void>((resolve) => {
    this.#askedToStop = resolve
  })
  // Reloads wait for each other.
  #work: Promise<unknown> = Promise.resolve()

  constructor(context: Context, options: LifecycleOptions) {
    this.#context = context
    this.#options = options
    const { metrics } = context
    metrics.counter('coredns_reload_failed_total', 'Reloads that were refused.')
    this.#quarantine = new Quarantine(context)
    if (!options.isWatching) return
    this.#watch = new ConfigurationWatch({
      context,
      from: options,
      reload: () => this.#running?.generation.reload,
      onChange: () => void this.reload(false),
    })
  }

  get running(): Running | undefined {
    return this.#running
  }
  /** The first generation while it gets ready to answer; undefined from then on. */
  get starting(): Generation | undefined {
    return this.#starting
  }
  /** The last configuration that was not taken, until one is. */
  get refused(): Refused | undefined {
    return this.#refused
  }
  /** Why not the configuration given but the last working one runs; undefined when all is well. */
  get degraded(): string | undefined {
    return this.#degraded
  }
  /** What became of each extra configuration. */
  get extras(): readonly ExtraState[] {
    return this.#quarantine.states
  }
  get isStopping(): boolean {
    return this.#isStopping
  }

  /**
   * Starts with the configuration as it is now, or with the last working one where it is kept.
   * @throws ConfigErrors
   */
  start(): Promise<Generation> {
    const result = this.#startFirst()
    // What changes meanwhile is looked at afterwards.
    this.#work = result.catch(() => {})
    return result
  }

  /**
   * Puts the configuration as it is now in the place of the running one; with `isForced` even if
   * it says the same, so that files it names are read again. Never rejects.
   */
  reload(isForced: boolean): Promise<ReloadResult> {
    const result = this.#work.then(() => {
      if (isForced) this.#quarantine.pardon()
      return this.#reload(isForced)
    })
    this.#work = result
    return result
  }

  /** Ends everything: plugins first, then sockets. False when a plugin failed at it. */
  async stop(): Promise<boolean> {
    if (this.#isStopping) return true
    this.#isStopping = true
    this.#askedToStop()
    this.#watch?.close()
    const { sidecar, extras = [], beforeEnd, workers } = this.#options
    // DNS is still answered while clients that see readiness go move away.
    await Promise.all([sidecar?.lameduck(), this.#work])
    await beforeEnd?.()
    // A successor gets what is new; what is under way still needs the plugins.
    await this.#context.sockets.stopReceiving()
    const workersEnd = workers?.end()
    await this.#running?.generation.drain(DRAIN_MS)
    const isClean = (await this.#running?.generation.stop()) ?? true
    await this.#context.sockets.keepOnly(new Set())
    await workersEnd
    await sidecar?.close()
    for (const extra of extras) extra.close?.()
    return isClean
  }

  async #startFirst(): Promise<Generation> {
    let configuration: Configuration | undefined
    try {
      configuration = await this.#read()
      const { generation } = await this.#take(configuration)
      await this.#options.source.taken?.()
      return generation
    } catch (error) {
      const saved = await this.#options.lastGood?.load()
      if (saved === undefined) throw error
      return this.#startLastGood(saved, error, configuration)
    }
  }

  async #reload(isForced: boolean): Promise<ReloadResult> {
    if (this.#isStopping) {
      return { outcome: 'refused', reason: 'the server is shutting down', errors: [] }
    }
    const { log } = this.#context
    const previous = this.#running
    let configuration: Configuration | undefined
    try {
      configuration = await this.#read()
      const edited = await this.#context.loader.changed()
      if (!isForced && edited.length === 0 && this.#isSame(configuration)) {
        this.#refused = undefined
        this.#noteExtras(configuration, previous?.generation.faults ?? [])
        this.#follow(configuration)
        return { outcome: 'unchanged' }
      }
      log.core.info('Reloading')
      const { corefile: taken } = await this.#take(configuration, previous)
      const changes = describeChanges(previous?.corefile.blocks ?? [], taken.blocks)
      changes.push(...edited.map((name) => `plugin ${name} was edited`))
      for (const change of changes) log.core.info(`Reload: ${change}`)
      log.core.info('Reloading complete')
      await this.#options.source.taken?.()
      return { outcome: 'taken', changes }
    } catch (error) {
      const refused = refusal(error)
      this.#refuse(refused, configuration)
      return { outcome: 'refused', ...refused }
    }
  }

  #isSame({ corefile, extras }: Configuration): boolean {
    // What mends a degraded server says what the last good configuration says, as a rule.
    if (corefile.errors.length > 0 || this.#degraded !== undefined) return false
    const { good } = this.#quarantine.judge(extras.all)
    return fingerprint(corefile, good) === this.#running?.fingerprint
  }

  /** Takes note of extras that can't be read, and of those that could not be set up. */
  #noteExtras({ extras }: Configuration, faults: readonly ExtraFault[]): void {
    const { faults: unreadable } = this.#quarantine.judge(extras.all)
    this.#quarantine.update(extras.all, [...unreadable, ...faults])
  }

  /** Builds and starts a configuration; the previous one ends when nobody waits for it. */
  async #take(configuration: Configuration, previous?: Running): Promise<Running> {
    const { clock, loader } = this.#context
    const { dnsPort, lastGood, workers } = this.#options
    const { good } = this.#quarantine.judge(configuration.extras.all)
    const generation = await Generation.build(configuration.corefile, this.#context, dnsPort, {
      previous: previous?.generation,
      extras: good,
      onExtraFatal: (extra, error) => this.#expel(extra, error),
    })
    // The old generation goes on whole meanwhile, its HTTP endpoints included.
    if (previous !== undefined) await generation.warmUp()
    await this.#start(generation, previous === undefined)
    const blocks = generation.blocks.map(({ source }) => source)
    const corefile = { ...configuration.corefile, blocks }
    const running: Running = {
      generation,
      corefile,
      configuration,
      fingerprint: fingerprint(configuration.corefile, good),
      hash: hashCorefile(corefile),
      loadedAt: clock.wallNow(),
      number: (previous?.number ?? 0) + 1,
    }
    this.#running = running
    this.#starting = undefined
    this.#refused = undefined
    this.#degraded = undefined
    this.#announce(running)
    const all = [configuration.corefile, ...good.map((extra) => extra.corefile)]
    const directives = all.flatMap((one) => one.blocks.flatMap((block) => block.directives))
    loader.keepOnly(new Set(directives.map(({ name }) => name)))
    this.#follow(configuration)
    if (lastGood) await this.#save(lastGood, running)
    // The first ones take their time; until then this process answers all.
    const following = workers?.follow(generation.spread)
    if (previous) {
      await following
      await previous.generation.drain(DRAIN_MS)
      await generation.closeOthers()
      await previous.generation.stop()
    }
    return running
  }

  #announce({ generation, configuration, hash }: Running): void {
    const { log, metrics } = this.#context
    this.#publishHash(hash)
    if (generation.reload) log.plugin('reload').info(`Running configuration SHA512 = ${hash}`)
    const warnings = [...configuration.extras.warnings, ...generation.warnings]
    if (warnings.length > 0) log.core.warning(formatDiagnostics(warnings, 'warning').trimEnd())
    metrics.gauge(...degradedMetric).set(0)
    this.#noteExtras(configuration, generation.faults)
  }

  /** An extra asks for the end of the process (*loop*): it is taken out instead. */
  #expel(extra: Extra, error: ConfigError): void {
    this.#quarantine.condemn(extra, error)
    this.#work = this.#work.then(() => this.#reload(false))
  }

  /** Opens what is missing of DNS and HTTP, then takes over both, or neither. */
  async #start(generation: Generation, isFirst: boolean): Promise<void> {
    const { sidecar } = this.#options
    let change: EndpointChange | undefined
    try {
      if (sidecar) change = await openEndpoints(sidecar, generation)
    } catch (error) {
      await generation.stop()
      throw error
    }
    const { length } = generation.faults
    try {
      if (isFirst) {
        // Probes are told the truth while plugins wait: the process lives, and is not ready.
        this.#starting = generation
        await change?.commit()
        await Promise.race([generation.warmUp(), this.#whenAsked])
      }
      await generation.start()
    } catch (error) {
      this.#starting = undefined
      if (isFirst) await (await sidecar?.prepare([]))?.commit()
      else await change?.abort()
      throw error
    }
    if (!isFirst) await change?.commit()
    // Those of an extra whose sockets could not be opened are not wanted any more.
    if (generation.faults.length > length) {
      await (await sidecar?.prepare(generation.endpoints))?.commit()
    }
  }

  #refuse(refused: Omit<Refused, 'at'>, configuration: Configuration | undefined): void {
    const { clock, log, metrics } = this.#context
    this.#refused = { at: clock.wallNow(), ...refused }
    metrics.counter('coredns_reload_failed_total', 'Reloads that were refused.').add()
    log.core.error(`Reload refused, the running configuration goes on:\n${refused.reason}`)
    this.#follow(configuration)
  }

  async #startLastGood(
    saved: SavedConfig,
    error: unknown,
    broken: Configuration | undefined,
  ): Promise<Generation> {
    const { clock, log, metrics } = this.#context
    const kept = savedConfiguration(saved, this.#context.loader, this.#options.environment)
    const { generation } = await this.#take(kept)
    const refused = refusal(error)
    const { reason } = refused
    this.#degraded = `the configuration is faulty, the last working one is served:\n${reason}`
    this.#refused = { at: clock.wallNow(), ...refused }
    metrics.gauge(...degradedMetric).set(1)
    log.core.error(`DEGRADED: ${this.#degraded}`)
    this.#follow(broken)
    return generation
  }

  #read(): Promise<Configuration> {
    return readConfiguration(this.#options, this.#context.loader)
  }

  /** Watches what the configuration that runs and the one that was refused consist of. */
  #follow(latest: Configuration | undefined): void {
    const all = [this.#running?.configuration, latest]
    this.#watch?.follow(all.filter((one) => one !== undefined))
  }

  async #save(lastGood: LastGood, running: Running): Promise<void> {
    try {
      await lastGood.save(savedFrom(this.#options.source.path, running))
    } catch (error) {
      this.#context.log.core.warning(`can't keep the configuration: ${String(error)}`)
    }
  }

  #publishHash(hash: string): void {
    // Only the hash of what runs is there: an old one would read as another configuration.
    this.#context.metrics.clear('coredns_reload_version_info')
    const info = this.#context.metrics.gauge(
      'coredns_reload_version_info',
      'The hash of the configuration that runs.',
      ['hash', 'value'],
    )
    info.labels('sha512', hash).set(1)
  }
}

const degradedMetric = [
  'fingerpost_config_degraded',
  'Whether the last working configuration is served in place of a faulty one.',
] as const

function refusal(error: unknown): Omit<Refused, 'at'> {
  return { reason: describeConfigError(error), errors: configErrorsIn(error) }
}
