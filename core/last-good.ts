/**
 * Keeps the last configuration that worked in a directory, so that a start with a broken Corefile
 * can serve that one instead of nothing.
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'

/** A configuration as texts, imports spliced in: the Corefile and the extras that were served. */
export interface SavedConfig extends SavedText {
  readonly extras: readonly SavedText[]
}

/** One text. */
export interface SavedText {
  /** As messages name it. */
  readonly path: string
  readonly text: string
}

const FILE = 'last-good.json'
const schema = v.object({
  version: v.literal(1),
  path: v.string(),
  text: v.string(),
  // What was kept before there were extras has none.
  extras: v.optional(v.array(v.object({ path: v.string(), text: v.string() })), []),
})

/** The directory given by `-state`. */
export class LastGood {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Replaces what is kept, at once: a crash leaves the old or the new. */
  async save(config: SavedConfig): Promise<void> {
    await mkdir(this.#directory, { recursive: true })
    const path = join(this.#directory, FILE)
    await writeFile(`${path}.new`, JSON.stringify({ version: 1, ...config }), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }

  /** What is kept; undefined when there is nothing, or nothing that can be read. */
  async load(): Promise<SavedConfig | undefined> {
    try {
      const text = await readFile(join(this.#directory, FILE), 'utf8')
      const result = v.safeParse(schema, JSON.parse(text))
      return result.success ? result.output : undefined
    } catch {
      return undefined
    }
  }
}
