import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import file from './index.ts'

const inBlock = (...lines: string[]): string => `file z a.test {\n${lines.join('\n')}\n}`

describe('options of file', () => {
  testOptions(
    file,
    [
      { text: 'file z', options: [{ block: { reload: 60_000, reload_by_mtime: false } }] },
      { text: 'file z a.test b.test' },
      { text: 'file', error: /PATH|path/, at: 'file' },
      { text: 'file z a..test', error: /zone/, at: 'a..test' },
      { text: inBlock('reload 10s'), options: [{ block: { reload: 10_000 } }] },
      { text: inBlock('reload 0'), options: [{ block: { reload: 0 } }] },
      { text: inBlock('reload 10s x') },
      { text: inBlock('reload x'), error: /duration/, at: 'x' },
      { text: inBlock('reload'), error: /reload/, at: 'reload' },
      { text: inBlock('reload_by_mtime'), options: [{ block: { reload_by_mtime: true } }] },
      { text: inBlock('reload_by_mtime x'), error: /reload_by_mtime/, at: 'x' },
      { text: inBlock('fallthrough'), options: [{ block: { fallthrough: [] } }] },
      { text: inBlock('fallthrough a.test'), options: [{ block: { fallthrough: ['a.test.'] } }] },
      { text: inBlock('upstream') },
      { text: inBlock('upstream 192.0.2.1') },
      { text: inBlock('transfer to *'), error: /no option "transfer"/, at: 'transfer' },
      { text: inBlock('no_reload'), error: /no option "no_reload"/, at: 'no_reload' },
      { text: 'file z a.test\nfile z b.test' },
      { text: 'file z a.test\nfile z a.test' },
    ],
    { it },
  )
})
