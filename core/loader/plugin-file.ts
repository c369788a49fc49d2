/**
 * A third-party plugin on disk: imported when it is first asked for, and again when one of its
 * files is another one than it was.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Plugin } from '@fingerpost/sdk'
import { ConfigError } from '@fingerpost/sdk'
import type { PluginImporter } from '../runtime/plugin-import.ts'
import { DescriptorError, readDescriptor } from './descriptor.ts'
import { pluginFault } from './plugin-fault.ts'
import type { FoundPlugin } from './search.ts'

/** What the files gave when they were last read. */
export type Loaded =
  | { readonly plugin: Plugin; readonly error?: undefined }
  | { readonly plugin?: undefined; readonly error: ConfigError }

/** One plugin and its files. */
export class PluginFile {
  readonly found: FoundPlugin
  readonly #importer: PluginImporter
  /** Digests of the files that the module at hand was made of. */
  #digests = new Map<string, string>()
  #loaded: Promise<Loaded> | undefined
  #last: Loaded | undefined

  constructor(found: FoundPlugin, importer: PluginImporter) {
    this.found = found
    this.#importer = importer
  }

  /** The files that the plugin is made of, as far as they have been imported. */
  get files(): readonly string[] {
    return [...this.#digests.keys()]
  }

  /** What is loaded, without looking at the disk. */
  get last(): Loaded | undefined {
    return this.#last
  }

  /** The plugin as its files are now; the same object as before when they have not changed. */
  async load(): Promise<Loaded> {
    // One that could not be read is tried again: what it missed may be there now.
    const isGood = (await this.#loaded)?.plugin !== undefined
    if (this.#loaded !== undefined && isGood && !(await this.hasChanged())) return this.#loaded
    this.#loaded = this.#import()
    this.#last = await this.#loaded
    return this.#last
  }

  /** Whether a file is another one than it was when it was imported. */
  async hasChanged(): Promise<boolean> {
    await this.#loaded
    for (const [path, digest] of this.#digests) if (digestOf(path) !== digest) return true
    return false
  }

  async #import(): Promise<Loaded> {
    const { name, path } = this.found
    const digests = new Map<string, string>()
    this.#digests = digests
    // Read before the module is, so that a file that is written meanwhile counts as changed.
    const note = (file: string): void => {
      if (digests.size < MAX_FILES && !digests.has(file)) digests.set(file, digestOf(file))
    }
    note(path)
    if (path.endsWith('.ts') && !this.#importer.readsTypeScript) return { error: needsJs(path) }
    try {
      return { plugin: readDescriptor(await this.#importer.importFresh(path, note), name) }
    } catch (error) {
      if (error instanceof DescriptorError) {
        const message = `plugin/${name} (${path}) ${error.message}`
        return { error: new ConfigError('setup', message, { cause: error }) }
      }
      return { error: pluginFault(this.found, 'could not be loaded', error) }
    }
  }
}

/** Files of one plugin that are watched. */
const MAX_FILES = 1000

/** Nothing when the file can't be read: it counts as changed when it is there again. */
function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('base64')
  } catch {
    return ''
  }
}

function needsJs(path: string): ConfigError {
  const message = `${path} is TypeScript, which this version of Node can't read`
  const js = basename(path).replace(/\.ts$/, '.js')
  const suggestion = `compile it to ${js}, or use the fingerpost executable, Bun, Deno or Node 22.18`
  return new ConfigError('setup', message, { suggestion })
}
