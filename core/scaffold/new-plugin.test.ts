import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeNewPlugin, findSdk, newPlugin } from './new-plugin.ts'

const taken = (name: string): boolean => name === 'cache'

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fingerpost-new-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

describe('a new plugin', () => {
  it('has code, a test, a README, a manifest, types for the editor, and a Corefile', async () => {
    const made = await newPlugin('greet-all', emptyDirectory(), { taken })
    expect(made.files).toEqual([
      'index.ts',
      'greet-all.test.ts',
      'README.md',
      'package.json',
      'tsconfig.json',
      'Corefile',
      '.gitignore',
    ])
    const read = (file: string): string => readFileSync(join(made.directory, file), 'utf8')
    for (const file of made.files) expect(read(file)).not.toMatch(/NAME|SDK\b/)
    expect(JSON.parse(read('package.json')).name).toBe('fingerpost-plugin-greet-all')
    expect(read('Corefile')).toContain('greet-all "it works"')
    expect(describeNewPlugin(made)).toContain('-plugin-dir ..')
  })

  it('finds the SDK at once where its sources are beside the program', async () => {
    const { directory } = await newPlugin('greet', emptyDirectory(), { taken, sdk: findSdk() })
    const linked = join(directory, 'node_modules/@fingerpost/sdk/package.json')
    expect(JSON.parse(readFileSync(linked, 'utf8')).name).toBe('@fingerpost/sdk')
  })

  it('brings a packed SDK along', async () => {
    const directory = join(emptyDirectory(), 'packed')
    mkdirSync(join(directory, 'options'), { recursive: true })
    writeFileSync(join(directory, 'testing.js'), 'kit')
    writeFileSync(join(directory, 'options/args.d.ts'), 'types')
    const sdk = { directory, isSource: false }
    const made = await newPlugin('greet', emptyDirectory(), { taken, sdk })
    const read = (file: string): string => readFileSync(join(made.directory, file), 'utf8')
    expect(read('node_modules/@fingerpost/sdk/testing.js')).toBe('kit')
    expect(read('.fingerpost/sdk/options/args.d.ts')).toBe('types')
    expect(JSON.parse(read('package.json')).devDependencies['@fingerpost/sdk']).toBe(
      'file:.fingerpost/sdk',
    )
  })

  it.each([['../greet'], ['Greet'], ['a/b'], [''], ['-x'], ['x'.repeat(65)]])(
    "is not made by the name '%s'",
    async (name) => {
      await expect(newPlugin(name, emptyDirectory(), { taken })).rejects.toThrow(/name/)
    },
  )

  it('is not made by the name of a built-in one, nor over something else', async () => {
    const parent = emptyDirectory()
    await expect(newPlugin('cache', parent, { taken })).rejects.toThrow(/built-in/)
    const { directory } = await newPlugin('greet', parent, { taken })
    writeFileSync(join(directory, 'index.ts'), 'mine')
    await expect(newPlugin('greet', parent, { taken })).rejects.toThrow(/not empty/)
    expect(readFileSync(join(directory, 'index.ts'), 'utf8')).toBe('mine')
  })
})
