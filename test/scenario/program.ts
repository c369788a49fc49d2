/** The server as users have it: built for Node, one executable, or the source under Bun or Deno. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** A way to start the server. */
export interface Program {
  readonly name: string
  readonly command: readonly string[]
}

/** What the tests of this runtime start: under Node its build and the executable as well. */
export const programs: readonly Program[] = choose()

function choose(): Program[] {
  const source = join(root, 'core/main.ts')
  if ('bun' in process.versions) {
    return [{ name: 'bun', command: [process.execPath, source] }]
  }
  if ('deno' in process.versions) {
    return [{ name: 'deno', command: [process.execPath, 'run', '-A', source] }]
  }
  return [
    { name: 'node', command: [process.execPath, built('dist/node/main.js')] },
    { name: 'binary', command: [built('dist/fingerpost')] },
  ]
}

function built(file: string): string {
  const path = join(root, file)
  if (!existsSync(path)) throw new Error(`${file} is not built: run node build.mjs`)
  return path
}
