import {
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import whoami from './index.ts'

describe('whoami', () => {
  testPlugin(
    whoami,
    'whoami',
    [
      {
        name: 'tells address and port of a client over UDP, in the spelling of the query',
        query: 'X.Test A',
        options: { client: '192.0.2.7', clientPort: 4000 },
        expect: {
          flags: 'aa rd',
          additional: ['X.Test. 0 IN A 192.0.2.7', '_udp.X.Test. 0 IN SRV 0 0 4000 .'],
        },
      },
      {
        name: 'names TCP for streams of all kinds and gives IPv6 addresses as AAAA',
        query: 'x.test ANY',
        options: { client: '2001:db8::7', clientPort: 4000, transport: 'tls', flags: '' },
        expect: {
          flags: 'aa',
          additional: ['x.test. 0 IN AAAA 2001:db8::7', '_tcp.x.test. 0 IN SRV 0 0 4000 .'],
        },
      },
      {
        query: '. TXT',
        options: { client: '192.0.2.7', clientPort: 4000 },
        expect: { additional: ['. 0 IN A 192.0.2.7', '_udp. 0 IN SRV 0 0 4000 .'] },
      },
      {
        name: "answers in the query's class",
        query: 'x.test CH A',
        options: { client: '192.0.2.7', clientPort: 4000 },
        expect: { additional: ['x.test. 0 CH A 192.0.2.7', '_udp.x.test. 0 CH SRV 0 0 4000 .'] },
      },
    ],
    { it, inOrder: true },
  )

  it('leaves the port out where its name would be too long', async () => {
    const loaded = await loadPlugin(whoami, 'whoami')
    const response = await loaded.ask(`${'l.'.repeat(126)}l`, 'A')
    expect(formatMessage(response).additional).toHaveLength(1)
  })

  testOptions(
    whoami,
    [
      { text: 'whoami' },
      { text: 'whoami\nwhoami' },
      { text: 'whoami x', error: /x|argument/, at: 'x' },
    ],
    { it },
  )
  lifeCycleSuite(whoami, 'whoami', { it, bad: { corefile: 'whoami x', at: 'x' } })
})
