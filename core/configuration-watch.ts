/** Tells when something that a configuration consists of has changed. */

import type { ReloadSettings } from '@fingerpost/sdk'
import type { Configuration, ConfigurationSource } from './configuration.ts'
import type { Context } from './context.ts'
import { Watcher } from './watcher.ts'

export interface ConfigurationWatchOptions {
  readonly context: Context
  readonly from: ConfigurationSource
  /** What *reload* says in the configuration that runs, if it is there. */
  reload(): ReloadSettings | undefined
  onChange(): void
}

// Until files have been quiet for so long: with *reload* the wish to follow them is explicit.
const SETTLE_MS = 1000
const SETTLE_WITH_RELOAD_MS = 100
const POLL_MS = 5000

/** Watches files, directories and whatever else sources tell of. */
export class ConfigurationWatch {
  readonly #options: ConfigurationWatchOptions
  readonly #watcher: Watcher
  readonly #unfollow: readonly (() => void)[]
  #isClosed = false

  constructor(options: ConfigurationWatchOptions) {
    this.#options = options
    const { context, from, onChange } = options
    this.#unfollow = (from.extras ?? []).flatMap((extra) => extra.follow?.(onChange) ?? [])
    this.#watcher = new Watcher({
      clock: context.clock,
      settleMs: () => this.#settleMs(),
      pollMs: () => this.#pollMs(),
      onChange,
    })
  }

  /** Watches what these consist of from now on. */
  follow(configurations: readonly Configuration[]): void {
    if (this.#isClosed) return
    const { from, context } = this.#options
    // What is no file can't change; what is beside it can.
    const parts = configurations.flatMap(({ corefile, extras }) =>
      from.source.isFile ? [corefile, extras] : [extras],
    )
    const { loader } = context
    const unique = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())]
    this.#watcher.watch({
      files: unique([...parts.map(({ files }) => files), loader.watchedFiles()]),
      directories: unique([
        ...parts.map(({ directories }) => directories),
        loader.watchedDirectories(),
      ]),
    })
  }

  close(): void {
    this.#isClosed = true
    this.#watcher.close()
    for (const unfollow of this.#unfollow) unfollow()
  }

  #settleMs(): number {
    const { from, reload } = this.#options
    return from.source.settleMs ?? (reload() ? SETTLE_WITH_RELOAD_MS : SETTLE_MS)
  }

  /** *reload*'s interval where there is one: its jitter keeps a fleet from acting at once. */
  #pollMs(): number {
    const { context, reload } = this.#options
    const settings = reload()
    if (settings === undefined) return POLL_MS
    const { intervalMs, jitterMs } = settings
    const jitter = jitterMs > 0 ? context.random.below(Math.ceil(jitterMs)) : 0
    return intervalMs - jitterMs / 2 + jitter
  }
}
