import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AbsentDirective,
  ConfigError,
  definePlugin,
  directive,
  type Plugin,
} from '@fingerpost/sdk'
import * as regexpModule from '@fingerpost/sdk/regexp'
import { fakeHost } from '@fingerpost/sdk/testing'
import * as zoneModule from '@fingerpost/sdk/zone'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Loader } from './loader.ts'
import { type PluginImporter, sdkParts } from './runtime/plugin-import.ts'

const builtIn = (name: string) => ({
  name,
  load: async () => definePlugin({ name, options: directive({}), setup: () => ({}) }),
})

/** Plugin files whose text is what they export: an importer that needs no runtime's help. */
class Disk {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'fingerpost-loader-'))
  readonly exports = new Map<string, () => object>()
  imports = 0

  constructor() {
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }))
  }

  write(file: string, exported: () => object, text = String(exported)): void {
    this.exports.set(join(this.directory, file), exported)
    writeFileSync(join(this.directory, file), text)
  }

  readonly importer: PluginImporter = {
    readsTypeScript: true,
    importFresh: async (path, onFile) => {
      this.imports++
      onFile(path)
      if (readFileSync(path, 'utf8').includes('child')) onFile(join(this.directory, 'child.js'))
      return this.exports.get(path)?.() ?? {}
    },
  }

  loader(): Loader {
    return new Loader(
      ['errors', 'cache', 'forward'].map(builtIn),
      absentNames('geoip', 'template'),
      {
        pluginDirectories: [this.directory],
        packagesFrom: this.directory,
        importer: this.importer,
        timeoutMs: 4000,
      },
    )
  }
}

const plugin = (name: string, rest: Partial<Plugin> = {}) => ({
  default: { name, options: directive({}), setup: () => ({}), ...rest },
})

const at = {
  text: 'mine',
  source: { path: 'Corefile', lines: ['mine'] },
  line: 1,
  column: 1,
  width: 4,
}

const faultOf = async (work: Promise<unknown>): Promise<ConfigError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return error as ConfigError
}

function absentNames(...names: readonly string[]): ReadonlyMap<string, AbsentDirective> {
  return new Map(names.map((name) => [name, { what: 'is elsewhere', instead: 'remove it' }]))
}

describe('a loader', () => {
  it('knows the plugins of its catalogue alone when it is given no places to look at', async () => {
    const loader = new Loader([builtIn('errors'), builtIn('cache')], absentNames('geoip'))
    expect(loader.names).toEqual(['errors', 'cache'])
    expect(loader.has('cache')).toBe(true)
    expect(loader.has('geoip')).toBe(false)
    expect(loader.isAbsent('geoip')).toBe(true)
    expect(loader.rank('errors')).toBeLessThan(loader.rank('cache'))
    expect((await loader.load('cache')).name).toBe('cache')
    await expect(loader.load('mine')).rejects.toThrow('there is no plugin mine')
    expect(loader.watchedFiles()).toEqual([])
  })

  it('finds third-party plugins on disk, but never in place of a built-in one', async () => {
    const disk = new Disk()
    const loader = disk.loader()
    expect(loader.has('mine')).toBe(false)
    disk.write('mine.ts', () => plugin('mine', { order: { before: 'cache' } }))
    disk.write('cache.ts', () => plugin('cache'))
    expect(loader.has('mine')).toBe(true)
    await loader.prepare(['cache', 'mine', 'nothing'])
    expect(disk.imports).toBe(1)
    expect(loader.names).toEqual(['errors', 'mine', 'cache', 'forward'])
    expect((await loader.load('mine', at)).name).toBe('mine')
    expect(loader.watchedFiles()).toEqual([join(disk.directory, 'mine.ts')])
  })

  it("puts a plugin by a missing one's name in that one's place", async () => {
    const disk = new Disk()
    const loader = disk.loader()
    expect(loader.isAbsent('template')).toBe(true)
    disk.write('template.ts', () => plugin('template'))
    expect(loader.isAbsent('template')).toBe(false)
    await loader.prepare(['template'])
    expect(loader.names).toEqual(['errors', 'cache', 'template', 'forward'])
  })

  it('keeps a plugin as long as its files are the same, and reads it again when one is not', async () => {
    const disk = new Disk()
    const loader = disk.loader()
    disk.write('mine.ts', () => plugin('mine'), 'imports child')
    writeFileSync(join(disk.directory, 'child.js'), 'one')
    const first = await loader.load('mine')
    await loader.prepare(['mine'])
    expect(await loader.load('mine')).toBe(first)
    expect(await loader.changed()).toEqual([])
    writeFileSync(join(disk.directory, 'child.js'), 'two')
    expect(await loader.changed()).toEqual(['mine'])
    expect(await loader.load('mine')).not.toBe(first)
    expect(disk.imports).toBe(2)
    rmSync(join(disk.directory, 'mine.ts'))
    expect(await loader.changed()).toEqual(['mine'])
    expect(loader.has('mine')).toBe(false)
  })

  it('tries a plugin again that could not be loaded', async () => {
    const disk = new Disk()
    const loader = disk.loader()
    let isBroken = true
    const exported = (): object => {
      if (isBroken) throw new Error('not yet')
      return plugin('mine')
    }
    disk.write('mine.ts', exported)
    expect((await faultOf(loader.load('mine', at))).message).toContain('not yet')
    // What it lacks may be a file that nobody knows yet.
    expect(await loader.changed()).toEqual(['mine'])
    expect(loader.watchedDirectories()).toEqual([disk.directory])
    isBroken = false
    expect((await loader.load('mine', at)).name).toBe('mine')
  })

  it('tells where what it missed may appear', async () => {
    const disk = new Disk()
    const loader = disk.loader()
    expect(loader.watchedDirectories()).toEqual([disk.directory])
    loader.has('mine')
    loader.has('../mine')
    expect(loader.watchedDirectories()).toEqual([disk.directory, join(disk.directory, 'mine')])
  })

  it('forgets plugins that are not used any more', async () => {
    const disk = new Disk()
    const loader = disk.loader()
    disk.write('mine.ts', () => plugin('mine'))
    await loader.load('mine')
    loader.keepOnly(new Set(['cache']))
    expect(loader.watchedFiles()).toEqual([])
    expect(loader.names).toEqual(['errors', 'cache', 'forward'])
  })

  it('lists everything in the order of the chain, with what is wrong', async () => {
    const disk = new Disk()
    disk.write('mine.ts', () => plugin('mine', { order: { after: 'cache' } }))
    disk.write('bad.ts', () => ({}))
    const listing = await disk.loader().effectiveOrder()
    expect(listing.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'errors built-in',
      'cache built-in',
      'mine ',
      'bad ',
      'forward built-in',
    ])
    expect(listing[3]).toMatchObject({ path: join(disk.directory, 'bad.ts') })
    expect(listing[3]?.error).toMatch(/no default export/)
  })

  it.each<[string, () => object, RegExp]>([
    ['exports nothing', () => ({}), /no default export/],
    ['exports a number', () => ({ default: 1 }), /no plugin/],
    ['has another name', () => plugin('other'), /calls itself 'other', not 'mine'/],
    ['cannot be set up', () => plugin('mine', { setup: 1 as never }), /no setup function/],
    ['has no options', () => plugin('mine', { options: undefined as never }), /option schema/],
    ['has foreign options', () => plugin('mine', { options: {} as never }), /option schema/],
    ['has a strange order', () => plugin('mine', { order: { first: 1 } as never }), /'first'/],
    ['has an unknown anchor', () => plugin('mine', { order: { before: 'nix' } }), /'nix'/],
    [
      'throws',
      () => {
        throw new RangeError('at import')
      },
      /RangeError: at import/,
    ],
  ])('refuses a plugin that %s, with its file and the directive', async (_, exported, message) => {
    const disk = new Disk()
    disk.write('mine.ts', exported, 'text')
    const error = await faultOf(disk.loader().load('mine', at))
    expect(error.message).toMatch(message)
    expect(error.message).toContain(join(disk.directory, 'mine.ts'))
    expect(error.at).toBe(at)
  })

  it('points at the directive and at the line of the plugin when setup throws', async () => {
    const disk = new Disk()
    disk.write('mine.ts', () =>
      plugin('mine', {
        setup() {
          const error = new Error('no luck')
          error.stack = `Error: no luck\n    at setup (${disk.directory}/mine.ts?fingerpost=3:7:9)\n    at core.ts`
          throw error
        },
      }),
    )
    const loaded = await disk.loader().load('mine', at)
    const error = await faultOf(
      Promise.resolve(loaded.setup(undefined as never, fakeHost({ plugin: 'mine', at }))),
    )
    expect(error.at).toBe(at)
    expect(error.message).toMatch(/failed when it was set up: Error: no luck/)
    expect(error.message).toContain(`at setup (${disk.directory}/mine.ts:7:9)`)
    expect(error.message).not.toContain('core.ts')
  })

  it('tells what Node 20 cannot read', async () => {
    const disk = new Disk()
    disk.write('mine.ts', () => plugin('mine'))
    Object.assign(disk.importer, { readsTypeScript: false })
    const error = await faultOf(disk.loader().load('mine', at))
    expect(error.message).toMatch(/is TypeScript/)
    expect(error.suggestion).toMatch(/mine\.js/)
  })
})

describe('the bridge to the SDK', () => {
  it('names all that the parts of the SDK export', () => {
    expect(Object.keys(regexpModule).sort()).toEqual([...sdkParts.regexp].sort())
    expect(Object.keys(zoneModule).sort()).toEqual([...sdkParts.zone].sort())
  })
})
