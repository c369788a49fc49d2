import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import pprof from './index.ts'

describe('pprof', () => {
  it.each([
    ['pprof', 'localhost', 6053],
    ['pprof 127.0.0.1:9000', '127.0.0.1', 9000],
    ['pprof :0 {\n block\n}', '', 0],
    ['pprof [::1]:0 {\n block 100\n}', '::1', 0],
  ])('%j asks for an endpoint', async (corefile, address, port) => {
    const { host } = await loadPlugin(pprof, corefile)
    expect(host.settings.endpoints).toEqual([{ kind: 'pprof', address, port, at: host.block.at }])
  })

  testOptions(
    pprof,
    [
      { text: 'pprof a b', error: /./, at: 'a' },
      { text: 'pprof :1 :2', error: /./, at: ':2' },
      { text: 'pprof {\n block x\n}', error: /./, at: 'x' },
      { text: 'pprof {\n block 1 2\n}', error: /./, at: '2' },
      { text: 'pprof {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
      { text: 'pprof :1\npprof :2', error: /./ },
    ],
    { it },
  )

  lifeCycleSuite(pprof, 'pprof', { it, bad: { corefile: 'pprof nohost', at: 'nohost' } })
})
