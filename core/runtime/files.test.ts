import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openFiles } from './files.ts'

const directory = mkdtempSync(join(tmpdir(), 'fingerpost-files-'))
writeFileSync(join(directory, 'b.txt'), 'wegweiser ü\n')
writeFileSync(join(directory, 'a.bin'), new Uint8Array([1, 2, 255]))
afterAll(() => rmSync(directory, { recursive: true }))
const files = openFiles(directory)

describe('openFiles', () => {
  it('reads relative to the base directory, and absolute paths as they are', async () => {
    expect(await files.readText('b.txt')).toBe('wegweiser ü\n')
    expect(await openFiles('/').readText(join(directory, 'b.txt'))).toBe('wegweiser ü\n')
    expect(files.resolve('../x')).toBe(join(directory, '..', 'x'))
    expect(files.resolve('/etc/hosts')).toBe('/etc/hosts')
  })

  it('takes the working directory without a base', () => {
    expect(openFiles('').resolve('x')).toBe(join(process.cwd(), 'x'))
  })

  it('tells of a file that is replaced, until it is told to stop', async () => {
    const changed = new Promise<void>((resolve) => {
      const stop = files.watch('watched.txt', () => {
        stop()
        resolve()
      })
    })
    writeFileSync(join(directory, 'new.txt'), 'x')
    renameSync(join(directory, 'new.txt'), join(directory, 'watched.txt'))
    await changed
    rmSync(join(directory, 'watched.txt'))
  })

  it('tells of a name that appears in a directory', async () => {
    mkdirSync(join(directory, 'watched'))
    const changed = new Promise<void>((resolve) => {
      const stop = files.watch('watched', () => {
        stop()
        resolve()
      })
    })
    writeFileSync(join(directory, 'watched', 'new.txt'), 'x')
    await changed
    rmSync(join(directory, 'watched'), { recursive: true })
  })

  it('reads octets as a plain Uint8Array', async () => {
    const bytes = await files.read('a.bin')
    expect(bytes).toEqual(new Uint8Array([1, 2, 255]))
    expect(bytes.constructor).toBe(Uint8Array)
  })

  it('writes a file whole, and leaves nothing else behind', async () => {
    await files.writeText('c.txt', 'first')
    await files.writeText('c.txt', 'second')
    expect(await files.readText('c.txt')).toBe('second')
    rmSync(join(directory, 'c.txt'))
  })

  it('lists names sorted', async () => {
    expect(await files.list('.')).toEqual(['a.bin', 'b.txt'])
  })

  it('describes files and directories, and nothing as nothing', async () => {
    const stat = await files.stat('a.bin')
    expect(stat).toMatchObject({ sizeBytes: 3, isDirectory: false })
    expect(stat?.modifiedMs).toBeGreaterThan(0)
    expect(await files.stat('.')).toMatchObject({ isDirectory: true })
    expect(await files.stat('c.txt')).toBeUndefined()
    expect(await files.stat('a.bin/c.txt')).toBeUndefined()
  })

  it('fails with the system’s code', async () => {
    await expect(files.readText('c.txt')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(files.list('a.bin')).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
