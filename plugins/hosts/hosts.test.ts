import { Message } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import hosts from './index.ts'

const FILE = `# comment line
127.0.0.1   localhost localhost.localdomain
::1         localhost ip6-localhost
192.0.2.10  web.example.org web      # trailing comment
192.0.2.11  web.example.org
2001:db8::10 web.example.org v6only.example.org
192.0.2.20\ttabbed.example.org\talias.example.org
192.0.2.30  MixedCase.Example.ORG
192.0.2.40
not-an-address broken.example.org
192.0.2.300 broken2.example.org
fe80::1%eth0 scoped.example.org
::ffff:192.0.2.70 mapped.example.org
192.0.2.60  dotted.example.org.\r
192.0.2.80  bad..example.org ${'x'.repeat(64)}.example.org good.example.org
10.0.0.1    last.example.org`

function hostWith(files: Record<string, string>, zones: string[] = ['.']): FakeHost {
  const host = fakeHost({ plugin: 'hosts', zones })
  for (const [path, text] of Object.entries(files)) host.files.set(path, text)
  return host
}

const servfail = { rcode: 'SERVFAIL', flags: 'rd', passed: false }
const nodata = { flags: 'aa rd', passed: false }

describe('a hosts file', () => {
  const file = { it, inOrder: true, host: () => hostWith({ 'hosts.txt': FILE }) }
  testPlugin(
    hosts,
    'hosts hosts.txt',
    [
      {
        name: 'gives all addresses of a name in the order of the file, with AA and no SOA',
        query: 'web.example.org A',
        expect: {
          flags: 'aa rd',
          answer: [
            'web.example.org. 3600 IN A 192.0.2.10',
            'web.example.org. 3600 IN A 192.0.2.11',
          ],
        },
      },
      {
        query: 'web.example.org AAAA',
        expect: { flags: 'aa rd', answer: ['web.example.org. 3600 IN AAAA 2001:db8::10'] },
      },
      {
        name: 'answers other spellings with the owner in lower case',
        query: 'WEB.Example.org AAAA',
        expect: { flags: 'aa rd', answer: ['web.example.org. 3600 IN AAAA 2001:db8::10'] },
      },
      {
        name: 'takes names of the file in any case',
        query: 'mixedcase.example.org A',
        expect: { flags: 'aa rd', answer: ['mixedcase.example.org. 3600 IN A 192.0.2.30'] },
      },
      {
        name: 'has an empty answer for the family that a known name lacks',
        query: 'v6only.example.org A',
        expect: nodata,
      },
      { name: 'and in any case', query: 'V6only.example.org A', expect: nodata },
      {
        name: 'has an empty answer for other types of a known name',
        query: 'web.example.org MX',
        expect: nodata,
      },
      { query: 'web.example.org ANY', expect: nodata },
      {
        name: 'drops the zone id of an address',
        query: 'scoped.example.org AAAA',
        expect: { flags: 'aa rd', answer: ['scoped.example.org. 3600 IN AAAA fe80::1'] },
      },
      {
        name: 'takes an IPv4 address in IPv6 form for what it means',
        query: 'mapped.example.org A',
        expect: { flags: 'aa rd', answer: ['mapped.example.org. 3600 IN A 192.0.2.70'] },
      },
      { query: 'mapped.example.org AAAA', expect: nodata },
      {
        name: 'copes with line ends of two characters and names that end in a dot',
        query: 'dotted.example.org A',
        expect: { flags: 'aa rd', answer: ['dotted.example.org. 3600 IN A 192.0.2.60'] },
      },
      {
        name: 'passes over what is no name and takes the rest of the line',
        query: 'good.example.org A',
        expect: { flags: 'aa rd', answer: ['good.example.org. 3600 IN A 192.0.2.80'] },
      },
      {
        name: 'reads a last line without a newline',
        query: 'last.example.org A',
        expect: { flags: 'aa rd', answer: ['last.example.org. 3600 IN A 10.0.0.1'] },
      },
      { query: 'broken.example.org A', expect: servfail },
      { query: 'broken2.example.org A', expect: servfail },
      { query: 'unknown.example.org MX', expect: servfail },
      { name: 'knows no names below its own', query: 'sub.web.example.org A', expect: servfail },
      { name: 'knows no names above its own', query: 'example.org A', expect: servfail },
      { query: '. A', expect: servfail },
      {
        name: 'answers PTR with all names of an address',
        query: '10.2.0.192.in-addr.arpa PTR',
        expect: {
          flags: 'aa rd',
          answer: [
            '10.2.0.192.in-addr.arpa. 3600 IN PTR web.example.org.',
            '10.2.0.192.in-addr.arpa. 3600 IN PTR web.',
          ],
        },
      },
      {
        name: 'answers PTR for IPv6, in any case',
        query: '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.IP6.arpa PTR',
        expect: {
          flags: 'aa rd',
          answer: ['localhost.', 'ip6-localhost.'].map(
            (name) => `${'1.'}${'0.'.repeat(31)}ip6.arpa. 3600 IN PTR ${name}`,
          ),
        },
      },
      {
        name: 'passes PTR of unknown addresses on even without fallthrough',
        query: '99.2.0.192.in-addr.arpa PTR',
        expect: { passed: true },
      },
      { query: '2.0.192.in-addr.arpa PTR', expect: { passed: true } },
      { query: 'web.example.org PTR', expect: { passed: true } },
      {
        name: 'does not know reverse names as names of addresses',
        query: '10.2.0.192.in-addr.arpa A',
        expect: servfail,
      },
    ],
    file,
  )
})

describe('lines in the Corefile', () => {
  const inline = `hosts h {
    192.0.2.2 two.example.org
    192.0.2.3 two.example.org # 192.0.2.4
    2001:db8::2 two.example.org
    ttl 42
    fallthrough
  }`
  testPlugin(
    hosts,
    inline,
    [
      {
        name: 'come after those of the file',
        query: 'two.example.org A',
        expect: {
          flags: 'aa rd',
          answer: ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(
            (address) => `two.example.org. 42 IN A ${address}`,
          ),
        },
      },
      { query: 'two.example.org MX', expect: nodata },
      { query: 'three.example.org MX', expect: { passed: true } },
    ],
    { it, inOrder: true, host: () => hostWith({ h: '192.0.2.1 two.example.org' }) },
  )

  it('are warned of when they make no sense, with what may have been meant', async () => {
    const host = hostWith({})
    await loadPlugin(hosts, 'hosts {\n tll 5\n 192.0.2.1\n 192.0.2.1 a.test\n}', { host })
    expect(host.log.lines).toEqual([
      expect.stringMatching(/:2: "tll" is no IP address and no option, did you mean "ttl"\?/),
      expect.stringMatching(/:3: there is no name after 192\.0\.2\.1/),
    ])
  })
})

describe('wildcards', () => {
  const wildcards = `hosts {
    192.0.2.1 *.wild.example.org
    192.0.2.2 exact.wild.example.org
    2001:db8::1 *.wild.example.org
    192.0.2.3 *.other.example.org plain.other.example.org
    fallthrough
  }`
  testPlugin(
    hosts,
    wildcards,
    [
      {
        query: 'a.wild.example.org A',
        expect: { flags: 'aa rd', answer: ['a.wild.example.org. 3600 IN A 192.0.2.1'] },
      },
      {
        query: 'A.WILD.example.org AAAA',
        expect: { flags: 'aa rd', answer: ['a.wild.example.org. 3600 IN AAAA 2001:db8::1'] },
      },
      { query: 'a.wild.example.org TXT', expect: nodata },
      {
        query: '*.wild.example.org A',
        expect: { flags: 'aa rd', answer: ['*.wild.example.org. 3600 IN A 192.0.2.1'] },
      },
      {
        name: 'give way to the name itself',
        query: 'exact.wild.example.org A',
        expect: { flags: 'aa rd', answer: ['exact.wild.example.org. 3600 IN A 192.0.2.2'] },
      },
      {
        name: 'give the family that the name itself lacks',
        query: 'exact.wild.example.org AAAA',
        expect: { flags: 'aa rd', answer: ['exact.wild.example.org. 3600 IN AAAA 2001:db8::1'] },
      },
      {
        name: 'have an empty answer for the family they lack',
        query: 'zz.other.example.org AAAA',
        expect: nodata,
      },
      { name: 'stand for one label', query: 'a.b.wild.example.org A', expect: { passed: true } },
      { name: 'stand for no less', query: 'wild.example.org A', expect: { passed: true } },
      {
        name: 'are not found by address',
        query: '1.2.0.192.in-addr.arpa PTR',
        expect: { passed: true },
      },
      {
        query: '3.2.0.192.in-addr.arpa PTR',
        expect: {
          flags: 'aa rd',
          answer: ['3.2.0.192.in-addr.arpa. 3600 IN PTR plain.other.example.org.'],
        },
      },
    ],
    { it },
  )
})

describe('zones', () => {
  const file = '192.0.2.1 a.example.org a.example.net\n192.0.2.2 b.example.net\n'
  const zones = ['example.org.', 'example.net.', 'in-addr.arpa.']
  testPlugin(
    hosts,
    'hosts h example.org',
    [
      {
        query: 'a.example.org A',
        expect: { flags: 'aa rd', answer: ['a.example.org. 3600 IN A 192.0.2.1'] },
      },
      { query: 'b.example.org A', expect: servfail },
      {
        name: 'let names outside of them pass',
        query: 'a.example.net A',
        expect: { passed: true },
      },
      { query: 'a.example.net TXT', expect: { passed: true } },
      {
        name: 'do not limit reverse names, but the names these give',
        query: '1.2.0.192.in-addr.arpa PTR',
        expect: {
          flags: 'aa rd',
          answer: ['1.2.0.192.in-addr.arpa. 3600 IN PTR a.example.org.'],
        },
      },
      { query: '2.2.0.192.in-addr.arpa PTR', expect: { passed: true } },
    ],
    { it, host: () => hostWith({ h: file }, zones) },
  )
  testPlugin(
    hosts,
    'hosts h',
    [
      {
        name: 'are those of the server block unless others are given',
        query: 'b.example.net A',
        expect: { flags: 'aa rd', answer: ['b.example.net. 3600 IN A 192.0.2.2'] },
      },
      { query: 'a.example.com A', expect: { passed: true } },
    ],
    { it, host: () => hostWith({ h: file }, zones) },
  )
})

describe('fallthrough', () => {
  const file = { h: '192.0.2.1 a.example.org' }
  testPlugin(
    hosts,
    'hosts h {\n fallthrough b.test example.org\n}',
    [
      { query: 'x.example.org A', expect: { passed: true } },
      { query: 'x.example.net A', expect: servfail },
      { name: 'is not for known names', query: 'a.example.org MX', expect: nodata },
    ],
    { it, host: () => hostWith(file) },
  )
  testPlugin(
    hosts,
    'hosts h {\n fallthrough example.org\n fallthrough_unsupported\n}',
    [
      {
        name: 'is for other types of known names too with fallthrough_unsupported',
        query: 'a.example.org MX',
        expect: { passed: true },
      },
      { query: 'a.example.org AAAA', expect: nodata },
      { query: 'a.example.net MX', expect: servfail },
    ],
    { it, host: () => hostWith(file) },
  )
})

describe('replies', () => {
  it('are no promises, and stay the same when they are asked for again', async () => {
    const host = hostWith({ h: '192.0.2.1 a.test' })
    const loaded = await loadPlugin(hosts, 'hosts h', { host })
    const first = loaded.run(makeQuery('a.test', 'A'))
    const again = loaded.run(makeQuery('a.test', 'A', { edns: true }))
    expect(first).toBeInstanceOf(Message)
    expect(formatMessage(again as Message).answer).toEqual(formatMessage(first as Message).answer)
    // One that is patched by a later plugin must not spoil the next.
    ;(first as Message).wire.fill(0)
    expect(formatMessage(await loaded.ask('a.test', 'A')).answer).toEqual([
      'a.test. 3600 IN A 192.0.2.1',
    ])
  })

  it('leave reverse names alone with no_reverse', async () => {
    const host = hostWith({ h: '192.0.2.1 a.test' })
    const loaded = await loadPlugin(hosts, 'hosts h {\n no_reverse\n}', { host })
    await loaded.ask('1.2.0.192.in-addr.arpa', 'PTR')
    expect(loaded.passed).toHaveLength(1)
    expect(host.metrics.value('coredns_hosts_entries')).toBe(1)
  })

  it('hold as many of thousands of addresses as fit, and TC', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `10.0.${i >> 8}.${i & 255} big.test`)
    const host = hostWith({ h: lines.join('\n') })
    const loaded = await loadPlugin(hosts, 'hosts h', { host })
    for (const name of ['big.test', 'BIG.test']) {
      const whole = await loaded.ask(name, 'A', { transport: 'tcp' })
      expect(whole.isTruncated, name).toBe(true)
      expect(whole.size, name).toBeGreaterThan(60_000)
      expect(whole.size, name).toBeLessThanOrEqual(65_535)
      // Longer than the limit, so that core cuts it and sets TC; not longer than need be.
      const datagram = await loaded.ask(name, 'A', { edns: 1232 })
      expect(datagram.size, name).toBeGreaterThan(1232)
      expect(datagram.size, name).toBeLessThan(2 * 1232)
    }
  })
})

describe('life cycle', () => {
  lifeCycleSuite(hosts, 'hosts h {\n 192.0.2.9 b.test\n}', {
    it,
    query: 'a.test A',
    host: () => hostWith({ h: '192.0.2.1 a.test' }),
    bad: { corefile: 'hosts {\n ttl 0\n}', at: '0' },
  })
})
