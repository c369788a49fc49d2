/** Writes the Corefile that runs to where node-cache would have it: whole or not at all. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Puts `text` in the place of the file at once; does nothing where it says that already. */
export async function writeCorefile(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined)
  if (before === text) return
  await mkdir(dirname(path), { recursive: true })
  const fresh = `${path}.new`
  try {
    await writeFile(fresh, text)
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {})
    throw error
  }
}
