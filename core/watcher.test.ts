import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@fingerpost/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Watcher } from './watcher.ts'

const clock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs)
    return { cancel: () => clearInterval(timer) }
  },
}

let directory: string
let watcher: Watcher
let changes: number
let changed: () => void

/** Resolves at the next change. */
const nextChange = (): Promise<void> =>
  new Promise((resolve) => {
    changed = resolve
  })

const watch = (pollMs = 60_000): void => {
  watcher = new Watcher({
    clock,
    settleMs: () => 20,
    pollMs: () => pollMs,
    onChange() {
      changes++
      changed()
    },
  })
  watcher.watch({
    files: [join(directory, 'Corefile'), join(directory, 'missing')],
    directories: [join(directory, 'conf.d')],
  })
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fingerpost-watch-'))
  await mkdir(join(directory, 'conf.d'))
  await mkdir(join(directory, '..v1'))
  await writeFile(join(directory, '..v1', 'Corefile'), 'one')
  await symlink('..v1', join(directory, '..data'))
  await symlink('..data/Corefile', join(directory, 'Corefile'))
  changes = 0
  changed = () => {}
})

afterEach(async () => {
  watcher.close()
  await rm(directory, { recursive: true, force: true })
})

describe('Watcher', () => {
  it.each<[string, () => Promise<void>]>([
    [
      "kubelet's swap of ..data",
      async () => {
        await mkdir(join(directory, '..v2'))
        await writeFile(join(directory, '..v2', 'Corefile'), 'two')
        await symlink('..v2', join(directory, '..data_tmp'))
        await rename(join(directory, '..data_tmp'), join(directory, '..data'))
      },
    ],
    [
      'a file replaced by rename',
      async () => {
        await writeFile(join(directory, 'new'), 'two')
        await rename(join(directory, 'new'), join(directory, 'Corefile'))
      },
    ],
    ['a file that was missing', () => writeFile(join(directory, 'missing'), 'x')],
    ['a file that appears under a pattern', () => writeFile(join(directory, 'conf.d', 'a'), 'x')],
    ['a file that goes away', () => rm(join(directory, 'Corefile'))],
  ])('tells of %s', async (_, change) => {
    watch()
    const told = nextChange()
    await change()
    await told
    expect(changes).toBe(1)
  })

  it('tells of a change that comes before the files are watched again', async () => {
    watch()
    const told = nextChange()
    await writeFile(join(directory, 'missing'), 'x')
    watcher.watch({
      files: [join(directory, 'Corefile'), join(directory, 'missing')],
      directories: [],
    })
    await told
    expect(changes).toBe(1)
  })

  it('tells of what appears in directories that were missing', async () => {
    await rm(join(directory, 'conf.d'), { recursive: true })
    watch()
    let told = nextChange()
    await mkdir(join(directory, 'conf.d'))
    await told
    told = nextChange()
    await writeFile(join(directory, 'conf.d', 'a'), 'x')
    await told
    told = nextChange()
    await rm(join(directory, 'conf.d'), { recursive: true })
    await mkdir(join(directory, 'conf.d'))
    await told
    told = nextChange()
    await writeFile(join(directory, 'conf.d', 'b'), 'x')
    await told
    expect(changes).toBe(4)
  })

  it('sees by looking what it was not told of', async () => {
    watch(30)
    const told = nextChange()
    // Written in place behind the link: no name in a watched directory changes.
    await writeFile(join(directory, '..v1', 'Corefile'), 'one, longer')
    await told
    expect(changes).toBe(1)
  })

  it('takes several changes at once for one', async () => {
    watch()
    const told = nextChange()
    await writeFile(join(directory, 'conf.d', 'a'), 'x')
    await writeFile(join(directory, 'conf.d', 'b'), 'x')
    await writeFile(join(directory, 'missing'), 'x')
    await told
    expect(changes).toBe(1)
  })

  it('does not take a change of other files for one', async () => {
    watch()
    const told = nextChange()
    await writeFile(join(directory, 'other'), 'x')
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(changes).toBe(0)
    await writeFile(join(directory, 'missing'), 'x')
    await told
    expect(changes).toBe(1)
  })
})
