/** The project's own text files, for rules about all of them. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** A file of the project. */
export interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly text: string
}

// Recorded data of the conformance suites is no code of ours.
const RECORDED = /^test\/conformance\/(suites|fixtures)\//

/** All files of TypeScript and JavaScript. */
export const sources: readonly Source[] = ['core', 'plugins', 'sdk', 'examples', 'test']
  .flatMap((directory) => filesIn(directory))
  .concat('build.mjs', 'vitest.config.ts')
  .filter((path) => /\.(ts|js|mjs)$/.test(path) && !RECORDED.test(path))
  .map(read)

/** Everything under a directory, sorted. */
export function filesIn(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .filter((path) => !path.includes('node_modules/'))
    .sort()
}

/** One file by its path from the root. */
export function read(path: string): Source {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}

/** Whether the project has a file. */
export function isThere(path: string): boolean {
  return existsSync(join(root, path))
}

/** Folders of plugins. */
export const pluginNames: readonly string[] = readdirSync(join(root, 'plugins'), {
  withFileTypes: true,
})
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

/** Where a pattern is found: `path:line: the line`. */
export function occurrences({ path, text }: Source, pattern: RegExp): string[] {
  return text
    .split('\n')
    .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : []))
}
