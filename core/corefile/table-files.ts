/** Files out of a table instead of a disk: for tests, and for configurations that are only text. */

import { dirname } from 'node:path'
import type { CorefileFiles } from './files.ts'

/** Makes files from absolute paths and their texts. A directory exists if something is in it. */
export function tableFiles(table: Readonly<Record<string, string>>): CorefileFiles {
  const texts = new Map(Object.entries(table))
  const directories = new Map<string, Set<string>>()
  for (const path of texts.keys()) {
    for (let child = path, dir = dirname(path); child !== dir; child = dir, dir = dirname(dir)) {
      const names = directories.get(dir) ?? new Set()
      directories.set(dir, names.add(child.slice(dir.length).replace(/^\//, '')))
    }
  }
  return {
    read(path) {
      const text = texts.get(path)
      if (text === undefined) throw new Error('no such file')
      return text
    },
    list(dir) {
      const names = directories.get(dir)
      if (names === undefined) throw new Error('no such directory')
      return [...names]
    },
    kind(path) {
      if (texts.has(path)) return 'file'
      return directories.has(path) ? 'directory' : 'missing'
    },
  }
}
