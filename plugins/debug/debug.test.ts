import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import debug from './index.ts'

describe('debug', () => {
  it.each(['debug', 'debug\ndebug'])('asks for debug lines: %j', async (corefile) => {
    const { host, handler } = await loadPlugin(debug, corefile)
    expect(host.settings.isDebug).toBe(true)
    expect(handler).toEqual({})
  })

  testOptions(debug, [{ text: 'debug x', error: /./, at: 'x' }], { it })

  lifeCycleSuite(debug, 'debug', { it, bad: { corefile: 'debug {\n x\n}', at: 'x' } })
})
