/**
 * A process from its first configuration to its end: start, reload, shutdown (reference 1.8,
 * DESIGN D6). A reload that fails changes nothing but what is said about it.
 */

import type { ConfigError } from '@fingerpost/sdk'
import { describeChanges } from './config-diff.ts'
import { configErrorsIn, describeConfigError } from './config-errors.ts'
import { formatCorefile, hashCorefile } from './config-text.ts'
import type { Context } from './context.ts'
import { formatDiagnostics } from './corefile/diagnostics.ts'
import type { Corefile } from './corefile/parse.ts'
import { tableFiles } from './corefile/table-files.ts'
import { Generation } from './generation.ts'
import type { LastGood, SavedConfig } from './last-good.ts'
import { type ConfigSource, parseText, readCorefile } from './read-corefile.ts'
import type { Sidecar } from './sidecar/sidecar.ts'
import type { EndpointChange } from './sidecar/sidecar-server.ts'
import { Watcher } from './watcher.ts'

export interface LifecycleOptions {
  readonly source: ConfigSource
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Port of server blocks that name none. */
  readonly dnsPort: number
  /** Whether files are watched. */
  readonly isWatching: boolean
  /** Where the last working configuration is kept; undefined for nowhere. */
  readonly lastGood: LastGood | undefined
  /** Serves *health*, *ready* and *prometheus*; undefined where there is no HTTP. */
  readonly sidecar?: Sidecar | undefined
  /** At the end, when clients had the time to move away and all is still answered. Never rejects. */
  readonly beforeEnd?: (() => Promise<void>) | undefined
}

/** A configuration that runs. */
export interface Running {
  readonly generation: Generation
  readonly corefile: Corefile
  /** SHA-512 of what the configuration says, lower-case hex. */
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

// Until files have been quiet for so long: with *reload* the wish to follow them is explicit.
const SETTLE_MS = 1000
const SETTLE_WITH_RELOAD_MS = 100
const POLL_MS = 5000
/** How long the old generation may finish what it works on. */
const DRAIN_MS = 5000

/** Runs one generation after the other. */
export class Lifecycle {
  readonly #context: Context
  readonly #options: LifecycleOptions
  readonly #watcher: Watcher | undefined
  #running: Running | undefined
  #refused: Refused | undefined
  #degraded: string | undefined
  #isStopping = false
  // Reloads wait for each other.
  #work: Promise<unknown> = Promise.resolve()

  constructor(context: Context, options: LifecycleOptions) {
    this.#context = context
    this.#options = options
    const { metrics, clock } = context
    metrics.counter('coredns_reload_failed_total', 'Reloads that were refused.')
    if (!options.isWatching) return
    this.#watcher = new Watcher({
      clock,
      settleMs: () => this.#settleMs(),
      pollMs: () => this.#pollMs(),
      onChange: () => void this.reload(false),
    })
  }

  get running(): Running | undefined {
    return this.#running
  }
  /** The last configuration that was not taken, until one is. */
  get refused(): Refused | undefined {
    return this.#refused
  }
  /** Why not the configuration given but the last working one runs; undefined when all is well. */
  get degraded(): string | undefined {
    return this.#degraded
  }
  get isStopping(): boolean {
    return this.#isStopping
  }

  /**
   * Starts with the configuration as it is now, or with the last working one where it is kept.
   * @throws ConfigErrors
   */
  async start(): Promise<Generation> {
    let corefile: Corefile | undefined
    try {
      corefile = await this.#read()
      const { generation } = await this.#take(corefile)
      await this.#options.source.taken?.()
      return generation
    } catch (error) {
      const saved = await this.#options.lastGood?.load()
      if (saved === undefined) throw error
      return this.#startLastGood(saved, error, corefile)
    }
  }

  /**
   * Puts the configuration as it is now in the place of the running one; with `isForced` even if
   * it says the same, so that files it names are read again. Never rejects.
   */
  reload(isForced: boolean): Promise<ReloadResult> {
    const result = this.#work.then(() => this.#reload(isForced))
    this.#work = result
    return result
  }

  /** Ends everything: plugins first, then sockets. False when a plugin failed at it. */
  async stop(): Promise<boolean> {
    if (this.#isStopping) return true
    this.#isStopping = true
    this.#watcher?.close()
    const { sidecar, beforeEnd } = this.#options
    // DNS is still answered while clients that see readiness go move away.
    await Promise.all([sidecar?.lameduck(), this.#work])
    await beforeEnd?.()
    const isClean = (await this.#running?.generation.stop()) ?? true
    await this.#context.sockets.keepOnly(new Set())
    await sidecar?.close()
    return isClean
  }

  async #reload(isForced: boolean): Promise<ReloadResult> {
    if (this.#isStopping) {
      return { outcome: 'refused', reason: 'the server is shutting down', errors: [] }
    }
    const { log } = this.#context
    const previous = this.#running
    let corefile: Corefile | undefined
    try {
      corefile = await this.#read()
      const isSame = corefile.errors.length === 0 && hashCorefile(corefile) === previous?.hash
      const edited = await this.#context.loader.changed()
      // What mends a degraded server says what the last good configuration says, as a rule.
      const isIdle = isSame && edited.length === 0 && this.#degraded === undefined
      if (!isForced && isIdle) {
        this.#refused = undefined
        this.#follow(corefile)
        return { outcome: 'unchanged' }
      }
      log.core.info('Reloading')
      const { corefile: taken } = await this.#take(corefile, previous)
      const changes = describeChanges(previous?.corefile.blocks ?? [], taken.blocks)
      changes.push(...edited.map((name) => `plugin ${name} was edited`))
      for (const change of changes) log.core.info(`Reload: ${change}`)
      log.core.info('Reloading complete')
      await this.#options.source.taken?.()
      return { outcome: 'taken', changes }
    } catch (error) {
      const refused = refusal(error)
      this.#refuse(refused, corefile)
      return { outcome: 'refused', ...refused }
    }
  }

  /** Builds and starts a configuration; the previous one ends when nobody waits for it. */
  async #take(corefile: Corefile, previous?: Running): Promise<Running> {
    const { clock, log, metrics } = this.#context
    const { dnsPort, lastGood } = this.#options
    const generation = await Generation.build(
      corefile,
      this.#context,
      dnsPort,
      previous?.generation,
    )
    await this.#start(generation)
    const hash = hashCorefile(corefile)
    const loadedAt = clock.wallNow()
    const running = { generation, corefile, hash, loadedAt, number: (previous?.number ?? 0) + 1 }
    this.#running = running
    this.#refused = undefined
    this.#degraded = undefined
    this.#publishHash(hash)
    if (generation.reload) log.plugin('reload').info(`Running configuration SHA512 = ${hash}`)
    if (generation.warnings.length > 0) {
      log.core.warning(formatDiagnostics(generation.warnings, 'warning').trimEnd())
    }
    metrics.gauge(...degradedMetric).set(0)
    this.#context.loader.keepOnly(
      new Set(corefile.blocks.flatMap(({ directives }) => directives.map(({ name }) => name))),
    )
    this.#follow(corefile)
    if (lastGood) await this.#save(lastGood, corefile)
    if (previous) {
      await previous.generation.drain(DRAIN_MS)
      await generation.closeOthers()
      await previous.generation.stop()
    }
    return running
  }

  /** Opens what is missing of DNS and HTTP, then takes over both, or neither. */
  async #start(generation: Generation): Promise<void> {
    let change: EndpointChange | undefined
    try {
      change = await this.#options.sidecar?.prepare(generation.endpoints)
    } catch (error) {
      await generation.stop()
      throw error
    }
    try {
      await generation.start()
    } catch (error) {
      await change?.abort()
      throw error
    }
    await change?.commit()
  }

  #refuse(refused: Omit<Refused, 'at'>, corefile: Corefile | undefined): void {
    const { clock, log, metrics } = this.#context
    this.#refused = { at: clock.wallNow(), ...refused }
    metrics.counter('coredns_reload_failed_total', 'Reloads that were refused.').add()
    log.core.error(`Reload refused, the running configuration goes on:\n${refused.reason}`)
    this.#follow(corefile)
  }

  async #startLastGood(
    saved: SavedConfig,
    error: unknown,
    broken: Corefile | undefined,
  ): Promise<Generation> {
    const { clock, log, metrics } = this.#context
    const { environment } = this.#options
    const path = `${saved.path} (last good)`
    const files = tableFiles(saved.files)
    const corefile = parseText(saved.text, path, files, this.#context.loader, environment)
    const { generation } = await this.#take(corefile)
    const refused = refusal(error)
    const { reason } = refused
    this.#degraded = `the configuration is faulty, the last working one is served:\n${reason}`
    this.#refused = { at: clock.wallNow(), ...refused }
    metrics.gauge(...degradedMetric).set(1)
    log.core.error(`DEGRADED: ${this.#degraded}`)
    this.#follow(broken)
    return generation
  }

  #read(): Promise<Corefile> {
    const { source, environment, dnsPort } = this.#options
    return readCorefile(source, this.#context.loader, environment, dnsPort)
  }

  /** Watches what the configuration that runs and the one that was refused consist of. */
  #follow(latest: Corefile | undefined): void {
    if (this.#isStopping || !this.#options.source.isFile) return
    const corefiles = [this.#running?.corefile, latest].filter((file) => file !== undefined)
    const { loader } = this.#context
    const unique = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())]
    this.#watcher?.watch({
      files: unique([...corefiles.map(({ files }) => files), loader.watchedFiles()]),
      directories: unique([
        ...corefiles.map(({ directories }) => directories),
        loader.watchedDirectories(),
      ]),
    })
  }

  #settleMs(): number {
    const { settleMs } = this.#options.source
    if (settleMs !== undefined) return settleMs
    return this.#running?.generation.reload ? SETTLE_WITH_RELOAD_MS : SETTLE_MS
  }

  /** *reload*'s interval where there is one: its jitter keeps a fleet from acting at once. */
  #pollMs(): number {
    const settings = this.#running?.generation.reload
    if (settings === undefined) return POLL_MS
    const { intervalMs, jitterMs } = settings
    const jitter = jitterMs > 0 ? this.#context.random.below(Math.ceil(jitterMs)) : 0
    return intervalMs - jitterMs / 2 + jitter
  }

  async #save(lastGood: LastGood, corefile: Corefile): Promise<void> {
    try {
      const { path } = this.#options.source
      await lastGood.save({ path, text: formatCorefile(corefile), files: {} })
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
