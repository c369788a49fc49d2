/**
 * Plugins from files under Bun, and in an executable that Bun compiled. Bun asks no `onResolve`
 * about the imports of a module, so their paths are changed in the text before it is compiled: each
 * gets the version that the importing module has. Line and column of what stays are as they were.
 */

import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, extname, join } from 'node:path'
import {
  type OnPluginFile,
  type PluginImporter,
  type SdkModules,
  type SdkPart,
  sdkParts,
} from './plugin-import.ts'

/** Makes Bun know the SDK by name and read plugin modules afresh. To be called once. */
export function prepareBun(sdk: SdkModules): PluginImporter['importFresh'] {
  const watchers = new Map<string, OnPluginFile>()
  Bun.plugin({
    name: 'fingerpost',
    setup(build) {
      build.module('@fingerpost/sdk', () => ({ exports: { ...sdk.main }, loader: 'object' }))
      // By names of their own: from the source, the SDK's own name leads to where this comes from.
      for (const part of Object.keys(sdkParts) as SdkPart[]) {
        build.module(PART + part, async () => {
          return { exports: { ...(await sdk.load(part)) }, loader: 'object' }
        })
      }
      build.onLoad({ filter: /\?fingerpost=\d+$/ }, ({ path: versioned }) => {
        const [path = '', version = ''] = versioned.split('?fingerpost=')
        watchers.get(version)?.(path)
        const text = readFileSync(path, 'utf8')
        const loader = loaders[extname(path)] ?? 'js'
        if (loader !== 'json') refuseMissingPackages(text, loader, dirname(path))
        return { contents: withVersions(text, dirname(path), version), loader }
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

type Code = 'ts' | 'tsx' | 'js' | 'jsx'

const loaders: Readonly<Record<string, Code | 'json'>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
  '.json': 'json',
}

const SDK = '@fingerpost/sdk'
const provided = [SDK, ...Object.keys(sdkParts).map((part) => `${SDK}/${part}`)]
const PART = 'fingerpost:sdk/'
// Also matches in comments and texts, where the path of a file that exists gets a version for
// nothing.
const imported = /\b((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]*|@fingerpost\/sdk\/\w+)\2/g

function withVersions(text: string, directory: string, version: string): string {
  return text.replace(imported, (whole, before: string, quote: string, path: string) => {
    if (!path.startsWith('.')) {
      const part = provided.includes(path) ? PART + path.slice(SDK.length + 1) : path
      return `${before}${quote}${part}${quote}`
    }
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

/**
 * Bun downloads packages that it does not find. A name server must not run code that nobody put
 * there.
 */
function refuseMissingPackages(text: string, loader: Code, directory: string): void {
  for (const { path } of importsOf(text, loader)) {
    const name = /^(?:@[^/:]+\/)?[^./:@#][^/:]*/.exec(path)?.[0]
    if (name === undefined || path.includes(':') || provided.includes(path)) continue
    if (isBuiltin(path) || isInstalled(name, directory)) continue
    throw new Error(`the package '${name}' is not installed (imported as '${path}')`)
  }
}

function importsOf(text: string, loader: Code): readonly { readonly path: string }[] {
  try {
    return new Bun.Transpiler({ loader }).scanImports(text)
  } catch {
    // A mistake in the text is told, with its place, when it is compiled.
    return []
  }
}

function isInstalled(name: string, directory: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', name))) return true
    if (dirname(at) === at) return false
  }
}
