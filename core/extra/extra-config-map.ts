/**
 * Extra configuration in a ConfigMap that is followed through the API: its keys `Corefile` and
 * `*.server`. Nothing waits for the API but the very first reading, and that one not for long.
 */

import { ConfigError, type Timer } from '@fingerpost/sdk'
import type {
  ConfigMapConnection,
  ConfigMapHost,
  ConfigMapPlace,
  OpenConfigMap,
} from './config-map.ts'
import { isExtraName } from './extra-files.ts'
import type { ExtraReading, ExtraReport, ExtraSource, ExtraText } from './extra-source.ts'

export interface ExtraConfigMapOptions {
  readonly place: ConfigMapPlace
  readonly host: ConfigMapHost
  readonly open: OpenConfigMap
  /** How long the first reading waits for the API. */
  readonly patienceMs: number
}

/** Long enough for an API that is there; a server that starts without one is not held up. */
export const START_PATIENCE_MS = 500
/** How soon it is looked again whether there is a way to the API. */
const RETRY_MS = 10_000

/** The source for one ConfigMap. */
export class ExtraConfigMap implements ExtraSource {
  readonly #options: ExtraConfigMapOptions
  readonly #path: string
  #connection: ConfigMapConnection | undefined
  /** Keys and texts; undefined as long as the API has not said. */
  #data: Readonly<Record<string, string>> | undefined
  /** Why the API has not said. */
  #fault = 'the API has not answered yet'
  /** Why there is no way to the API. */
  #closedDoor: ConfigError | undefined
  #opening: Promise<void> | undefined
  #heard: () => void = () => {}
  #changed: () => void = () => {}
  #retry: Timer | undefined
  #isClosed = false

  constructor(options: ExtraConfigMapOptions) {
    this.#options = options
    this.#path = `ConfigMap/${options.place.namespace}/${options.place.name}`
  }

  async read(): Promise<ExtraReading> {
    this.#opening ??= this.#open()
    await this.#opening
    const texts = this.#closedDoor
      ? [{ path: this.#path, text: this.#closedDoor }]
      : this.#textsOf(this.#data ?? {})
    return { texts, files: [], directories: [], warnings: this.#warnings() }
  }

  follow(onChange: () => void): () => void {
    this.#changed = onChange
    return () => {
      this.#changed = () => {}
    }
  }

  report({ path, outcome, reason }: ExtraReport): void {
    const key = path.slice(this.#path.length + 1) || 'all of it'
    if (outcome === 'served') {
      const message = `${key} is served again`
      this.#connection?.record({ type: 'Normal', reason: 'ExtraConfigServed', message })
      return
    }
    const message = `${key} is quarantined, all else is served:\n${reason}`
    this.#connection?.record({ type: 'Warning', reason: 'ExtraConfigQuarantined', message })
  }

  close(): void {
    this.#isClosed = true
    this.#retry?.cancel()
    this.#connection?.close()
  }

  /** Opens the connection, and waits a moment for what comes over it. */
  async #open(): Promise<void> {
    const { open, place, host, patienceMs } = this.#options
    try {
      const connection = await open(place, host, {
        onData: (data) => this.#take(data ?? {}),
        onFault: (reason) => {
          this.#fault = reason
          this.#heard()
        },
      })
      if (this.#isClosed) connection.close()
      else this.#connection = connection
      this.#closedDoor = undefined
    } catch (error) {
      this.#closedDoor =
        error instanceof ConfigError
          ? error
          : new ConfigError('setup', `${this.#path}: ${String(error)}`, { cause: error })
      this.#tryAgain()
      return
    }
    if (this.#data !== undefined) return
    await new Promise<void>((resolve) => {
      const timer = host.clock.after(patienceMs, resolve)
      this.#heard = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  #take(data: Readonly<Record<string, string>>): void {
    this.#data = data
    this.#heard()
    this.#changed()
  }

  #tryAgain(): void {
    if (this.#isClosed) return
    this.#retry = this.#options.host.clock.after(RETRY_MS, () => {
      this.#opening = undefined
      this.#changed()
    })
  }

  #textsOf(data: Readonly<Record<string, string>>): ExtraText[] {
    return Object.keys(data)
      .filter(isExtraName)
      .sort()
      .map((key) => ({ path: `${this.#path}/${key}`, text: data[key] ?? '' }))
  }

  #warnings(): ConfigError[] {
    if (this.#closedDoor !== undefined) return []
    if (this.#data === undefined) {
      const message = `${this.#path} is not known yet: ${this.#fault}`
      return [new ConfigError('file', message, { suggestion: 'it is served once it is known' })]
    }
    const others = Object.keys(this.#data).filter((key) => !isExtraName(key))
    return others.sort().map(
      (key) =>
        new ConfigError('file', `the key ${key} of ${this.#path} is left out`, {
          suggestion: 'of extra configuration, Corefile and *.server count',
        }),
    )
  }
}
