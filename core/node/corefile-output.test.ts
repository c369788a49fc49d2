import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeCorefile } from './corefile-output.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fingerpost-output-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('the written Corefile', () => {
  it('is put in place whole, in a directory that need not be there', async () => {
    const path = join(directory, 'etc/Corefile')
    await writeCorefile(path, 'one')
    const { ino } = statSync(path)
    await writeCorefile(path, 'two')
    expect(readFileSync(path, 'utf8')).toBe('two')
    expect(statSync(path).ino).not.toBe(ino)
    expect(readdirSync(join(directory, 'etc'))).toEqual(['Corefile'])
  })

  it('is left alone where it says the same', async () => {
    const path = join(directory, 'Corefile')
    await writeCorefile(path, 'one')
    const { ino, mtimeMs } = statSync(path)
    await writeCorefile(path, 'one')
    expect(statSync(path)).toMatchObject({ ino, mtimeMs })
  })

  it('leaves nothing behind when it can not be put in place', async () => {
    const path = join(directory, 'Corefile')
    mkdirSync(join(path, 'occupied'), { recursive: true })
    await expect(writeCorefile(path, 'one')).rejects.toThrow()
    expect(readdirSync(directory)).toEqual(['Corefile'])
  })
})
