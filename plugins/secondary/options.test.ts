import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import secondary from './index.ts'

const inBlock = (...lines: string[]): string => `secondary a.test {\n${lines.join('\n')}\n}`
const one = { host: '192.0.2.1', port: 53 }
const other = { host: '2001:db8::1', port: 5300 }

describe('options of secondary', () => {
  testOptions(
    secondary,
    [
      {
        text: inBlock('transfer from 192.0.2.1'),
        options: [{ args: ['a.test.'], block: { transfer: [[one]] } }],
      },
      {
        text: inBlock('transfer from 192.0.2.1:53 [2001:db8::1]:5300'),
        options: [{ block: { transfer: [[one, other]] } }],
      },
      {
        text: inBlock('transfer from 192.0.2.1', 'transfer from [2001:db8::1]:5300'),
        options: [{ block: { transfer: [[one], [other]] } }],
      },
      { text: 'secondary a.test', error: /transfer/, at: 'secondary' },
      { text: inBlock('nosuch'), error: /no option "nosuch"/, at: 'nosuch' },
      { text: inBlock('transfer'), error: /transfer/, at: 'transfer' },
      { text: inBlock('transfer to 192.0.2.1'), error: /from/, at: 'to' },
      { text: inBlock('transfer from'), error: /transfer/, at: 'transfer' },
      { text: inBlock('transfer from *'), error: /IP address/, at: '*' },
      { text: inBlock('transfer from ns.test'), error: /IP address/, at: 'ns.test' },
    ],
    { it },
  )
})
