import { lifeCycleSuite, loadPlugin, testOptions } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import proxyproto from './index.ts'

const inBlock = (text: string): string => `proxyproto {\n ${text}\n}`

describe('options of proxyproto', () => {
  testOptions(
    proxyproto,
    [
      { text: 'proxyproto', options: { block: { allow: [] } } },
      { text: inBlock('allow'), options: { block: { allow: [[]] } } },
      { text: inBlock('default REJECT'), options: { block: { allow: [], default: 'reject' } } },
      {
        text: inBlock('udp_session_tracking 28s 20000'),
        options: { block: { allow: [], udp_session_tracking: [28_000, 20_000] } },
      },
      { text: 'proxyproto all', error: /no arguments|too many/i, at: 'all' },
      { text: inBlock('allow 10.0.0.1'), error: /is not a network/, at: '10.0.0.1' },
      { text: inBlock('allow x'), error: /is not a network/, at: 'x' },
      { text: inBlock('default maybe'), error: /use/, at: 'maybe' },
      { text: inBlock('default use skip'), error: /./, at: 'skip' },
      { text: inBlock('udp_session_tracking'), error: /./, at: 'udp_session_tracking' },
      { text: inBlock('udp_session_tracking never'), error: /duration/, at: 'never' },
      { text: inBlock('udp_session_tracking 1s 0'), error: /1/, at: '0' },
      { text: inBlock('udp_session_tracking 1s -1'), error: /1/, at: '-1' },
      { text: inBlock('udp_session_tracking 1s 1 2'), error: /./, at: '2' },
      { text: inBlock('deny 10.0.0.0/8'), error: /no option/, at: 'deny' },
    ],
    { it },
  )
})

describe('proxyproto', () => {
  it.each([
    ['', 'use', 0],
    ['allow', 'use', 0],
    ['default reject', 'reject', 0],
    ['allow 10.0.0.0/8 ::1/128\n allow 192.0.2.0/24', 'ignore', 3],
    ['allow 10.0.0.0/8\n default Skip', 'skip', 1],
  ])('with %j tells core what holds for others: %s', async (text, otherwise, count) => {
    const loaded = await loadPlugin(proxyproto, inBlock(text))
    const { proxyProtocol } = loaded.host.settings
    expect(proxyProtocol).toMatchObject({ otherwise, udpSessionMs: 0, maxUdpSessions: 10_240 })
    expect(proxyProtocol?.networks.length).toBe(count)
    await loaded.shutdown()
  })

  it('tells core how long headers of their own hold', async () => {
    const loaded = await loadPlugin(proxyproto, inBlock('udp_session_tracking 1m 5'))
    const sessions = { udpSessionMs: 60_000, maxUdpSessions: 5 }
    expect(loaded.host.settings.proxyProtocol).toMatchObject(sessions)
    await loaded.shutdown()
  })

  lifeCycleSuite(proxyproto, inBlock('allow 10.0.0.0/8'), {
    it,
    bad: { corefile: inBlock('allow ten'), at: 'ten' },
  })
})
