import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import auto from './index.ts'

const inBlock = (...lines: string[]): string => `auto {\n${lines.join('\n')}\n}`

describe('options of auto', () => {
  testOptions(
    auto,
    [
      { text: 'auto', options: [{ args: [], block: { reload: 60_000 } }] },
      {
        text: 'auto a.test 192.0.2.0/24',
        options: [{ args: ['a.test.', '2.0.192.in-addr.arpa.'] }],
      },
      { text: inBlock('directory zones') },
      { text: inBlock('directory zones (.*) {1}') },
      { text: inBlock('directory'), error: /directory/, at: 'directory' },
      { text: inBlock('directory zones (.*)'), error: /template/, at: '(.*)' },
      { text: inBlock('directory zones (.*) {1} 60'), error: /directory/, at: '60' },
      { text: inBlock('reload 10s'), options: [{ block: { reload: 10_000 } }] },
      { text: inBlock('reload 0'), options: [{ block: { reload: 0 } }] },
      { text: inBlock('reload x'), error: /duration/, at: 'x' },
      { text: inBlock('reload -1s'), error: /negative/, at: '-1s' },
      { text: inBlock('reload'), error: /reload/, at: 'reload' },
      { text: inBlock('upstream 192.0.2.1') },
      { text: inBlock('nosuch'), error: /no option "nosuch"/, at: 'nosuch' },
      { text: inBlock('fallthrough'), error: /no option "fallthrough"/, at: 'fallthrough' },
      { text: 'auto {\ndirectory a\n}\nauto {\ndirectory b\n}' },
    ],
    { it },
  )
})
