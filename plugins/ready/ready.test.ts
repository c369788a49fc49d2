import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import ready from './index.ts'

describe('ready', () => {
  it.each([
    ['ready', '', 8181, false],
    ['ready 127.0.0.1:9000', '127.0.0.1', 9000, false],
    ['ready {\n monitor until-ready\n}', '', 8181, false],
    ['ready [::1]:0 {\n monitor continuously\n}', '::1', 0, true],
  ])('%j asks for an endpoint', async (corefile, address, port, isContinuous) => {
    const { host } = await loadPlugin(ready, corefile)
    expect(host.settings.endpoints).toEqual([
      { kind: 'ready', address, port, isContinuous, at: host.block.at },
    ])
  })

  testOptions(
    ready,
    [
      { text: 'ready a b', error: /./, at: 'a' },
      { text: 'ready :1 :2', error: /./, at: ':2' },
      { text: 'ready nohost', error: /port/, at: 'nohost' },
      { text: 'ready {\n monitor\n}', error: /./, at: 'monitor' },
      { text: 'ready {\n monitor bogus\n}', error: /bogus|until-ready/, at: 'bogus' },
      { text: 'ready {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
      { text: 'ready :1\nready :2', error: /./ },
    ],
    { it },
  )

  lifeCycleSuite(ready, 'ready', { it, bad: { corefile: 'ready nohost', at: 'nohost' } })
})
