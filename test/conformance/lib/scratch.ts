/** A scratch directory with the files of a recording, placeholders filled in. */

import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fillPlaceholders, type PlaceholderValues } from './placeholders.ts'
import type { Lines } from './suite.ts'

const existing = new Set<ScratchDirectory>()

process.once('exit', () => {
  for (const directory of existing) directory.remove()
})

/** A directory that exists until `remove` or the end of the tool. */
export class ScratchDirectory {
  readonly path: string
  #writeCount = 0

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'fingerpost-conformance-'))
    existing.add(this)
  }

  get corefile(): string {
    return join(this.path, 'Corefile')
  }

  /** Writes files whole, by renaming finished ones into place. */
  write(files: Readonly<Record<string, Lines>>, values: PlaceholderValues): void {
    for (const [name, lines] of Object.entries(files)) {
      const path = join(this.path, name)
      const text = typeof lines === 'string' ? lines : `${lines.join('\n')}\n`
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(`${path}.new`, fillPlaceholders(text, values))
      // Servers that compare times in whole seconds must see a rewritten file as newer.
      const seconds = Date.now() / 1000 - 1000 + ++this.#writeCount
      utimesSync(`${path}.new`, seconds, seconds)
      renameSync(`${path}.new`, path)
    }
  }

  removeFile(name: string): void {
    rmSync(join(this.path, name))
  }

  remove(): void {
    existing.delete(this)
    rmSync(this.path, { recursive: true, force: true })
  }
}
