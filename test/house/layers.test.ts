import { posix } from 'node:path'
import { expect, it } from 'vitest'
import { type Source, sources } from './sources.ts'

// Everything a file takes from others: static, dynamic and type imports, and re-exports.
const IMPORT = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm

const imports = new Map<string, readonly string[]>(
  sources.map((source) => [source.path, readImports(source)]),
)
const importers = new Map<string, Source[]>()
for (const source of sources) {
  for (const path of importsOf(source)) {
    importers.set(path, [...(importers.get(path) ?? []), source])
  }
}

/** What a file imports, relative paths as paths from the root. */
function importsOf({ path }: Source): readonly string[] {
  return imports.get(path) ?? []
}

function readImports({ path, text }: Source): string[] {
  return [...text.matchAll(IMPORT)].map(([, specifier = '']) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
  )
}

const isTestFile = (path: string): boolean => /\.(test|bench)\.ts$/.test(path)

/** Tests, and what nothing but tests imports, directly or by way of each other. */
function isTest({ path }: Source, asked: readonly string[] = []): boolean {
  if (isTestFile(path)) return true
  const users = importers.get(path) ?? []
  return (
    users.length > 0 &&
    users.every((user) => !asked.includes(user.path) && isTest(user, [...asked, path]))
  )
}

/** Imports of the files chosen that are not allowed, as `path → import`. */
function violations(
  isMember: (source: Source) => boolean,
  isAllowed: (specifier: string, source: Source) => boolean,
): string[] {
  const members = sources.filter(isMember)
  expect(members.length).toBeGreaterThan(0)
  return members.flatMap((source) =>
    importsOf(source)
      .filter((specifier) => !isAllowed(specifier, source))
      .map((specifier) => `${source.path} → ${specifier}`),
  )
}

const SDK = /^@fingerpost\/sdk(\/(regexp|zone))?$/

/** Packages that a plugin needs, each with a sentence in ARCHITECTURE.md. */
const packagesOf: Readonly<Record<string, string>> = {
  'plugins/kubernetes/yaml.ts': 'yaml',
  'plugins/geoip/database.ts': 'mmdb-lib',
}

it('plugins import their own folder and the SDK', () => {
  const isPlugin = ({ path }: Source): boolean => /^plugins\/[^/]+\//.test(path)
  const isOwn = (specifier: string, { path }: Source): boolean =>
    specifier.startsWith(`${path.split('/').slice(0, 2).join('/')}/`)
  expect(
    violations(
      (source) => isPlugin(source) && !isTest(source),
      (specifier, source) =>
        SDK.test(specifier) || isOwn(specifier, source) || packagesOf[source.path] === specifier,
    ),
  ).toEqual([])
  // Their tests may use the test kit, the tools of tests, and the chain they are folded into.
  expect(
    violations(
      (source) => isPlugin(source) && isTest(source),
      (specifier, source) =>
        /^(@fingerpost\/sdk(\/\w+)?|node:.*|vitest)$/.test(specifier) || isOwn(specifier, source),
    ),
  ).toEqual([])
})

it('the catalogue imports plugins and the SDK', () => {
  expect(
    violations(
      ({ path }) => path === 'plugins/index.ts',
      (specifier) =>
        SDK.test(specifier) ||
        specifier === 'plugins/absent.ts' ||
        /^plugins\/[^/]+\/index\.ts$/.test(specifier),
    ),
  ).toEqual([])
})

it('core never imports plugins, but for its composition root', () => {
  expect(
    violations(
      ({ path }) => path.startsWith('core/') && path !== 'core/main.ts',
      (specifier) => !specifier.startsWith('plugins/') && !specifier.startsWith('sdk/'),
    ),
  ).toEqual([])
})

it('the SDK imports itself and what it is published with', () => {
  const packages = /^(valibot|re2js)$/
  expect(
    violations(
      (source) => source.path.startsWith('sdk/') && !isTest(source),
      (specifier, { path }) =>
        specifier.startsWith('sdk/') ||
        packages.test(specifier) ||
        // Pure computation, which every runtime has.
        (path === 'sdk/crypto.ts' && specifier === 'node:crypto'),
    ),
  ).toEqual([])
})

it('the SDK and plugins reach the world through the host alone', () => {
  const members = sources.filter(
    (source) => /^(sdk|plugins)\//.test(source.path) && !isTest(source),
  )
  const worldly = /\b(process\.|Date\.now\(|console\.|setTimeout\(|setInterval\(|Math\.random\()/
  const found = members.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && worldly.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

it('only core/runtime names a runtime', () => {
  const found = sources
    .filter(({ path }) => /^(core|plugins|sdk)\//.test(path) && !path.startsWith('core/runtime/'))
    .filter((source) => !isTest(source))
    .filter(
      (source) =>
        /\b(Bun|Deno)\.\w|\bglobalThis\.(Bun|Deno)\b/.test(withoutComments(source.text)) ||
        importsOf(source).some((specifier) => /^(bun|deno|bun:.*)$/.test(specifier)),
    )
    .map(({ path }) => path)
  expect(found).toEqual([])
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
