/**
 * Finds the plugin for a directive: the catalogue of built-in ones, loaded on first use, then
 * third-party ones from files (DESIGN 3.7), which a built-in name always comes before.
 */

import { dirname, join, resolve } from 'node:path'
import {
  type AbsentDirective,
  type CatalogueEntry,
  ConfigError,
  type Plugin,
  type Token,
} from '@fingerpost/sdk'
import { orderChain, withMissing } from './loader/order.ts'
import { PluginFile } from './loader/plugin-file.ts'
import { isPluginName, PluginSearch, type SearchPlaces } from './loader/search.ts'
import { guardPlugin } from './plugin-guard.ts'
import type { PluginImporter } from './runtime/plugin-import.ts'

/** How third-party plugins are found, read and kept within bounds. */
export interface ThirdPartyOptions extends SearchPlaces {
  readonly importer: PluginImporter
  /** How long a plugin may take for one query. */
  readonly timeoutMs: number
}

/** A line of `fingerpost plugins`. */
export interface PluginListing {
  readonly name: string
  /** `built-in`, or the version of its package; empty when it has none. */
  readonly version: string
  /** Where it came from; empty for built-in ones. */
  readonly path: string
  /** Why it can't be used. */
  readonly error?: string
}

/** The plugins that a process can use. */
export class Loader {
  readonly #catalogue: ReadonlyMap<string, CatalogueEntry>
  readonly #absent: ReadonlyMap<string, AbsentDirective>
  readonly #base: readonly string[]
  readonly #thirdParty: ThirdPartyOptions | undefined
  readonly #search: PluginSearch | undefined
  readonly #builtIn = new Map<string, Promise<Plugin>>()
  readonly #files = new Map<string, PluginFile>()
  /** Names that were looked for in vain. */
  readonly #missed = new Set<string>()
  readonly #guarded = new WeakMap<Plugin, Plugin>()
  #order: ReturnType<typeof orderChain> | undefined

  /**
   * `absent` names directives that are known elsewhere but not part of this version. Without
   * `thirdParty` there are the built-in plugins only.
   */
  constructor(
    catalogue: readonly CatalogueEntry[],
    absent: ReadonlyMap<string, AbsentDirective>,
    thirdParty?: ThirdPartyOptions,
  ) {
    this.#catalogue = new Map(catalogue.map((entry) => [entry.name, entry]))
    this.#absent = absent
    this.#base = withMissing(catalogue.map(({ name }) => name))
    this.#thirdParty = thirdParty
    this.#search = thirdParty && new PluginSearch(thirdParty, thirdParty.importer.readsTypeScript)
  }

  /** Directive names in the order of the chain: the built-in ones and the third-party ones loaded. */
  get names(): readonly string[] {
    return this.#chainOrder().names.filter(
      (name) => this.#catalogue.has(name) || this.#files.has(name),
    )
  }

  /** Whether there is such a plugin now. Looks at the disk for names that are not built in. */
  has(name: string): boolean {
    if (this.#catalogue.has(name)) return true
    if (this.#search === undefined || !isPluginName(name)) return false
    if (this.#search.find(name) !== undefined) return true
    if (this.#missed.size < MAX_MISSED) this.#missed.add(name)
    return false
  }

  /** Whether the directive exists in CoreDNS but not here. */
  isAbsent(name: string): boolean {
    return this.#absent.has(name) && !this.has(name)
  }

  /** Whether a built-in plugin keeps so much that its process should collect memory with care. */
  isLarge(name: string): boolean {
    return this.#catalogue.get(name)?.isLarge === true
  }

  /** What is known of a directive that is not there. */
  absence(name: string): AbsentDirective | undefined {
    return this.#absent.get(name)
  }

  /**
   * Reads the third-party plugins among `names` as their files are now, so that {@link rank} knows
   * their places. Never rejects: {@link load} says what is wrong.
   */
  async prepare(names: Iterable<string>): Promise<void> {
    for (const name of new Set(names)) {
      if (this.#catalogue.has(name)) continue
      await this.#fileOf(name)?.load()
    }
    this.#order = undefined
  }

  /** The place of a plugin in the chain: lower comes first. */
  rank(name: string): number {
    const rank = this.#chainOrder().names.indexOf(name)
    return rank < 0 ? Number.MAX_SAFE_INTEGER : rank
  }

  /**
   * Gives a plugin; a third-party one as its files are now.
   * @throws ConfigError at `at` for a third-party plugin that can't be used
   * @throws Error for a name that `has` denies
   */
  async load(name: string, at?: Token): Promise<Plugin> {
    const entry = this.#catalogue.get(name)
    if (entry !== undefined) {
      const known = this.#builtIn.get(name) ?? entry.load()
      this.#builtIn.set(name, known)
      return known
    }
    const file = this.#fileOf(name)
    if (file === undefined) throw new Error(`there is no plugin ${name}`)
    const before = file.last
    const { plugin, error } = await file.load()
    if (file.last !== before) this.#order = undefined
    if (error !== undefined) throw pointedAt(error, at)
    const fault = this.#chainOrder().faults.get(name)
    if (fault !== undefined) {
      const message = `plugin/${name} (${file.found.path}) ${fault.message}`
      throw new ConfigError('setup', message, { at, suggestion: fault.suggestion })
    }
    return this.#guard(plugin, file)
  }

  /** Third-party plugins whose files are others than those that were loaded, or could not be. */
  async changed(): Promise<string[]> {
    const names: string[] = []
    for (const [name, file] of this.#files) {
      const isElsewhere = this.#search?.find(name)?.path !== file.found.path
      const isFaulty = file.last?.error !== undefined
      if (isElsewhere || isFaulty || (await file.hasChanged())) names.push(name)
    }
    return names
  }

  /** The files of all third-party plugins loaded: a change of one asks for a reload. */
  watchedFiles(): string[] {
    return [...new Set([...this.#files.values()].flatMap(({ files }) => files))].sort()
  }

  /** Directories in which what was missed may appear: a plugin, or a file that one imports. */
  watchedDirectories(): string[] {
    const places = this.#thirdParty?.pluginDirectories.map((directory) => resolve(directory)) ?? []
    const missed = places.flatMap((place) => [...this.#missed].map((name) => join(place, name)))
    const failed = [...this.#files.values()].filter(({ last }) => last?.error !== undefined)
    const homes = failed.flatMap(({ files }) => files.map((file) => dirname(file)))
    return [...new Set([...places, ...missed, ...homes])].sort()
  }

  /** Forgets third-party plugins that are not among `names`: their files are not watched then. */
  keepOnly(names: ReadonlySet<string>): void {
    this.#missed.clear()
    for (const name of [...this.#files.keys()]) if (!names.has(name)) this.#files.delete(name)
    this.#order = undefined
  }

  /** The same as {@link listing} after loading, and so running, every third-party plugin on disk. */
  async effectiveOrder(): Promise<PluginListing[]> {
    await this.prepare((this.#search?.list() ?? []).slice(0, MAX_LISTED))
    return this.listing()
  }

  /** The built-in plugins and the third-party ones loaded, in the order of the chain. */
  listing(): PluginListing[] {
    const { faults } = this.#chainOrder()
    return this.names.map((name) => {
      const file = this.#files.get(name)
      if (file === undefined) return { name, version: 'built-in', path: '' }
      const { path, version } = file.found
      const error = file.last?.error?.message ?? faults.get(name)?.message
      return { name, version, path, ...(error !== undefined && { error }) }
    })
  }

  #fileOf(name: string): PluginFile | undefined {
    const found = isPluginName(name) ? this.#search?.find(name) : undefined
    if (found === undefined || this.#thirdParty === undefined) {
      this.#files.delete(name)
      return undefined
    }
    const known = this.#files.get(name)
    if (known?.found.path === found.path && known.found.version === found.version) return known
    const file = new PluginFile(found, this.#thirdParty.importer)
    this.#files.set(name, file)
    return file
  }

  #guard(plugin: Plugin, file: PluginFile): Plugin {
    const known = this.#guarded.get(plugin)
    if (known !== undefined) return known
    const timeoutMs = this.#thirdParty?.timeoutMs ?? Number.POSITIVE_INFINITY
    const guarded = guardPlugin(plugin, { path: file.found.path, timeoutMs })
    this.#guarded.set(plugin, guarded)
    return guarded
  }

  #chainOrder(): ReturnType<typeof orderChain> {
    if (this.#order !== undefined) return this.#order
    const placed = [...this.#files].map(([name, { last }]) => ({ name, ...last?.plugin?.order }))
    this.#order = orderChain(this.#base, placed, (name) => this.has(name))
    return this.#order
  }
}

/** Plugins that a listing reads. */
const MAX_LISTED = 256
/** Names in vain that are remembered. */
const MAX_MISSED = 100

function pointedAt(error: ConfigError, at: Token | undefined): ConfigError {
  const { code, message, suggestion, cause } = error
  return new ConfigError(code, message, { at, suggestion, cause })
}
