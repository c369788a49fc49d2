/**
 * Looks for third-party plugins on disk: in the plugin directories, then among the npm packages
 * that the Corefile's directory sees. Only looks whether files exist; nothing is run.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

/** Where plugins are looked for. */
export interface SearchPlaces {
  /** Directories with plugins, the first one first. */
  readonly pluginDirectories: readonly string[]
  /** Where the search for npm packages starts: the Corefile's directory. */
  readonly packagesFrom: string
}

/** A plugin that was found. */
export interface FoundPlugin {
  readonly name: string
  /** The module, an absolute path. */
  readonly path: string
  /** From the `package.json` beside it; empty where there is none. */
  readonly version: string
}

/** Whether a word can name a plugin. Nothing else ever becomes part of a path. */
export function isPluginName(word: string): boolean {
  if (word.length > MAX_NAME_LENGTH || word === 'index') return false
  return /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(word)
}

/** Searches the disk as it is now, each time. */
export class PluginSearch {
  readonly #directories: readonly string[]
  readonly #packagesFrom: string
  readonly #endings: readonly string[]

  /** Without `readsTypeScript`, JavaScript beside TypeScript comes first. */
  constructor(places: SearchPlaces, readsTypeScript: boolean) {
    this.#directories = places.pluginDirectories.map((directory) => resolve(directory))
    this.#packagesFrom = resolve(places.packagesFrom)
    this.#endings = readsTypeScript ? ['.ts', '.js', '.mjs'] : ['.js', '.mjs', '.ts']
  }

  /** The module of a plugin; undefined when there is none, or `name` can't be a plugin's. */
  find(name: string): FoundPlugin | undefined {
    if (!isPluginName(name)) return undefined
    for (const directory of this.#directories) {
      const path = this.#inDirectory(join(directory, name))
      if (path !== undefined) return { name, path, version: versionBeside(path, directory) }
    }
    return this.#inPackages(name)
  }

  /** Names of everything that looks like a plugin, for lists and suggestions; sorted. */
  list(): string[] {
    const names = new Set<string>()
    for (const directory of this.#directories) {
      for (const entry of entriesOf(directory)) {
        const name = entry.replace(/(?<!\.test|\.d)\.(ts|js|mjs)$/, '')
        if (isPluginName(name) && this.#inDirectory(join(directory, name))) names.add(name)
      }
    }
    for (const directory of this.#packageDirectories()) {
      for (const entry of entriesOf(directory)) {
        const name = entry.slice(PACKAGE_PREFIX.length)
        if (entry.startsWith(PACKAGE_PREFIX) && isPluginName(name)) names.add(name)
      }
    }
    return [...names].sort()
  }

  #inDirectory(base: string): string | undefined {
    for (const ending of this.#endings) if (isFile(base + ending)) return base + ending
    for (const ending of this.#endings) {
      const path = join(base, `index${ending}`)
      if (isFile(path)) return path
    }
    return undefined
  }

  #inPackages(name: string): FoundPlugin | undefined {
    for (const directory of this.#packageDirectories()) {
      const home = join(directory, PACKAGE_PREFIX + name)
      const manifest = readManifest(home)
      if (manifest === undefined) continue
      const entry = entryOf(manifest)
      const path = entry === undefined ? this.#inDirectory(join(home, 'index')) : join(home, entry)
      if (path === undefined || !isFile(path) || relative(home, path).startsWith('..')) continue
      return { name, path, version: manifest.version }
    }
    return undefined
  }

  *#packageDirectories(): Generator<string> {
    for (let at = this.#packagesFrom; ; at = dirname(at)) {
      const directory = join(at, 'node_modules')
      if (basename(at) !== 'node_modules' && existsSync(directory)) yield directory
      if (dirname(at) === at) return
    }
  }
}

const MAX_NAME_LENGTH = 64
const MAX_ENTRIES = 10_000
const PACKAGE_PREFIX = 'fingerpost-plugin-'
// Of the conditions that a package may export under, those that hold here.
const conditions = new Set(['fingerpost', 'import', 'module', 'default'])

interface Manifest {
  readonly version: string
  readonly exports?: unknown
  readonly module?: unknown
  readonly main?: unknown
}

function readManifest(directory: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return { ...manifest, version: typeof manifest.version === 'string' ? manifest.version : '' }
  } catch {
    return undefined
  }
}

/** The module that a package stands for. */
function entryOf({ exports, module, main }: Manifest): string | undefined {
  const entry = chosen(exports) ?? module ?? main
  return typeof entry === 'string' ? entry : undefined
}

function chosen(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (exports === null || typeof exports !== 'object') return undefined
  for (const [key, value] of Object.entries(exports)) {
    if (key !== '.' && !conditions.has(key)) continue
    const found = chosen(value)
    if (found !== undefined) return found
  }
  return undefined
}

/** A plugin in a folder of its own has its manifest there; one that is a file has none. */
function versionBeside(path: string, pluginDirectory: string): string {
  const home = dirname(path)
  return home === pluginDirectory ? '' : (readManifest(home)?.version ?? '')
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory).slice(0, MAX_ENTRIES)
  } catch {
    return []
  }
}

/** What can't be looked at is not there. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
