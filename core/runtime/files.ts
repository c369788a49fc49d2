/** Files under a base directory. */

import { statSync } from 'node:fs'
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Files } from '@fingerpost/sdk'
import { Watcher } from '../watcher.ts'
import { systemClock } from './clock.ts'

// A file is read when it has been quiet for so long; who watches also looks by itself.
const SETTLE_MS = 100
const POLL_MS = 60_000

/** Files with paths relative to `baseDirectory`; empty for the working directory. */
export function openFiles(baseDirectory: string): Files {
  const at = (path: string): string => resolve(baseDirectory, path)
  return {
    resolve: at,
    readText: (path) => readFile(at(path), 'utf8'),
    async read(path) {
      const bytes = await readFile(at(path))
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
    async writeText(path, text) {
      const fresh = `${at(path)}.new`
      await writeFile(fresh, text)
      await rename(fresh, at(path))
    },
    async stat(path) {
      try {
        const { mtimeMs, size, isDirectory } = await plainStat(at(path))
        return { modifiedMs: mtimeMs, sizeBytes: size, isDirectory }
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
        throw error
      }
    },
    watch(path, onChange) {
      const options = { clock: systemClock, settleMs: () => SETTLE_MS, pollMs: () => POLL_MS }
      const watcher = new Watcher({ ...options, onChange })
      const directories = isDirectory(at(path)) ? [at(path)] : []
      watcher.watch({ files: [at(path)], directories })
      return () => watcher.close()
    },
    async list(path) {
      return (await readdir(at(path))).sort()
    },
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

async function plainStat(
  path: string,
): Promise<{ mtimeMs: number; size: number; isDirectory: boolean }> {
  const found = await stat(path)
  return { mtimeMs: found.mtimeMs, size: found.size, isDirectory: found.isDirectory() }
}
