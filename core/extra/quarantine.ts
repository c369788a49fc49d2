/**
 * What became of each extra configuration, and how people get to know: log, metrics, `/status`,
 * and the source it came from.
 */

import { type Clock, type ConfigError, ConfigErrors } from '@fingerpost/sdk'
import { describeConfigError } from '../config-errors.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Extra } from './read-extras.ts'
import type { ExtraFault } from './set-up-extras.ts'

/** One extra configuration as it is now. */
export interface ExtraState {
  readonly extra: Extra
  /** Milliseconds since the Unix epoch at which it came to be so. */
  readonly since: number
  /** Empty when it is served. */
  readonly errors: readonly ConfigError[]
  /** The errors for people; empty when it is served. */
  readonly reason: string
}

const GAUGE = 'fingerpost_extra_config_quarantined'
const GAUGE_HELP = 'Whether an extra configuration is left out because something is wrong with it.'
const COUNTER = 'fingerpost_extra_config_quarantines_total'
const COUNTER_HELP = 'How often an extra configuration was left out, by its source.'

/** Remembers, and tells when something has changed. */
export class Quarantine {
  readonly #clock: Clock
  readonly #log: Log
  readonly #metrics: Metrics
  #states = new Map<string, ExtraState>()
  /** Texts that were found to be harmful while they were served, by path. */
  readonly #condemned = new Map<string, { readonly text: string; readonly error: ConfigError }>()

  constructor({ clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics }) {
    this.#clock = clock
    this.#log = log
    this.#metrics = metrics
    metrics.gauge(GAUGE, GAUGE_HELP, ['source'])
    metrics.counter(COUNTER, COUNTER_HELP, ['source'])
  }

  /** All extras there are, in their order. */
  get states(): readonly ExtraState[] {
    return [...this.#states.values()]
  }

  /** Remembers that a text must not be served again as it is. */
  condemn({ path, text }: Extra, error: ConfigError): void {
    this.#condemned.set(path, { text, error })
  }

  /** Gives every condemned text another chance. */
  pardon(): void {
    this.#condemned.clear()
  }

  /** Parts what may be set up from what is faulty already. */
  judge(extras: readonly Extra[]): { readonly good: Extra[]; readonly faults: ExtraFault[] } {
    const good: Extra[] = []
    const faults: ExtraFault[] = []
    for (const extra of extras) {
      const errors = [...extra.corefile.errors, ...this.#sentence(extra)]
      if (errors.length > 0) faults.push({ extra, errors })
      else good.push(extra)
    }
    return { good, faults }
  }

  /** Takes note of how things are, and tells of what is new. */
  update(extras: readonly Extra[], faults: readonly ExtraFault[]): void {
    const before = this.#states
    this.#states = new Map()
    this.#metrics.clear(GAUGE)
    for (const extra of extras) {
      const errors = faults.find((fault) => fault.extra.path === extra.path)?.errors ?? []
      const reason = errors.length > 0 ? describeConfigError(new ConfigErrors(errors)) : ''
      const was = before.get(extra.path)
      const since = was?.reason === reason ? was.since : this.#clock.wallNow()
      this.#states.set(extra.path, { extra, since, errors, reason })
      const gauge = this.#metrics.gauge(GAUGE, GAUGE_HELP, ['source']).labels(extra.path)
      gauge.set(reason === '' ? 0 : 1)
      if (was?.reason !== reason) this.#tell(extra, reason, was)
    }
    for (const path of before.keys()) {
      if (!this.#states.has(path)) this.#log.core.info(`Extra configuration ${path} is gone`)
    }
  }

  #sentence({ path, text }: Extra): ConfigError[] {
    const known = this.#condemned.get(path)
    if (known === undefined) return []
    if (known.text === text) return [known.error]
    this.#condemned.delete(path)
    return []
  }

  #tell(extra: Extra, reason: string, was: ExtraState | undefined): void {
    const { path, source } = extra
    if (reason === '') {
      const again = was === undefined ? '' : ' again'
      this.#log.core.info(`Extra configuration ${path} is served${again}`)
      if (was !== undefined) source?.report?.({ path, outcome: 'served', reason })
      return
    }
    this.#metrics.counter(COUNTER, COUNTER_HELP, ['source']).labels(path).add()
    this.#log.core.error(
      `Extra configuration ${path} is quarantined, all else is served:\n${reason}`,
    )
    source?.report?.({ path, outcome: 'quarantined', reason })
  }
}
