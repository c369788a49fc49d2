import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import sign from './index.ts'

const inBlock = (...lines: string[]): string => `sign z a.test {\n${lines.join('\n')}\n}`

describe('options of sign', () => {
  testOptions(
    sign,
    [
      { text: 'sign z', options: [{ block: { directory: '/var/lib/coredns' } }] },
      { text: 'sign', error: /path/i, at: 'sign' },
      { text: 'sign z a..test', error: /zone/, at: 'a..test' },
      { text: inBlock('key file k1 k2.key', 'key directory keys') },
      { text: inBlock('key'), error: /'file' or 'directory'/, at: 'key' },
      { text: inBlock('key file'), error: /no path/, at: 'file' },
      { text: inBlock('key nosuch k'), error: /file or directory/, at: 'nosuch' },
      { text: inBlock('directory d'), options: [{ block: { directory: 'd' } }] },
      { text: inBlock('directory'), error: /directory/, at: 'directory' },
      { text: inBlock('nosuch'), error: /no option "nosuch"/, at: 'nosuch' },
      { text: 'sign z a.test\nsign y b.test' },
    ],
    { it },
  )
})
