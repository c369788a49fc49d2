/**
 * A zone that is served from a file, and read again when the file changes: at once where the system
 * tells of it, and every so often in any case. What can't be read leaves the zone as it was.
 */

import type { Host } from '../host.ts'
import type { Name } from '../wire/name.ts'
import { loadZone } from './load-zone.ts'
import { notifySecondaries, type ServedZone } from './served-zone.ts'
import { setZoneMetrics, zoneFailures } from './zone-metrics.ts'
import { ZoneReplies } from './zone-replies.ts'

/** Octets of one file that is read for a zone. */
export const MAX_ZONE_FILE_SIZE: number = 2 ** 30

/** Which file is which zone. */
export interface ZoneFileOptions {
  readonly origin: Name
  readonly path: string
  /** Reads a changed file whatever its serial says. */
  readonly isByTime: boolean
}

/** What a generation leaves to the next one, so that an unchanged file is not read again. */
export interface ZoneFileState {
  readonly replies: ZoneReplies
  readonly files: readonly string[]
  readonly version: string
}

/** One zone and its file. */
export class ZoneFile implements ServedZone {
  readonly options: ZoneFileOptions
  readonly #host: Host
  /** The files that the last attempt to read looked at, the zone's own first. */
  #files: readonly string[]
  /** Sizes and times of those files when they were read last. */
  #version = ''
  #loading: Promise<boolean> | undefined
  #isClosed = false
  #unwatch: (() => void)[] = []
  #onChange: (() => void) | undefined
  /** Called when the file could be read at last, after it could not. */
  onFirst: () => void = () => {}
  /** Answers from what was read last; undefined when nothing could be read yet. */
  replies: ZoneReplies | undefined

  constructor(host: Host, options: ZoneFileOptions) {
    this.#host = host
    this.options = options
    this.#files = [options.path]
  }

  get origin(): Name {
    return this.options.origin
  }

  /** What the next generation may take over. */
  get state(): ZoneFileState | undefined {
    if (this.replies === undefined) return undefined
    return { replies: this.replies, files: this.#files, version: this.#version }
  }

  /**
   * Reads the file for the first time, or takes over what was read of it if it has not changed.
   * @throws ZoneFault for a mistake in it, and what `Files.read` rejects with.
   */
  async open(inherited: ZoneFileState | undefined): Promise<void> {
    if (inherited !== undefined) {
      const version = await this.#versionOf(inherited.files)
      if (version === inherited.version) {
        this.replies = inherited.replies
        this.#files = inherited.files
        this.#version = version
        return
      }
    }
    await this.#load()
  }

  /** Reads the file if it changed; true when the zone is a new one then. Never rejects. */
  refresh(): Promise<boolean> {
    this.#loading ??= this.#refresh().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  /**
   * Follows the file, at once where the system tells of changes (unless `isHeard` is false, for
   * one of very many), and tells secondaries of new versions. Returns what ends it.
   */
  watch(intervalMs: number, isHeard = true): () => void {
    const look = (): void => void this.refresh()
    if (isHeard) this.#onChange = look
    const timer = this.#host.clock.every(intervalMs, look)
    this.#watchFiles()
    return () => {
      timer.cancel()
      this.close()
    }
  }

  /** Ends what is being read. */
  close(): void {
    this.#isClosed = true
    this.#onChange = undefined
    this.#watchFiles()
  }

  async #refresh(): Promise<boolean> {
    const { origin, path } = this.options
    try {
      if ((await this.#versionOf(this.#files)) === this.#version) return false
      const { replies } = this
      if (!(await this.#load())) return false
      const serial = this.replies?.data.serial
      this.#host.log.info(
        `Successfully ${replies === undefined ? '' : 're'}loaded zone "${origin}" in "${path}" ` +
          `with ${serial} SOA serial`,
      )
      if (replies === undefined) this.onFirst()
      notifySecondaries(this.#host, origin)
      return true
    } catch (error) {
      if (this.#isClosed) return false
      zoneFailures(this.#host, origin).add()
      const serial = this.replies?.data.serial
      const kept = serial === undefined ? 'is not served' : `stays at serial ${serial}`
      const reason = error instanceof Error ? error.message : String(error)
      this.#host.log.error(`Failed to load zone "${origin}": ${reason}; the zone ${kept}`)
      return false
    }
  }

  /** Reads the file; false when its serial is the one that is known. */
  async #load(): Promise<boolean> {
    const { origin, path, isByTime } = this.options
    const files: string[] = []
    const before = this.#files
    // What changes while it is read is read once more.
    const version = await this.#versionOf(before)
    try {
      const loaded = await loadZone({
        origin,
        path,
        unchangedSerial: isByTime ? undefined : this.replies?.data.serial,
        read: (file) => this.#readFile(file, files),
        pause: () => this.#pause(),
      })
      if (this.#isClosed) return false
      if (loaded === 'unchanged') {
        const serial = this.replies?.data.serial
        this.#host.log.warning(
          `Zone "${origin}" is not read again: ${path} changed, but its serial is still ${serial}`,
        )
        return false
      }
      for (const warning of loaded.warnings) this.#host.log.warning(warning)
      this.replies = new ZoneReplies(loaded.data)
      setZoneMetrics(this.#host, loaded.data)
      return true
    } finally {
      const isSame = files.join('\n') === before.join('\n')
      this.#files = files.length > 0 ? files : before
      this.#version = isSame ? version : await this.#versionOf(this.#files)
      if (!isSame && !this.#isClosed) this.#watchFiles()
    }
  }

  async #readFile(path: string, files: string[]): Promise<Uint8Array> {
    if (!files.includes(path)) files.push(path)
    const stat = await this.#host.files.stat(path)
    if (stat?.isDirectory === true) throw new Error(`${path} is a directory`)
    if (stat !== undefined && stat.sizeBytes > MAX_ZONE_FILE_SIZE) {
      throw new Error(`${path} has ${stat.sizeBytes} octets, more than ${MAX_ZONE_FILE_SIZE}`)
    }
    return this.#host.files.read(path)
  }

  #pause(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the server block ends'))
    return new Promise((resolve) => void this.#host.clock.after(0, resolve))
  }

  async #versionOf(files: readonly string[]): Promise<string> {
    const versions: string[] = []
    for (const file of files) {
      const stat = await this.#host.files.stat(file)
      versions.push(stat === undefined ? 'missing' : `${stat.modifiedMs} ${stat.sizeBytes}`)
    }
    return versions.join('\n')
  }

  #watchFiles(): void {
    for (const unwatch of this.#unwatch) unwatch()
    const onChange = this.#onChange
    this.#unwatch =
      onChange === undefined
        ? []
        : this.#files.map((file) => this.#host.files.watch(file, onChange))
  }
}
