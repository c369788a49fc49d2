/** Finds the plugin for a directive: the catalogue of built-in ones, loaded on first use. */

import type { CatalogueEntry, Plugin } from '@fingerpost/sdk'

/** The plugins that a process can use. */
export class Loader {
  readonly #entries: ReadonlyMap<string, { readonly entry: CatalogueEntry; readonly rank: number }>
  readonly #absent: ReadonlySet<string>
  readonly #loaded = new Map<string, Promise<Plugin>>()

  /** `absent` names directives that are known elsewhere but not part of this version. */
  constructor(catalogue: readonly CatalogueEntry[], absent: readonly string[]) {
    this.#entries = new Map(catalogue.map((entry, rank) => [entry.name, { entry, rank }]))
    this.#absent = new Set(absent)
  }

  /** Directive names in the order of the chain. */
  get names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Whether the directive exists in CoreDNS but not here. */
  isAbsent(name: string): boolean {
    return this.#absent.has(name)
  }

  /** The place of a plugin in the chain: lower comes first. */
  rank(name: string): number {
    return this.#entries.get(name)?.rank ?? Number.MAX_SAFE_INTEGER
  }

  /** @throws Error for a name that `has` denies. */
  load(name: string): Promise<Plugin> {
    const known = this.#loaded.get(name)
    if (known !== undefined) return known
    const found = this.#entries.get(name)
    if (found === undefined) throw new Error(`there is no plugin ${name}`)
    const plugin = found.entry.load()
    this.#loaded.set(name, plugin)
    return plugin
  }
}
