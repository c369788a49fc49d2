import { lifeCycleSuite, loadPlugin, testOptions, testPlugin } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import acl from './index.ts'

const rules = `acl {
  allow net 192.0.2.8 2001:db8::/32
  block type A net 192.0.2.0/24
  filter type TXT
  drop type MX
}`
const blocked = { udpSize: 4096, do: true, options: ['15:000f'] }
const filtered = { udpSize: 4096, do: true, options: ['15:0011'] }

describe('acl', () => {
  testPlugin(
    acl,
    rules,
    [
      {
        name: 'blocks with an extended error, for clients without EDNS too',
        query: 'x.a.test A',
        expect: { rcode: 'REFUSED', flags: 'rd', edns: blocked, passed: false },
      },
      { query: 'x.a.test AAAA', expect: { passed: true } },
      {
        name: 'filters by saying that there is nothing',
        query: 'x.a.test TXT',
        options: { client: '198.51.100.1' },
        expect: { rcode: 'NOERROR', flags: 'rd', edns: filtered },
      },
      { query: 'x.a.test MX', expect: { dropped: true } },
      {
        name: 'asks the policies in the order of the file',
        query: 'x.a.test MX',
        options: { client: '192.0.2.8' },
        expect: { passed: true },
      },
      {
        name: 'knows IPv6',
        query: 'x.a.test TXT',
        options: { client: '2001:db8::77' },
        expect: { passed: true },
      },
      {
        name: 'knows IPv4 clients of IPv6 sockets',
        query: 'x.a.test A',
        options: { client: '::ffff:192.0.2.9' },
        expect: { rcode: 'REFUSED', edns: blocked },
      },
      {
        name: 'blocks clients without an address when addresses matter',
        query: 'x.a.test SRV',
        options: { client: 'somewhere' },
        expect: { rcode: 'REFUSED', edns: blocked },
      },
    ],
    { it, zones: ['a.test'] },
  )

  const nested =
    'acl {\n block type ANY\n allow type SRV\n}\nacl sub.b.test {\n drop type * net *\n}'
  testPlugin(
    acl,
    nested,
    [
      {
        name: 'lets the first rule that says something decide',
        query: 'x.sub.b.test SRV',
        expect: { passed: true },
      },
      { query: 'x.sub.b.test A', expect: { dropped: true } },
      { query: 'x.b.test A', expect: { passed: true } },
      { query: 'x.b.test ANY', expect: { rcode: 'REFUSED', edns: blocked } },
      { query: 'x.c.test ANY', expect: { passed: true } },
    ],
    { it, zones: ['b.test'] },
  )

  it('counts what becomes of queries', async () => {
    const loaded = await loadPlugin(acl, rules, { zones: ['test', 'a.test'] })
    for (const type of ['A', 'A', 'TXT', 'MX', 'SRV']) await loaded.ask('x.a.test', type)
    const value = (name: string, labels = {}) =>
      loaded.host.metrics.value(`coredns_acl_${name}_requests_total`, labels)
    const labels = { server: 'dns://:53', zone: 'a.test.', view: '' }
    expect(value('blocked', labels)).toBe(2)
    expect(value('filtered', labels)).toBe(1)
    expect(value('dropped', labels)).toBe(1)
    expect(value('allowed', { server: 'dns://:53', view: '' })).toBe(1)
  })

  const block = (line: string) => `acl {\n ${line}\n}`
  testOptions(
    acl,
    [
      { text: 'acl', options: [{ zones: [], policies: [] }] },
      { text: 'acl A.test 10.0.0.0/8', options: [{ zones: ['a.test.', '10.in-addr.arpa.'] }] },
      { text: block('allow'), options: [{ policies: [{ action: 'allow' }] }] },
      {
        text: block('block net 10.0.0.0/8\n allow'),
        options: [{ policies: [{ action: 'block' }, { action: 'allow' }] }],
      },
      { text: block('allow type A AAAA net * type TXT') },
      { text: block('allow type *') },
      { text: block('allow net 10.0.0.1 ::1') },
      { text: block('allow type'), error: /needs values, such as A AAAA/, at: 'type' },
      { text: block('allow type net ::1'), error: /needs values/, at: 'type' },
      { text: block('drop net'), error: /needs values/, at: 'net' },
      { text: block('allow something'), error: /'type' or 'net'/, at: 'something' },
      { text: block('allow type A type B'), error: /"B"/, at: 'B' },
      { text: block('allow net 10.0.0.0/33'), error: /network/, at: '10.0.0.0/33' },
      { text: block('allow net 10.0.0/8'), error: /network/, at: '10.0.0/8' },
      { text: block('reject'), error: /no option "reject"/, at: 'reject' },
      { text: 'acl bad..zone', error: /zone/, at: 'bad..zone' },
    ],
    { it },
  )
  lifeCycleSuite(acl, rules, { it, bad: { corefile: block('allow net x'), at: 'x' } })
})
