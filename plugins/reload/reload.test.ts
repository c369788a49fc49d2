import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import reload from './index.ts'

describe('options of reload', () => {
  testOptions(
    reload,
    [
      { text: 'reload', options: [{ args: [30_000, 15_000] }] },
      { text: 'reload 1m30s', options: [{ args: [90_000, 15_000] }] },
      { text: 'reload 10s 0', options: [{ args: [10_000, 0] }] },
      { text: 'reload {\n}', options: [{ args: [30_000, 15_000] }] },
      { text: 'reload 1s', error: /at least 2s/, at: '1s' },
      { text: 'reload -10s', error: /duration/, at: '-10s' },
      { text: 'reload 10s x', error: /duration/, at: 'x' },
      { text: 'reload 10s 0.5s', error: /JITTER/, at: '0.5s' },
      { text: 'reload 10s 5s 1s', error: /arguments/ },
    ],
    { it },
  )
})

describe('reload', () => {
  it.each([
    ['reload', { intervalMs: 30_000, jitterMs: 15_000 }],
    ['reload 10s', { intervalMs: 10_000, jitterMs: 5000 }],
    ['reload 10s 0', { intervalMs: 10_000, jitterMs: 0 }],
    ['reload 10s\nreload 20s', { intervalMs: 20_000, jitterMs: 10_000 }],
  ])('%j tells core when to look', async (text, settings) => {
    const loaded = await loadPlugin(reload, text)
    expect(loaded.host.settings.reload).toEqual(settings)
    await loaded.shutdown()
  })

  lifeCycleSuite(reload, 'reload 10s', { it, bad: { corefile: 'reload soon', at: 'soon' } })
})
