import { testOptions } from '@fingerpost/sdk/testing'
import { describe, it } from 'vitest'
import forward from './index.ts'

const line = (option: string): string => `forward . 192.0.2.1 {\n ${option}\n}`
const good = (option: string, block: object): { text: string; options: object } => ({
  text: line(option),
  options: [{ block }],
})

describe('options', () => {
  testOptions(
    forward,
    [
      good('', {
        expire: 10_000,
        max_age: 0,
        max_idle_conns: 0,
        read_timeout: 2000,
        max_fails: 2,
        doh_method: 'POST',
        policy: 'random',
        max_concurrent: 0,
        next: [],
        failover: [],
        except: [],
      }),
      good('except a.test 10.0.0.0/8\n except B.test', {
        except: [
          { zones: ['a.test.'] },
          { zones: ['10.in-addr.arpa.'] },
          { text: 'B.test', zones: ['b.test.'] },
        ],
      }),
      good('except a..b', { except: [{ text: 'a..b', zones: [] }] }),
      good('force_tcp\n prefer_udp', { force_tcp: true, prefer_udp: true }),
      good('expire 0s', { expire: 0 }),
      good('max_age 20s\n expire 10s', { max_age: 20_000 }),
      good('max_age 0s', { max_age: 0 }),
      good('max_fails 0', { max_fails: 0 }),
      good('max_connect_attempts 3', { max_connect_attempts: 3 }),
      good('health_check 1s no_rec domain a.test', {
        health_check: { intervalMs: 1000, isRecursionDesired: false, domain: 'a.test.' },
      }),
      good('health_check 0', { health_check: { intervalMs: 0, domain: '.' } }),
      good('next nxdomain\n next SERVFAIL', { next: [3, 2] }),
      good('failover REFUSED SERVFAIL', { failover: [5, 2] }),
      good('policy sequential\n policy random', { policy: 'random' }),
      good('resolver 192.0.2.53 [2001:db8::1]:5353', {
        resolver: [
          { host: '192.0.2.53', port: 53 },
          { host: '2001:db8::1', port: 5353 },
        ],
      }),
      { text: line('force_tcp yes'), error: /force_tcp/, at: 'yes' },
      { text: line('expire 10'), error: /unit/, at: '10' },
      { text: line('expire -1s'), error: /negative/, at: '-1s' },
      { text: line('max_age 5s'), error: /must not be less than expire/, at: '5s' },
      { text: line('max_idle_conns -1'), error: /max_idle_conns/, at: '-1' },
      { text: line('read_timeout 0s'), error: /read_timeout/, at: '0s' },
      { text: line('max_fails x'), error: /max_fails/, at: 'x' },
      { text: line('policy fastest'), error: /policy/, at: 'fastest' },
      { text: line('health_check'), error: /duration/, at: 'health_check' },
      { text: line('health_check 1s foo'), error: /unknown option "foo"/, at: 'foo' },
      { text: line('health_check 1s domain'), error: /name after domain/, at: 'domain' },
      { text: line('health_check -1s'), error: /negative/, at: '-1s' },
      { text: line('max_concurrent -1'), error: /max_concurrent/, at: '-1' },
      { text: line('next'), error: /next/, at: 'next' },
      { text: line('next 3'), error: /next/, at: '3' },
      { text: line('failover NOERROR'), error: /NOERROR/, at: 'failover' },
      { text: line('tls a b c d'), error: /tls/, at: 'd' },
      { text: line('doh_method PUT'), error: /POST or GET/, at: 'PUT' },
      { text: line('source_address x'), error: /IP address/, at: 'x' },
      { text: line('resolver x'), error: /IP address/, at: 'x' },
      { text: line('nosuch'), error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )
})

const to = (
  text: string,
  value: object,
): { text: string; options: readonly { args: readonly unknown[] }[] } => ({
  text: `forward . ${text}`,
  options: [{ args: [['.'], [{ value }]] }],
})

describe('FROM and TO', () => {
  testOptions(
    forward,
    [
      to('192.0.2.1', { transport: 'dns', host: '192.0.2.1', port: 53, isName: false }),
      to('192.0.2.1:5300', { host: '192.0.2.1', port: 5300 }),
      to('2001:db8::1', { host: '2001:db8::1', port: 53 }),
      to('[2001:db8::1]:5300', { host: '2001:db8::1', port: 5300 }),
      to('fe80::1%eth0', { host: 'fe80::1%eth0', port: 53 }),
      to('[fe80::1%eth0]:5300', { host: 'fe80::1%eth0', port: 5300 }),
      to('dns://192.0.2.1', { transport: 'dns', host: '192.0.2.1', port: 53 }),
      to('tls://192.0.2.1', { transport: 'tls', port: 853 }),
      to('tls://192.0.2.1%dns.test', { host: '192.0.2.1', port: 853, serverName: 'dns.test' }),
      to('tls://192.0.2.1%dns.test:8853', { port: 8853, serverName: 'dns.test' }),
      to('tls://[2001:db8::1%dns.test]:8853', {
        host: '2001:db8::1',
        port: 8853,
        serverName: 'dns.test',
      }),
      to('https://192.0.2.1', { transport: 'https', port: 443 }),
      to('/etc/resolv.conf', { host: '/etc/resolv.conf', isName: true }),
      to('dns.test', { host: 'dns.test', port: 53, isName: true }),
      to('dns.test:5300', { host: 'dns.test', port: 5300, isName: true }),
      { text: 'forward Example.ORG 192.0.2.1', options: [{ args: [['example.org.'], [{}]] }] },
      { text: 'forward 10.0.0.0/8 192.0.2.1', options: [{ args: [['10.in-addr.arpa.'], [{}]] }] },
      { text: 'forward', error: /forward/, at: 'forward' },
      { text: 'forward .', error: /forward/, at: 'forward' },
      { text: 'forward a..b 192.0.2.1', error: /zone/, at: 'a..b' },
      { text: 'forward . 192.0.2.1:0', error: /port/, at: '192.0.2.1:0' },
      { text: 'forward . 192.0.2.1:99999', error: /port/, at: '192.0.2.1:99999' },
      { text: 'forward . 192.0.2.256', error: /IP address/, at: '192.0.2.256' },
      { text: 'forward . grpc://192.0.2.1', error: /transports/, at: 'grpc://192.0.2.1' },
      { text: 'forward . https://192.0.2.1/x', error: /path/, at: 'https://192.0.2.1/x' },
      {
        text: `forward . ${Array.from({ length: 16 }, (_, i) => `192.0.2.${i}`).join(' ')}`,
        error: /forward/,
        at: '192.0.2.15',
      },
      {
        text: 'forward . tls://192.0.2.1%a.test {\n tls_servername b.test\n}',
        error: /exclude each other/,
        at: 'tls://192.0.2.1%a.test',
      },
    ],
    { it },
  )
})
