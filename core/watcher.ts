/**
 * Tells when files change, whatever way they do: written in place, replaced by rename, swapped by
 * kubelet's `..data` symlink, or appearing under a pattern. Directories are watched, not files,
 * and a look at everything every few seconds catches what the system does not tell.
 */

import { existsSync, type FSWatcher, readdirSync, realpathSync, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Clock, Timer } from '@fingerpost/sdk'

/** What to watch. Paths are absolute; files may be missing. */
export interface Watched {
  readonly files: readonly string[]
  /** Directories whose names matter: those that patterns were matched against. */
  readonly directories: readonly string[]
}

export interface WatcherOptions {
  readonly clock: Clock
  /** How long things must have been quiet before a change is told: several files change at once. */
  readonly settleMs: () => number
  /** How often everything is looked at even if nothing was heard. */
  readonly pollMs: () => number
  onChange(): void
}

/** Watches a set of files that may be exchanged for another one. */
export class Watcher {
  readonly #options: WatcherOptions
  readonly #watchers = new Map<string, FSWatcher>()
  #watched: Watched = { files: [], directories: [] }
  /** How everything that is watched was when it was looked at last. */
  #seen: ReadonlyMap<string, string> = new Map()
  #settling: Timer | undefined
  #polling: Timer | undefined
  #isClosed = false

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  /**
   * Watches `watched` from now on. Of what was watched before, a change since the last look is still
   * told: it may have come just after the file was read.
   */
  watch(watched: Watched): void {
    if (this.#isClosed) return
    this.#watched = watched
    this.#seen = new Map([...lookAt(watched), ...keepOnly(this.#seen, watched)])
    this.#listen()
    this.#polling?.cancel()
    this.#polling = this.#options.clock.after(this.#options.pollMs(), () => this.#poll())
  }

  close(): void {
    this.#isClosed = true
    this.#settling?.cancel()
    this.#polling?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /**
   * Listens in every directory that something is in; one that comes back is listened to again. For
   * one that is missing its nearest relative above is listened in.
   */
  #listen(): void {
    const directories = [...this.#watched.files.map(dirname), ...this.#watched.directories]
    const wanted = new Set(directories.map(nearestExisting))
    for (const [directory, watcher] of this.#watchers) {
      if (wanted.has(directory)) continue
      watcher.close()
      this.#watchers.delete(directory)
    }
    for (const directory of wanted) if (!this.#watchers.has(directory)) this.#open(directory)
  }

  #open(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, (_, name) => {
        // So it says that the directory itself has gone: another one may take its place.
        if (name === basename(directory)) this.#forget(directory, watcher)
        this.#settle()
      })
      watcher.on('error', () => this.#forget(directory, watcher))
      this.#watchers.set(directory, watcher)
    } catch {
      // Gone again, or the system is out of watches: polling goes on.
    }
  }

  #forget(directory: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watchers.get(directory) === watcher) this.#watchers.delete(directory)
  }

  #settle(): void {
    if (this.#isClosed) return
    this.#settling?.cancel()
    this.#settling = this.#options.clock.after(this.#options.settleMs(), () => {
      // A directory that was missing may be there now.
      this.#listen()
      this.#check()
    })
  }

  #poll(): void {
    this.#listen()
    this.#polling = this.#options.clock.after(this.#options.pollMs(), () => this.#poll())
    this.#check()
  }

  #check(): void {
    const seen = lookAt(this.#watched)
    const isSame = [...seen].every(([path, state]) => this.#seen.get(path) === state)
    if (isSame) return
    this.#seen = seen
    this.#options.onChange()
  }
}

/** The directory itself, or where it would have to appear. */
function nearestExisting(directory: string): string {
  for (let path = directory; ; path = dirname(path)) {
    if (existsSync(path) || path === dirname(path)) return path
  }
}

/** What can be told of the files without reading them, by path; directories end with a slash. */
function lookAt({ files, directories }: Watched): Map<string, string> {
  return new Map([
    ...files.map((path) => [path, stateOf(path)] as const),
    ...directories.map((path) => [`${path}/`, namesIn(path)] as const),
  ])
}

function keepOnly(
  seen: ReadonlyMap<string, string>,
  { files, directories }: Watched,
): [string, string][] {
  const wanted = new Set([...files, ...directories.map((path) => `${path}/`)])
  return [...seen].filter(([path]) => wanted.has(path))
}

function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${realpathSync(path)} ${ino} ${size} ${mtimeMs}`
  } catch {
    return 'missing'
  }
}

function namesIn(directory: string): string {
  try {
    return readdirSync(directory).sort().join('/')
  } catch {
    return 'missing'
  }
}
