import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import grpc from './index.ts'

const inBlock = (text: string): string => `grpc . 192.0.2.1 {\n ${text}\n}`
const block = { policy: 'random' }
const args = ['.', [{ host: '192.0.2.1', port: 53 }]]

describe('options of grpc', () => {
  testOptions(
    grpc,
    [
      { text: 'grpc . 192.0.2.1', options: { args, block } },
      {
        text: 'grpc a.test [2001:db8::1]:5353 dns.test:443',
        options: {
          args: [
            'a.test.',
            [
              { host: '2001:db8::1', port: 5353 },
              { host: 'dns.test', port: 443 },
            ],
          ],
          block,
        },
      },
      {
        text: inBlock('policy round_robin\n tls_servername a.test'),
        options: { args, block: { policy: 'round_robin', tls_servername: 'a.test' } },
      },
      { text: 'grpc .', error: /./, at: 'grpc' },
      { text: 'grpc', error: /./, at: 'grpc' },
      { text: `grpc . ${'192.0.2.1 '.repeat(16)}`, error: /16/, at: '192.0.2.1' },
      { text: 'grpc . :53', error: /address is missing/, at: ':53' },
      { text: 'grpc . /etc/resolv.conf', error: /address/, at: '/etc/resolv.conf' },
      { text: inBlock('policy never'), error: /sequential/, at: 'never' },
      { text: inBlock('tls a b c d'), error: /./, at: 'd' },
      { text: inBlock('force_tcp'), error: /no option/, at: 'force_tcp' },
      { text: 'grpc . 192.0.2.1\ngrpc . 192.0.2.2', error: /./, at: 'grpc' },
    ],
    { it },
  )
})
