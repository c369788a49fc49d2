/** Follows the files of a certificate: the new one is used once all of it is there. */

import type { FileStat, Timer } from '@fingerpost/sdk'
import type { Runtime } from '../runtime/runtime.ts'
import { isSameTls, loadTls, type TlsIdentity } from './tls-identity.ts'

/** How often the files are looked at. */
export const LOOK_INTERVAL_MS = 1000

export interface TlsWatchOptions {
  onChange(identity: TlsIdentity): void
  /** Without an error: a new certificate is used. */
  onOutcome(error?: unknown): void
}

export class TlsWatch {
  readonly #runtime: Runtime
  readonly #options: TlsWatchOptions
  #identity: TlsIdentity | undefined
  #timer: Timer | undefined
  /** The files as they were when they were last read with success or reported as unusable. */
  #known = ''
  #seen = ''
  #isLooking = false

  constructor(runtime: Runtime, options: TlsWatchOptions) {
    this.#runtime = runtime
    this.#options = options
  }

  /** Follows the files of this identity from now on. */
  watch(identity: TlsIdentity | undefined): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#identity = identity
    // What the files looked like when they were read isn't known: the first look reads them again.
    this.#known = ''
    this.#seen = ''
    if (identity === undefined) return
    this.#timer = this.#runtime.clock.every(LOOK_INTERVAL_MS, () => void this.#look())
  }

  /** Reads the files; true if there is a new identity in them. @throws ConfigError */
  async reload(): Promise<boolean> {
    const old = this.#identity
    if (old === undefined) return false
    const identity = await loadTls(this.#runtime.files(''), old.settings)
    // Meanwhile a reload of the configuration may have put others in their place.
    if (this.#identity !== old || isSameTls(identity, old)) return false
    this.#identity = identity
    this.#options.onChange(identity)
    this.#options.onOutcome()
    return true
  }

  close(): void {
    this.watch(undefined)
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#compare()
    } finally {
      this.#isLooking = false
    }
  }

  async #compare(): Promise<void> {
    const identity = this.#identity
    if (identity === undefined) return
    const seen = await this.#stateOf(identity)
    if (seen === this.#known || this.#identity !== identity) return
    try {
      await this.reload()
      this.#known = seen
    } catch (error) {
      // Certificate and key are written one after the other: it has until the next look.
      if (seen === this.#seen) {
        this.#known = seen
        this.#options.onOutcome(error)
      }
    }
    this.#seen = seen
  }

  async #stateOf({ settings }: TlsIdentity): Promise<string> {
    const files = this.#runtime.files('')
    const paths = [settings.certPath, settings.keyPath, settings.caPath]
    const states = paths.map(async (path) => {
      if (path === undefined) return ''
      return formatState(await files.stat(path).catch(() => undefined))
    })
    return (await Promise.all(states)).join(' ')
  }
}

function formatState(stat: FileStat | undefined): string {
  return stat === undefined ? 'missing' : `${stat.modifiedMs}/${stat.sizeBytes}`
}
