import {
  configErrorsOf,
  expectError,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import root from './index.ts'

describe('root', () => {
  it('sets the directory of relative paths', async () => {
    const host = fakeHost({ plugin: 'root' })
    host.files.set('/etc/zones/db.a', 'text')
    await loadPlugin(root, 'root /etc/zones', { host })
    expect(host.files.resolve('db.a')).toBe('/etc/zones/db.a')
    expect(host.log.lines).toEqual([])
  })

  it('takes the last of several', async () => {
    const host = fakeHost({ plugin: 'root' })
    await loadPlugin(root, 'root /a\nroot /b', { host })
    expect(host.settings.root).toBe('/b')
  })

  it('warns of what does not exist or is no directory', async () => {
    const host = fakeHost({ plugin: 'root' })
    host.files.set('/file', 'text')
    await loadPlugin(root, 'root /none', { host })
    await loadPlugin(root, 'root /file', { host })
    expect(host.log.lines).toEqual([
      '[WARNING] plugin/root: Root path does not exist: /none',
      '[WARNING] plugin/root: Root path is no directory: /file',
    ])
  })

  it('refuses a directory that can not be reached', async () => {
    const host = fakeHost({ plugin: 'root' })
    host.files.fail('/secret', 'EACCES')
    const errors = await configErrorsOf(() => loadPlugin(root, 'root /secret', { host }))
    expectError(errors, { error: /unable to access root path "\/secret": EACCES/, at: '/secret' })
  })

  testOptions(
    root,
    [
      { text: 'root', error: /./, at: 'root' },
      { text: 'root a b', error: /./, at: 'b' },
    ],
    { it },
  )

  lifeCycleSuite(root, 'root /etc', { it, bad: { corefile: 'root a b', at: 'b' } })
})
