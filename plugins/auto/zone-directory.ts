/** A directory of zone files: zones come and go as their files do. */

import type { Host, Name } from '@fingerpost/sdk'
import type { ZoneFile, ZoneFileState } from '@fingerpost/sdk/zone'
import type { OriginOf } from './origin-pattern.ts'

/** Files that are looked at in a directory and below. */
export const MAX_FILES = 100_000
/** How deep directories are followed. */
export const MAX_DEPTH = 16
/** Zones whose files the system is asked to tell of; those of others are looked at in turn. */
export const MAX_HEARD = 100

type ZoneSdk = typeof import('@fingerpost/sdk/zone')

/** What to look for and where. */
export interface DirectoryOptions {
  readonly path: string
  readonly originOf: OriginOf
  /** 0 for never again. */
  readonly reloadMs: number
  /** Zones of the running configuration, by {@link stateKey}. */
  readonly inherited: ReadonlyMap<string, ZoneFileState> | undefined
}

interface Member {
  readonly file: ZoneFile
  readonly stop: () => void
}

/** The zones of one directory. */
export class ZoneDirectory {
  readonly #host: Host
  readonly #sdk: ZoneSdk
  readonly #options: DirectoryOptions
  /** By origin. */
  readonly #members = new Map<string, Member>()
  /** Warnings of the last look, so that each is given once. */
  #complaints: ReadonlySet<string> = new Set()
  #scanning: Promise<void> | undefined
  #isClosed = false
  #inherited: DirectoryOptions['inherited']
  /** Called when zones have come or gone. */
  onChange: () => void = () => {}

  constructor(host: Host, sdk: ZoneSdk, options: DirectoryOptions) {
    this.#host = host
    this.#sdk = sdk
    this.#options = options
    this.#inherited = options.inherited
  }

  /** Zones that have been read. */
  get zones(): ZoneFile[] {
    return [...this.#members.values()].flatMap(({ file }) =>
      file.replies === undefined ? [] : [file],
    )
  }

  /** Looks at the directory. Never rejects. */
  scan(): Promise<void> {
    this.#scanning ??= this.#scan().finally(() => {
      this.#scanning = undefined
    })
    return this.#scanning
  }

  /** Follows the directory. Returns what ends it. */
  watch(): () => void {
    const { reloadMs, path } = this.#options
    const look = (): void => void this.scan()
    const timer = reloadMs > 0 ? this.#host.clock.every(reloadMs, look) : undefined
    const unwatch = reloadMs > 0 ? this.#host.files.watch(path, look) : undefined
    return () => {
      this.#isClosed = true
      timer?.cancel()
      unwatch?.()
      for (const { stop } of this.#members.values()) stop()
    }
  }

  async #scan(): Promise<void> {
    const complaints = new Set<string>()
    const found = await this.#find(complaints)
    if (this.#isClosed) return
    for (const complaint of complaints) {
      if (!this.#complaints.has(complaint)) this.#host.log.warning(complaint)
    }
    this.#complaints = complaints
    let isChanged = false
    for (const [key, { file, stop }] of this.#members) {
      if (found.get(key)?.path === file.options.path) continue
      stop()
      this.#members.delete(key)
      isChanged = true
      if (found.has(key)) continue
      this.#sdk.clearZoneMetrics(this.#host, file.origin)
      this.#host.log.info(`Deleting zone \`${key}'`)
    }
    for (const [key, { origin, path }] of found) {
      if (this.#isClosed) return
      if (this.#members.has(key)) continue
      isChanged = (await this.#open(key, origin, path)) || isChanged
    }
    this.#inherited = undefined
    if (isChanged && !this.#isClosed) this.onChange()
  }

  /** Reads a new zone; one with a mistake is tried again when its file changes. */
  async #open(key: string, origin: Name, path: string): Promise<boolean> {
    const { reloadMs } = this.#options
    const file = new this.#sdk.ZoneFile(this.#host, { origin, path, isByTime: false })
    file.onFirst = () => this.onChange()
    try {
      await file.open(this.#inherited?.get(stateKey(file)))
    } catch (error) {
      if (this.#isClosed) return false
      this.#sdk.zoneFailures(this.#host, origin).add()
      const reason = error instanceof Error ? error.message : String(error)
      this.#host.log.warning(`Parse zone \`${key}': ${reason}`)
    }
    const isHeard = this.#members.size < MAX_HEARD
    const stop = reloadMs > 0 ? file.watch(reloadMs, isHeard) : () => file.close()
    if (this.#isClosed) {
      stop()
      return false
    }
    this.#members.set(key, { file, stop })
    if (file.replies === undefined) return false
    this.#host.log.info(`Inserting zone \`${key}' from: ${path}`)
    return true
  }

  /** The zone files that there are, by origin. */
  async #find(complaints: Set<string>): Promise<Map<string, { origin: Name; path: string }>> {
    const found = new Map<string, { origin: Name; path: string }>()
    let count = 0
    const visit = async (directory: string, depth: number): Promise<void> => {
      for (const name of await this.#list(directory, complaints)) {
        if (count++ >= MAX_FILES) {
          complaints.add(
            `${this.#options.path} has more than ${MAX_FILES} files: the rest is left out`,
          )
          return
        }
        const path = `${directory}/${name}`
        const stat = await this.#host.files.stat(path).catch(() => undefined)
        // What kubelet swaps (`..data`) is reached by links beside it.
        if (stat?.isDirectory && depth < MAX_DEPTH && !name.startsWith('..')) {
          await visit(path, depth + 1)
        }
        const origin = stat?.isDirectory === false ? this.#options.originOf(name) : undefined
        if (origin === undefined) continue
        const known = found.get(String(origin))
        if (known === undefined) found.set(String(origin), { origin, path })
        else complaints.add(`${path} is left out: zone ${origin} is that of ${known.path} already`)
      }
    }
    await visit(this.#options.path.replace(/(?<=.)\/+$/, ''), 0)
    return found
  }

  async #list(directory: string, complaints: Set<string>): Promise<readonly string[]> {
    try {
      return await this.#host.files.list(directory)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      complaints.add(`error reading ${directory}: ${reason}`)
      return []
    }
  }
}

/** What a zone is found by in the next configuration. */
export function stateKey({ options }: ZoneFile): string {
  return `${options.origin} ${options.path}`
}
