import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import health from './index.ts'

describe('health', () => {
  it.each([
    ['health', '', 8080, 0],
    ['health :8080', '', 8080, 0],
    ['health 127.0.0.1:9000', '127.0.0.1', 9000, 0],
    ['health [::1]:9000', '::1', 9000, 0],
    ['health localhost:0 {\n lameduck 5s\n}', 'localhost', 0, 5000],
    ['health {\n}', '', 8080, 0],
    ['health :1 {\n lameduck 5s\n}\nhealth :2', '', 2, 5000],
    ['health {\n lameduck 5s\n lameduck 1m\n}', '', 8080, 60_000],
  ])('%j asks for an endpoint', async (corefile, address, port, lameduckMs) => {
    const { host } = await loadPlugin(health, corefile)
    expect(host.settings.endpoints).toEqual([
      { kind: 'health', address, port, lameduckMs, at: host.block.at },
    ])
  })

  testOptions(
    health,
    [
      { text: 'health :8080 :8081', error: /./, at: ':8081' },
      { text: 'health nohost', error: /port/, at: 'nohost' },
      { text: 'health 127.0.0.1:http', error: /./, at: '127.0.0.1:http' },
      { text: 'health 127.0.0.1:65536', error: /./, at: '127.0.0.1:65536' },
      { text: 'health {\n lameduck\n}', error: /./, at: 'lameduck' },
      { text: 'health {\n lameduck 5\n}', error: /./, at: '5' },
      { text: 'health {\n lameduck -5s\n}', error: /./, at: '-5s' },
      { text: 'health {\n lameduck 25h\n}', error: /./, at: '25h' },
      { text: 'health {\n lameduck 5s 6s\n}', error: /./, at: '6s' },
      { text: 'health {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )

  lifeCycleSuite(health, 'health {\n lameduck 5s\n}', {
    it,
    bad: { corefile: 'health nohost', at: 'nohost' },
  })
})
