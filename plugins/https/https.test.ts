import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import https from './index.ts'

const inBlock = (text: string): string => `https {\n ${text}\n}`

describe('options of https', () => {
  testOptions(
    https,
    [
      { text: 'https', options: [{ block: {} }] },
      { text: inBlock('max_connections 10'), options: [{ block: { max_connections: 10 } }] },
      { text: 'https 10', error: /./, at: '10' },
      { text: inBlock('max_connections'), error: /./, at: 'max_connections' },
      { text: inBlock('max_connections -1'), error: /0/, at: '-1' },
      { text: inBlock('max_connections many'), error: /number/, at: 'many' },
      { text: inBlock('max_streams 10'), error: /no option/, at: 'max_streams' },
    ],
    { it },
  )
})

describe('https', () => {
  it.each([
    ['https', undefined],
    [inBlock('max_connections 10'), 10],
    [inBlock('max_connections 0'), Number.POSITIVE_INFINITY],
    [`${inBlock('max_connections 10')}\n${inBlock('max_connections 20')}`, 20],
  ])('%j asks core for connections: %s', async (text, count) => {
    const loaded = await loadPlugin(https, text)
    expect(loaded.host.settings.httpsConnections).toBe(count)
    await loaded.shutdown()
  })

  lifeCycleSuite(https, inBlock('max_connections 10'), {
    it,
    bad: { corefile: inBlock('max_connections x'), at: 'x' },
  })
})
