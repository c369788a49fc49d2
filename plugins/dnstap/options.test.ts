import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import dnstap from './index.ts'

const unix = (path: string, name: string = path) => ({
  name,
  path,
  host: '',
  port: 0,
  isTls: false,
})

describe('the options of dnstap', () => {
  testOptions(
    dnstap,
    [
      { text: 'dnstap /run/x.sock', options: [{ args: [unix('/run/x.sock'), undefined, 1, 1] }] },
      {
        text: 'dnstap unix:///run/x',
        options: [{ args: [unix('/run/x', 'unix:///run/x'), undefined, 1, 1] }],
      },
      {
        text: 'dnstap tcp://127.0.0.1:6000 full',
        options: [{ args: [{ host: '127.0.0.1', port: 6000, isTls: false }, 'full', 1, 1] }],
      },
      {
        text: 'dnstap tls://[2001:db8::1]:6000 full 2 3',
        options: [{ args: [{ host: '2001:db8::1', isTls: true }, 'full', 2, 3] }],
      },
      {
        text: 'dnstap tcp://collector.example:6000 {\n identity a\n version b\n extra {/x/y}\n skipverify\n}',
        options: [{ block: { identity: 'a', version: 'b', extra: '{/x/y}', skipverify: true } }],
      },
      {
        text: 'dnstap /run/a\ndnstap /run/b full',
        options: [
          { args: [unix('/run/a'), undefined, 1, 1] },
          { args: [unix('/run/b'), 'full', 1, 1] },
        ],
      },
      { text: 'dnstap', error: /./, at: 'dnstap' },
      { text: 'dnstap unix://', error: /path is missing/, at: 'unix://' },
      { text: 'dnstap tcp://127.0.0.1', error: /port is missing/, at: 'tcp://127.0.0.1' },
      { text: 'dnstap tcp://:6000', error: /expected/, at: 'tcp://:6000' },
      { text: 'dnstap udp://127.0.0.1:1', error: /udp:\/\/ is not known/, at: 'udp://127.0.0.1:1' },
      { text: 'dnstap /run/x part', error: /full/, at: 'part' },
      { text: 'dnstap /run/x full 0', error: /1/, at: '0' },
      { text: 'dnstap /run/x full 1 2000', error: /1024/, at: '2000' },
      { text: 'dnstap /run/x {\n nosuch\n}', error: /no option/, at: 'nosuch' },
    ],
    { it },
  )
})
