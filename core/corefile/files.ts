/** The files a Corefile consists of: the only way its parser reaches a disk. */

import { readdirSync, readFileSync, statSync } from 'node:fs'

/** Synchronous access to files, all paths absolute. Tests put a table in its place. */
export interface CorefileFiles {
  /** Text of a file, decoded as UTF-8 with any byte order mark kept. Throws if it can't be read. */
  read(path: string): string
  /** Names in a directory, in any order. Throws if it can't be listed. */
  list(dir: string): readonly string[]
  /** Follows symbolic links; what is neither a regular file nor a directory is `missing`. */
  kind(path: string): 'file' | 'directory' | 'missing'
}

/** The files of this machine. */
export const diskFiles: CorefileFiles = {
  read: (path) => readFileSync(path, 'utf8'),
  list: (dir) => readdirSync(dir),
  kind(path) {
    try {
      const stat = statSync(path)
      // Reading a device or a pipe may never end.
      if (stat.isFile()) return 'file'
      return stat.isDirectory() ? 'directory' : 'missing'
    } catch {
      return 'missing'
    }
  },
}
