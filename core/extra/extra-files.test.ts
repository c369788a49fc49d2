import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@fingerpost/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extraFiles } from './extra-files.ts'
import { MAX_EXTRA_BYTES } from './extra-source.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fingerpost-extra-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const read = (path: string) => extraFiles(path).read()

describe('a source of extra files', () => {
  it('is empty while its file is missing, and watches for it', async () => {
    const path = join(directory, 'none', 'Corefile')
    expect(await read(path)).toEqual({ texts: [], files: [path], directories: [], warnings: [] })
  })

  it('reads a file of any name', async () => {
    const path = join(directory, 'mine.conf')
    writeFileSync(path, 'a.test {\n}\n')
    expect((await read(path)).texts).toEqual([{ path, text: 'a.test {\n}\n' }])
  })

  it('reads Corefile and *.server of a directory in order, and tells what it leaves out', async () => {
    for (const name of ['b.server', 'a.server', 'Corefile', 'x.override', '.hidden.server']) {
      writeFileSync(join(directory, name), name)
    }
    mkdirSync(join(directory, '..data'))
    const { texts, files, directories, warnings } = await read(directory)
    expect(texts.map(({ text }) => text)).toEqual(['Corefile', 'a.server', 'b.server'])
    expect(files).toEqual([
      directory,
      ...['Corefile', 'a.server', 'b.server'].map((name) => join(directory, name)),
    ])
    expect(directories).toEqual([directory])
    expect(warnings.map(({ message }) => message)).toEqual([
      `the file ${join(directory, 'x.override')} is left out`,
    ])
  })

  it('tells of a file that is too large, and of one that can not be read', async () => {
    writeFileSync(join(directory, 'Corefile'), '#'.repeat(MAX_EXTRA_BYTES + 1))
    mkdirSync(join(directory, 'a.server'))
    const reasons = (await read(directory)).texts.map(({ text }) =>
      text instanceof ConfigError ? text.message : text,
    )
    expect(reasons).toEqual([
      expect.stringContaining('is larger than 1048576 octets'),
      expect.stringContaining("can't be read: EISDIR"),
    ])
  })
})
