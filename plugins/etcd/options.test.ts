import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import etcd from './index.ts'

describe('the options of etcd', () => {
  testOptions(
    etcd,
    [
      {
        text: 'etcd',
        options: {
          args: [[]],
          block: { path: '/skydns', endpoint: [], 'min-lease-ttl': 30, 'max-lease-ttl': 86_400 },
        },
      },
      {
        text:
          'etcd a.test 10.0.0.0/24 {\n path /x\n endpoint http://one:1 https://[::1]:2 three\n' +
          ' credentials u p\n fallthrough b.test\n min-lease-ttl 60\n max-lease-ttl 1h30m\n}',
        options: {
          args: [['a.test.', '0.0.10.in-addr.arpa.']],
          block: {
            path: '/x',
            endpoint: [
              { host: 'one', port: 1, isSecure: false },
              { host: '::1', port: 2, isSecure: true },
              { host: 'three', port: 2379 },
            ],
            credentials: ['u', 'p'],
            fallthrough: ['b.test.'],
            'min-lease-ttl': 60,
            'max-lease-ttl': 5400,
          },
        },
      },
      {
        text: 'etcd {\n endpoint http://a:80 https://a:443\n}',
        options: { block: { endpoint: [{ port: 80 }, { port: 443 }] } },
      },
      { text: 'etcd {\n tls\n upstream\n stubzones\n debug\n}', options: { block: { tls: [] } } },
      { text: 'etcd {\n endpoint\n}', error: /endpoint/ },
      {
        text: 'etcd {\n endpoint unix:///run/etcd\n}',
        error: /http and https, not unix/,
        at: 'unix:///run/etcd',
      },
      { text: 'etcd {\n endpoint http://u:p@a\n}', error: /credentials/, at: 'http://u:p@a' },
      { text: 'etcd {\n endpoint http://a/v3\n}', error: /after the port/, at: 'http://a/v3' },
      {
        text: 'etcd {\n endpoint http://a:99999\n}',
        error: /URL of an etcd server/,
        at: 'http://a:99999',
      },
      { text: `etcd {\n endpoint${' a'.repeat(17)}\n}`, error: /at most 16/ },
      { text: 'etcd {\n credentials u\n}', error: /credentials/ },
      { text: 'etcd {\n credentials u p q\n}', error: /credentials/, at: 'q' },
      { text: 'etcd {\n tls a b c d\n}', error: /tls/, at: 'd' },
      { text: 'etcd {\n path\n}', error: /path/ },
      { text: 'etcd {\n min-lease-ttl\n}', error: /one duration or number of seconds/ },
      { text: 'etcd {\n min-lease-ttl 1d\n}', error: /there is no unit d/, at: '1d' },
      { text: 'etcd {\n max-lease-ttl -1s\n}', error: /negative/, at: '-1s' },
      { text: 'etcd {\n max-lease-ttl 4294967296\n}', error: /4294967295/, at: '4294967296' },
      { text: 'etcd {\n max-lease-ttl 10\n}', error: /min-lease-ttl must not be more/ },
      { text: 'etcd {\n endpoints a\n}', error: /endpoints/, at: 'endpoints' },
    ],
    { it },
  )
})
