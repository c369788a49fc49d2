/** Finds the files that the pattern of an `import` stands for: `*` and `?` within one name. */

import { join, sep } from 'node:path'
import type { CorefileFiles } from './files.ts'

/** Sorted paths that match, and the directories whose contents decided it (worth watching). */
export interface GlobResult {
  readonly paths: readonly string[]
  readonly directories: readonly string[]
}

/** Tells whether an import argument is a pattern and not just a path. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}

/**
 * Names what is wrong with a pattern. CoreDNS allows one `*` and one `?`, no `[…]`: patterns with
 * many wildcards can take very long.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.includes('[')) return `a pattern may not contain '['`
  if (pattern.split('*').length > 2) return `a pattern may contain only one '*'`
  if (pattern.split('?').length > 2) return `a pattern may contain only one '?'`
  return undefined
}

/** Expands an absolute pattern. A directory that can't be listed contains nothing. */
export function globFiles(pattern: string, files: CorefileFiles): GlobResult {
  const directories: string[] = []
  let paths: readonly string[] = [sep]
  for (const part of pattern.split(sep)) {
    if (!/[*?]/.test(part)) {
      paths = paths.map((path) => join(path, part))
      continue
    }
    const matcher = nameMatcher(part)
    directories.push(...paths)
    paths = paths.flatMap((dir) =>
      listSorted(dir, files)
        .filter((name) => matcher.test(name))
        .map((name) => join(dir, name)),
    )
  }
  return { paths: paths.filter((path) => files.kind(path) !== 'missing'), directories }
}

function listSorted(dir: string, files: CorefileFiles): readonly string[] {
  try {
    return [...files.list(dir)].sort()
  } catch {
    return []
  }
}

function nameMatcher(part: string): RegExp {
  const source = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace('*', '.*')
    .replace('?', '.')
  return new RegExp(`^${source}$`, 'su')
}
