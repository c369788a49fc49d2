/**
 * Plugins from files under Bun, and in an executable that Bun compiled. Bun asks no `onResolve`
 * about the imports of a module, so their paths are changed in the text before it is compiled: each
 * gets the version that the importing module has. Line and column of what stays are as they were.
 */

import { readFileSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import type { OnPluginFile, PluginImporter, SdkModules } from './plugin-import.ts'

/** Makes Bun know the SDK by name and read plugin modules afresh. To be called once. */
export function prepareBun(sdk: SdkModules): PluginImporter['importFresh'] {
  const watchers = new Map<string, OnPluginFile>()
  Bun.plugin({
    name: 'fingerpost',
    setup(build) {
      build.module('@fingerpost/sdk', () => ({ exports: { ...sdk.main }, loader: 'object' }))
      // By a name of its own: from the source, the SDK's own name leads to where this comes from.
      build.module(REGEXP, async () => {
        return { exports: { ...(await sdk.loadRegexp()) }, loader: 'object' }
      })
      build.onLoad({ filter: /\?fingerpost=\d+$/ }, ({ path: versioned }) => {
        const [path = '', version = ''] = versioned.split('?fingerpost=')
        watchers.get(version)?.(path)
        const contents = withVersions(readFileSync(path, 'utf8'), dirname(path), version)
        return { contents, loader: loaders[extname(path)] ?? 'js' }
      })
    },
  })
  let count = 0
  return async (path, onFile) => {
    const version = String(++count)
    watchers.set(version, onFile)
    return await import(`${path}?fingerpost=${version}`)
  }
}

const loaders: Readonly<Record<string, 'ts' | 'tsx' | 'js' | 'jsx' | 'json'>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
  '.json': 'json',
}

const REGEXP = 'fingerpost:sdk/regexp'
// Also matches in comments and texts, where the path of a file that exists gets a version for
// nothing.
const imported = /\b((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]*|@fingerpost\/sdk\/regexp)\2/g

function withVersions(text: string, directory: string, version: string): string {
  return text.replace(imported, (whole, before: string, quote: string, path: string) => {
    if (!path.startsWith('.')) return `${before}${quote}${REGEXP}${quote}`
    try {
      const resolved = Bun.resolveSync(path, directory)
      if (loaders[extname(resolved)] === undefined || /['"\\?\n]/.test(resolved)) return whole
      return `${before}${quote}${resolved}?fingerpost=${version}${quote}`
    } catch {
      // Left as it is, the import fails with the author's own words.
      return whole
    }
  })
}
