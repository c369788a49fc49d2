/** The mounted ConfigMap `kube-dns`; while it is faulty, what it said before holds. */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Counter } from '@fingerpost/sdk'
import {
  emptyKubeDnsConfig,
  type KubeDnsConfig,
  type KubeDnsTexts,
  parseKubeDnsConfig,
} from './kube-dns-config.ts'

export interface KubeDnsDirectoryOptions {
  /** As the user named it; it may be missing, and keys in it. */
  readonly path: string
  /** Counts a ConfigMap that is not valid, once for all that it says at a time. */
  readonly errors: Pick<Counter, 'add'>
}

/** A key of a ConfigMap can't be longer. */
const MAX_TEXT_LENGTH = 1 << 20

/** One directory. */
export class KubeDnsDirectory {
  readonly #options: KubeDnsDirectoryOptions
  #config: KubeDnsConfig = emptyKubeDnsConfig
  #problems: readonly string[] = []
  #counted = ''

  constructor(options: KubeDnsDirectoryOptions) {
    this.#options = options
  }

  get path(): string {
    return this.#options.path
  }
  /** The last valid configuration. */
  get config(): KubeDnsConfig {
    return this.#config
  }
  /** What is wrong with the directory as it was read last; then `config` is of before. */
  get problems(): readonly string[] {
    return this.#problems
  }
  /** What to watch. */
  get files(): string[] {
    return keys.map((key) => resolve(this.path, key))
  }

  /** Reads the directory as it is now. Never rejects. */
  async read(): Promise<void> {
    const { errors } = this.#options
    const texts: { -readonly [K in keyof KubeDnsTexts]: KubeDnsTexts[K] } = {}
    const problems: string[] = []
    for (const key of keys) {
      const found = await this.#readKey(key)
      if (found.problem === undefined) texts[key] = found.text
      else problems.push(found.problem)
    }
    const parsed = problems.length > 0 ? problems : parseKubeDnsConfig(texts)
    if ('stubDomains' in parsed) {
      this.#config = parsed
      this.#problems = []
      this.#counted = ''
      return
    }
    this.#problems = parsed
    const seen = JSON.stringify([texts, parsed])
    if (seen === this.#counted) return
    this.#counted = seen
    errors.add()
  }

  async #readKey(key: Key): Promise<{ text?: string | undefined; problem?: string }> {
    try {
      const text = await readFile(join(this.path, key), 'utf8')
      if (text.length <= MAX_TEXT_LENGTH) return { text }
      return { problem: `${key} is longer than ${MAX_TEXT_LENGTH} characters` }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return {}
      return { problem: `${key} can't be read: ${message}` }
    }
  }
}

type Key = keyof KubeDnsTexts
const keys: readonly Key[] = ['stubDomains', 'upstreamNameservers']
