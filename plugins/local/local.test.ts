import { lifeCycleSuite, loadPlugin, testOptions, testPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import local from './index.ts'

const soa = (owner: string) => `${owner} 604800 IN SOA localhost. root.localhost. 1 0 0 0 604800`

describe('local', () => {
  testPlugin(
    local,
    'local',
    [
      ...['localhost.', 'Foo.localhost.', 'localhost.example.org.'].flatMap((name) => [
        {
          query: `${name} A`,
          expect: { flags: 'rd', answer: [`${name} 604800 IN A 127.0.0.1`], passed: false },
        },
        { query: `${name} AAAA`, expect: { answer: [`${name} 604800 IN AAAA ::1`] } },
        { query: `${name} TXT`, expect: { authority: [soa(name)] } },
      ]),
      { query: 'localhost NS', expect: { answer: ['localhost. 604800 IN NS localhost.'] } },
      { query: 'localhost SOA', expect: { answer: [soa('localhost.')] } },
      { query: 'x.localhost NS', expect: { authority: [soa('x.localhost.')] } },
      {
        query: '1.0.0.127.in-addr.arpa PTR',
        expect: { answer: ['1.0.0.127.in-addr.arpa. 604800 IN PTR localhost.'] },
      },
      { query: '1.0.0.127.in-addr.arpa A', expect: { authority: [soa('127.in-addr.arpa.')] } },
      { query: '127.in-addr.arpa A', expect: { authority: [soa('127.in-addr.arpa.')] } },
      {
        query: '0.in-addr.arpa NS',
        expect: { answer: ['0.in-addr.arpa. 604800 IN NS localhost.'] },
      },
      {
        name: 'denies the other addresses of the zones, in the spelling of the query',
        query: '1.255.IN-ADDR.arpa PTR',
        expect: { rcode: 'NXDOMAIN', flags: 'rd', authority: [soa('255.IN-ADDR.arpa.')] },
      },
      ...['mylocalhost', 'localhosts.test', 'x.localhost.test', '1.in-addr.arpa', '.'].map(
        (name) => ({ query: `${name} A`, expect: { passed: true } }),
      ),
    ],
    { it },
  )

  testPlugin(
    local,
    'local {\n localhost_prefix off\n}',
    [
      { query: 'localhost.example.org A', expect: { passed: true } },
      { query: 'localhost A', expect: { answer: ['localhost. 604800 IN A 127.0.0.1'] } },
      {
        query: 'localhost.localhost AAAA',
        expect: { answer: ['localhost.localhost. 604800 IN AAAA ::1'] },
      },
    ],
    { it },
  )

  it('counts names that begin with localhost, but not localhost itself', async () => {
    const loaded = await loadPlugin(local, 'local')
    for (const name of ['localhost', 'x.localhost', 'localhost.a.test']) await loaded.ask(name)
    expect(loaded.host.metrics.value('coredns_local_localhost_requests_total')).toBe(1)
  })

  testOptions(
    local,
    [
      { text: 'local', options: [{ block: { localhost_prefix: true } }] },
      { text: 'local\nlocal' },
      {
        text: 'local {\n localhost_prefix off\n}',
        options: [{ block: { localhost_prefix: false } }],
      },
      { text: 'local x', error: /argument/, at: 'x' },
      { text: 'local {\n localhost_prefix maybe\n}', error: /on or off/, at: 'maybe' },
      { text: 'local {\n localhost_prefix\n}', error: /./, at: 'localhost_prefix' },
      { text: 'local {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )
  lifeCycleSuite(local, 'local', {
    it,
    query: 'localhost A',
    bad: { corefile: 'local x', at: 'x' },
  })
})
