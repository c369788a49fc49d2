import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import multisocket from './index.ts'

describe('options of multisocket', () => {
  testOptions(
    multisocket,
    [
      { text: 'multisocket 2', options: { args: [2] } },
      { text: 'multisocket 1024', options: { args: [1024] } },
      { text: 'multisocket 0', error: /1/, at: '0' },
      { text: 'multisocket -1', error: /1/, at: '-1' },
      { text: 'multisocket 1025', error: /1024/, at: '1025' },
      { text: 'multisocket x', error: /./, at: 'x' },
      { text: 'multisocket 2 3', error: /./, at: '3' },
      { text: 'multisocket\nmultisocket', error: /./, at: 'multisocket' },
    ],
    { it },
  )
})

describe('multisocket', () => {
  it.each([
    ['multisocket', 0],
    ['multisocket 1', 1],
    ['multisocket 4', 4],
  ])('%j asks core for sockets (0: one per processor): %i', async (text, count) => {
    const loaded = await loadPlugin(multisocket, text)
    expect(loaded.host.settings.socketCount).toBe(count)
    await loaded.shutdown()
  })

  lifeCycleSuite(multisocket, 'multisocket 2', { it, bad: { corefile: 'multisocket 0', at: '0' } })
})
