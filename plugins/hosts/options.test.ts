import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import hosts from './index.ts'

const inBlock = (...lines: string[]): string => `hosts {\n${lines.join('\n')}\n}`

describe('options of hosts', () => {
  testOptions(
    hosts,
    [
      { text: 'hosts', options: { block: { ttl: 3600, reload: 5000 } } },
      {
        text: 'hosts h a.test 10.0.0.0/24',
        options: { args: ['h', ['a.test.', '0.0.10.in-addr.arpa.']] },
      },
      { text: inBlock('ttl 5'), options: { block: { ttl: 5 } } },
      { text: inBlock('ttl 5 6') },
      { text: inBlock('ttl 65535'), options: { block: { ttl: 65535 } } },
      { text: inBlock('ttl 5', 'ttl 6'), options: { block: { ttl: 6 } } },
      { text: inBlock('ttl 0'), error: /from 1 to 65535/, at: '0' },
      { text: inBlock('ttl -1'), error: /from 1 to 65535/, at: '-1' },
      { text: inBlock('ttl x'), error: /whole number/, at: 'x' },
      { text: inBlock('ttl 65536'), error: /from 1 to 65535/, at: '65536' },
      { text: inBlock('ttl'), error: /ttl/, at: 'ttl' },
      { text: inBlock('no_reverse x') },
      { text: inBlock('reload 1s'), options: { block: { reload: 1000 } } },
      { text: inBlock('reload 0'), options: { block: { reload: 0 } } },
      { text: inBlock('reload -1s'), error: /negative/, at: '-1s' },
      { text: inBlock('reload x'), error: /duration/, at: 'x' },
      { text: inBlock('reload'), error: /reload/, at: 'reload' },
      { text: inBlock('reload 10'), error: /unit/, at: '10' },
      { text: inBlock('fallthrough'), options: { block: { fallthrough: [] } } },
      { text: inBlock('fallthrough a.test b.test') },
      { text: inBlock('192.0.2.1 a.test', 'fallthrough') },
      {
        text: inBlock('fallthrough', '192.0.2.1 a.test'),
        error: /no option "192\.0\.2\.1"/,
        at: '192.0.2.1',
      },
      {
        text: inBlock('fallthrough_unsupported'),
        error: /requires fallthrough/,
        at: 'fallthrough_unsupported',
      },
      { text: inBlock('fallthrough', 'fallthrough_unsupported') },
      { text: inBlock('nosuch') },
      { text: 'hosts\nhosts', error: /once per Server Block/, at: 'hosts' },
    ],
    { it },
  )
})
