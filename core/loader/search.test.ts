import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isPluginName, PluginSearch } from './search.ts'

/** A directory with these files. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'fingerpost-search-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function searchIn(root: string, directories = ['plugins'], readsTypeScript = true): PluginSearch {
  const pluginDirectories = directories.map((directory) => join(root, directory))
  return new PluginSearch({ pluginDirectories, packagesFrom: root }, readsTypeScript)
}

describe('the search for a plugin', () => {
  it.each([
    ['a file', { 'plugins/x.ts': '' }, 'plugins/x.ts'],
    ['a script', { 'plugins/x.js': '' }, 'plugins/x.js'],
    ['a module', { 'plugins/x.mjs': '' }, 'plugins/x.mjs'],
    ['a folder', { 'plugins/x/index.ts': '' }, 'plugins/x/index.ts'],
    ['a file before a folder', { 'plugins/x/index.ts': '', 'plugins/x.mjs': '' }, 'plugins/x.mjs'],
    [
      'TypeScript before JavaScript',
      { 'plugins/x/index.ts': '', 'plugins/x/index.js': '' },
      'plugins/x/index.ts',
    ],
    [
      'the first directory before the second',
      { 'more/x.ts': '', 'plugins/x/index.js': '' },
      'plugins/x/index.js',
    ],
    [
      'a package that exports its module',
      {
        'node_modules/fingerpost-plugin-x/package.json':
          '{"exports":{".":{"types":"./t.d.ts","require":"./c.cjs","import":"./m.js"}}}',
        'node_modules/fingerpost-plugin-x/m.js': '',
      },
      'node_modules/fingerpost-plugin-x/m.js',
    ],
    [
      'a package with a main module',
      {
        'node_modules/fingerpost-plugin-x/package.json': '{"main":"lib/x.js"}',
        'node_modules/fingerpost-plugin-x/lib/x.js': '',
      },
      'node_modules/fingerpost-plugin-x/lib/x.js',
    ],
    [
      'a plugin directory before packages',
      {
        'node_modules/fingerpost-plugin-x/package.json': '{"main":"x.js"}',
        'node_modules/fingerpost-plugin-x/x.js': '',
        'more/x.js': '',
      },
      'more/x.js',
    ],
  ])('finds %s', (_, files, expected) => {
    const root = tree(files)
    const search = searchIn(root, ['plugins', 'more'])
    expect(search.find('x')?.path).toBe(join(root, expected))
  })

  it('finds packages above the Corefile', () => {
    const root = tree({
      'node_modules/fingerpost-plugin-x/package.json': '{"exports":"./x.js","version":"1.2.3"}',
      'node_modules/fingerpost-plugin-x/x.js': '',
      'etc/dns/Corefile': '',
    })
    const from = join(root, 'etc/dns')
    const search = new PluginSearch({ pluginDirectories: [], packagesFrom: from }, true)
    expect(search.find('x')).toEqual({
      name: 'x',
      path: join(root, 'node_modules/fingerpost-plugin-x/x.js'),
      version: '1.2.3',
    })
  })

  it('takes JavaScript where the runtime reads no TypeScript', () => {
    const root = tree({ 'plugins/x.ts': '', 'plugins/x.js': '' })
    expect(searchIn(root, ['plugins'], false).find('x')?.path).toBe(join(root, 'plugins/x.js'))
  })

  it('gives the version of a folder with a manifest', () => {
    const root = tree({
      'plugins/x/index.ts': '',
      'plugins/x/package.json': '{"version":"0.3.0"}',
      'plugins/package.json': '{"version":"9.0.0"}',
      'plugins/y.ts': '',
    })
    expect(searchIn(root).find('x')?.version).toBe('0.3.0')
    expect(searchIn(root).find('y')?.version).toBe('')
  })

  it('follows links, as Kubernetes mounts files', () => {
    const root = tree({ 'plugins/..data/x.ts': '' })
    symlinkSync('..data/x.ts', join(root, 'plugins/x.ts'))
    expect(searchIn(root).find('x')?.path).toBe(join(root, 'plugins/x.ts'))
  })

  it('leaves packages alone whose module lies outside of them', () => {
    const root = tree({
      'node_modules/fingerpost-plugin-x/package.json': '{"main":"../../evil.js"}',
      'evil.js': '',
    })
    expect(searchIn(root).find('x')).toBeUndefined()
  })

  it.each([
    '../x',
    'a/b',
    '.',
    '..',
    '',
    'x\0',
    '.hidden',
    'x.ts',
    '-x',
    'é',
    'index',
    'x'.repeat(65),
  ])("never looks for '%s'", (name) => {
    const root = tree({
      'x.ts': '',
      'plugins/index.ts': '',
      'plugins/.hidden.ts': '',
      'plugins/x.ts.ts': '',
    })
    expect(isPluginName(name)).toBe(false)
    expect(searchIn(root).find(name)).toBeUndefined()
  })

  it('does not fail where there is nothing, or no directory', () => {
    const root = tree({ plugins: 'a file' })
    expect(searchIn(root, ['plugins', 'missing']).find('x')).toBeUndefined()
    expect(searchIn(root, ['plugins', 'missing']).list()).toEqual([])
  })

  it('lists what looks like plugins', () => {
    const root = tree({
      'plugins/b.ts': '',
      'plugins/b.test.ts': '',
      'plugins/index.ts': '',
      'plugins/c.d.ts': '',
      'plugins/a/index.mjs': '',
      'plugins/empty/readme': '',
      'plugins/notes.txt': '',
      'node_modules/fingerpost-plugin-p/package.json': '{"main":"x.js"}',
    })
    expect(searchIn(root).list()).toEqual(['a', 'b', 'p'])
  })
})
