import { EdnsOption, type Message, Metadata, type Query } from '@fingerpost/sdk'
import {
  formatMessage,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type QueryOptions,
  type ReplyText,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import rewrite from './index.ts'

async function load(rules: string, reply?: ReplyText | ((query: Query) => Message)) {
  const next = typeof reply === 'function' ? reply : replyWith(reply ?? {})
  return (await loadPlugin(rewrite, rules, { next })) as unknown as LoadedPlugin
}

/** What the plugins behind are asked. */
async function asked(rules: string, question: string, options?: QueryOptions): Promise<string> {
  const loaded = await load(rules)
  await loaded.ask(makeQuery(question, undefined, options))
  return String(loaded.passed[0])
}

/** Answers with records about the name that is asked for. */
const about =
  (...records: readonly string[]) =>
  (query: Query): Message =>
    replyWith({ answer: records.map((one) => one.replaceAll('@', String(query.qname))) })(query)

describe('names', () => {
  it.each([
    ['name a.test b.test', 'A.test', 'b.test.'],
    ['name exact a.test b.test', 'x.a.test', 'x.a.test.'],
    ['name suffix .a.test .b.test', 'X.a.test', 'x.b.test.'],
    ['name suffix .a.test .b.test', 'a.test', 'a.test.'],
    ['name suffix a.test b.test', 'xa.test', 'xb.test.'],
    ['name prefix pre. new.', 'pre.a.test', 'new.a.test.'],
    ['name substring mid. centre.', 'x.mid.test', 'x.centre.test.'],
    ['name regex (.*)[.]a[.]test {1}.b.test', 'x.y.A.test', 'x.y.b.test.'],
    ['name Regex (.*)[.]a[.]test {1}.b.test', 'x.a.test', 'x.b.test.'],
    ['name regex ^([a-z]+)-([a-z]+)[.]test[.]$ {2}-{1}.test', 'one-two.test', 'two-one.test.'],
  ])('%s makes of %s %s', async (rule, name, made) => {
    expect(await asked(`rewrite ${rule}`, `${name} A`)).toBe(`${made} IN A`)
  })

  it('stop at the first rule that is for the query, unless it says continue', async () => {
    const first = 'rewrite name suffix .a.test .b.test\nrewrite name suffix .b.test .c.test'
    expect(await asked(first, 'x.a.test A')).toBe('x.b.test. IN A')
    expect(await asked(first.replace('rewrite', 'rewrite continue'), 'x.a.test A')).toBe(
      'x.c.test. IN A',
    )
  })

  it('that are none in the end are answered with SERVFAIL', async () => {
    const loaded = await load(`rewrite name suffix .test ${`.${'x'.repeat(60)}`.repeat(4)}`)
    const response = await loaded.ask('a.b.c.d.e.f.g.h.i.test', 'A')
    expect(response.rcode).toBe(2)
    expect(loaded.passed).toHaveLength(0)
  })

  it('leave other queries alone', async () => {
    const loaded = await load('rewrite name a.test b.test')
    await loaded.ask('c.test', 'A')
    expect(loaded.passed).toHaveLength(1)
  })
})

describe('answers', () => {
  const answerTo = async (rules: string, name: string, ...records: readonly string[]) => {
    const loaded = await load(rules, about(...records))
    const response = await loaded.ask(name, 'A')
    expect(response.qname.toString()).toBe(`${name}.`)
    return formatMessage(response).answer
  }

  it('to an exact rule get their names back', async () => {
    const rule = 'rewrite name a.test b.test'
    expect(
      await answerTo(rule, 'a.test', '@ 5 IN CNAME x.b.test.', 'x.b.test. 5 IN A 192.0.2.1'),
    ).toEqual(['a.test. 5 IN CNAME x.a.test.', 'x.a.test. 5 IN A 192.0.2.1'])
  })

  it('to a suffix rule do with answer auto, and do not without', async () => {
    const rule = 'rewrite name suffix .a.test .b.test'
    expect(await answerTo(rule, 'x.a.test', '@ 5 IN A 192.0.2.1')).toEqual([
      'x.b.test. 5 IN A 192.0.2.1',
    ])
    expect(await answerTo(`${rule} answer auto`, 'x.a.test', '@ 5 IN A 192.0.2.1')).toEqual([
      'x.a.test. 5 IN A 192.0.2.1',
    ])
  })

  it('go by expressions of their own', async () => {
    const rule = `rewrite stop {
      name regex (.*)[.]a[.]test {1}.b.test
      answer name (.*)[.]b[.]test {1}.a.test
      answer value (.*)[.]b[.]test {1}.a.test
    }`
    const records = ['@ 5 IN MX 10 m.b.test.', '@ 5 IN SRV 1 2 3 s.b.test.', '@ 5 IN TXT "b.test"']
    expect(await answerTo(rule, 'x.a.test', ...records)).toEqual([
      'x.a.test. 5 IN MX 10 m.a.test.',
      'x.a.test. 5 IN SRV 1 2 3 s.a.test.',
      'x.a.test. 5 IN TXT "b.test"',
    ])
  })

  it('of rules that follow each other are taken back in reverse', async () => {
    const rules =
      'rewrite continue name suffix .a.test .b.test answer auto\n' +
      'rewrite name suffix .b.test .c.test answer auto'
    expect(await answerTo(rules, 'x.a.test', '@ 5 IN A 192.0.2.1')).toEqual([
      'x.a.test. 5 IN A 192.0.2.1',
    ])
  })

  it.each([
    ['5', [5, 5]],
    ['50-', [50, 300]],
    ['-100', [1, 100]],
    ['50-250', [50, 250]],
  ])('have TTLs within %s', async (bounds, ttls) => {
    const loaded = await load(
      `rewrite ttl suffix .test ${bounds}`,
      about('@ 1 IN A 192.0.2.1', '@ 300 IN A 192.0.2.2'),
    )
    const { answer } = await loaded.ask('a.test', 'A')
    expect(answer.map(({ ttlSeconds }) => ttlSeconds)).toEqual(ttls)
  })

  it.each([
    ['NXDOMAIN NOERROR', 0],
    ['3 0', 0],
    ['SERVFAIL NOERROR', 3],
  ])('have another RCODE by %s', async (codes, rcode) => {
    const loaded = await load(`rewrite rcode suffix .test ${codes}`, { rcode: 'NXDOMAIN' })
    expect((await loaded.ask('a.test', 'A')).rcode).toBe(rcode)
  })

  it('lead aliases elsewhere', async () => {
    const loaded = await load('rewrite cname b.test c.test', about('@ 5 IN CNAME b.test.'))
    const { host } = loaded
    host.resolve = async (query) => about('@ 9 IN A 192.0.2.9')(query)
    expect(formatMessage(await loaded.ask('a.test', 'A')).answer).toEqual([
      'a.test. 5 IN CNAME c.test.',
      'c.test. 9 IN A 192.0.2.9',
    ])
  })
})

describe('types and classes', () => {
  it.each([
    ['type ANY HINFO', 'a.test ANY', 'a.test. IN HINFO'],
    ['type A AAAA', 'a.test MX', 'a.test. IN MX'],
    ['class CH IN', 'a.test CH A', 'a.test. IN A'],
  ])('%s makes of %s %s', async (rule, question, made) => {
    expect(await asked(`rewrite ${rule}`, question)).toBe(made)
  })
})

describe('options', () => {
  const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
  const optionsFor = async (rule: string, options: QueryOptions = {}, query?: Query) => {
    const loaded = await load(`rewrite edns0 ${rule}`)
    await loaded.ask(query ?? makeQuery('A.test', 'MX', { client: '192.0.2.77', ...options }))
    return loaded.passed[0]?.ednsOptions.map(({ code, data }) => `${code}:${hex(data)}`)
  }
  const own = { edns: { options: [{ code: 65_001, data: Uint8Array.of(9) }] } }

  it.each([
    ['local set 65001 0x0102', {}, ['65001:0102']],
    ['local set 0xfde9 ab', own, ['65001:6162']],
    ['local append 65001 0x01', own, ['65001:09', '65001:01']],
    ['local replace 65001 0x01', {}, []],
    ['local replace 65001 0x01', own, ['65001:01']],
    ['local unset 65001', own, []],
    ['local set 65001 {qname}', {}, [`65001:${Buffer.from('A.test.').toString('hex')}`]],
    ['local set 65001 {qtype}', {}, ['65001:000f']],
    ['local set 65001 {client_ip}', {}, ['65001:c000024d']],
    ['local set 65001 {client_port}', {}, ['65001:9c40']],
    ['local set 65001 {protocol}', {}, [`65001:${Buffer.from('udp').toString('hex')}`]],
    ['local set 65001 {server_port}', {}, ['65001:0035']],
    ['local set 65001 {kubernetes/namespace}', {}, []],
    ['nsid set', {}, ['3:']],
    ['subnet set 24 56', {}, ['8:00011800c00002']],
    ['subnet set 24 56', { client: '2001:db8::1' }, ['8:0002380020010db8000000']],
    ['subnet set 0 0', {}, ['8:00010000']],
  ])('are changed by %s', async (rule, options, expected) => {
    expect(await optionsFor(rule, options)).toEqual(expected)
  })

  it('have what other plugins know', async () => {
    const query = makeQuery('a.test', 'A')
    query.metadata = new Metadata([], query)
    query.metadata.set('geoip/country/code', 'DE')
    expect(await optionsFor('local set 65001 {geoip/country/code}', {}, query)).toEqual([
      '65001:4445',
    ])
  })

  it.each([
    ['', '65001:01'],
    [' revert', '65001:09'],
  ])('come back as they went%s', async (revert, expected) => {
    const echo = (query: Query): Message =>
      query.reply({ edns: { udpSize: 1232, flags: 0, options: query.ednsOptions } })
    const loaded = await load(`rewrite edns0 local set 65001 0x01${revert}`, echo)
    const response = await loaded.ask(makeQuery('a.test', 'A', own))
    expect(response.edns?.options.map(({ code, data }) => `${code}:${hex(data)}`)).toEqual([
      expected,
    ])
  })

  it('give an OPT to a query that has none, and to its response', async () => {
    const loaded = await load('rewrite edns0 nsid set')
    const response = await loaded.ask('a.test', 'A')
    expect(loaded.passed[0]?.ednsSize).toBe(4096)
    expect(loaded.passed[0]?.ednsOptions[0]?.code).toBe(EdnsOption.NSID)
    expect(response.edns?.udpSize).toBe(4096)
  })
})

testOptions(
  rewrite,
  [
    { text: 'rewrite name a b', options: [{ stops: true, usesRegexp: false }] },
    {
      text: 'rewrite continue {\n name regex a b\n}',
      options: [{ stops: false, usesRegexp: true }],
    },
    { text: 'rewrite', error: /no rule/ },
    { text: 'rewrite stop', error: /no rule/ },
    { text: 'rewrite jump name a b', error: /name/, at: 'jump' },
    { text: 'rewrite name a', error: /write name/ },
    { text: 'rewrite name fuzzy a b', error: /exact, prefix/, at: 'fuzzy' },
    { text: 'rewrite name suffix a b c', error: /only 'answer'/, at: 'c' },
    { text: 'rewrite name a b answer', error: /answer auto/, at: 'answer' },
    { text: 'rewrite name a b answer name x', error: /name RE TO/, at: 'name' },
    { text: 'rewrite {\n answer name a b\n}', error: /name/, at: 'answer' },
    { text: 'rewrite type A', error: /type FROM TO/ },
    { text: 'rewrite type A BOGUS', error: /type/, at: 'BOGUS' },
    { text: 'rewrite class IN CH HS', error: /class FROM TO/, at: 'HS' },
    { text: 'rewrite ttl a.test x', error: /a TTL/, at: 'x' },
    { text: 'rewrite ttl suffix a.test 120-60', error: /a TTL/, at: '120-60' },
    { text: 'rewrite ttl a.test -', error: /a TTL/, at: '-' },
    { text: 'rewrite rcode a.test NXDOMAIN', error: /rcode/ },
    { text: 'rewrite rcode a.test BOGUS NOERROR', error: /code/, at: 'BOGUS' },
    { text: 'rewrite edns0', error: /edns0 local/ },
    { text: 'rewrite edns0 local bogus 1 x', error: /set/, at: 'bogus' },
    { text: 'rewrite edns0 local set xyz x', error: /code of an option/, at: 'xyz' },
    { text: 'rewrite edns0 local set 1 0xabc', error: /pairs of hex/, at: '0xabc' },
    { text: 'rewrite edns0 local set 1 {bogus}', error: /\{qname\}/, at: '{bogus}' },
    { text: 'rewrite edns0 nsid set x', error: /edns0 nsid set/, at: 'x' },
    { text: 'rewrite edns0 subnet set 33 56', error: /32/, at: '33' },
  ],
  { it },
)

describe('expressions', () => {
  it.each([
    ['name regex ( b', /not an expression/, '('],
    ['name regex (a) {2}', /more than the groups/, '{2}'],
    ['ttl regex [ 60', /not an expression/, '['],
  ])('of %s are refused at their place', async (rule, message, word) => {
    const error = await loadPlugin(rewrite, `rewrite ${rule}`).catch((reason) => reason)
    expect(error.message).toMatch(message)
    expect(error.at?.text).toBe(word)
  })
})

lifeCycleSuite(rewrite, 'rewrite name a.test b.test', { it, query: 'example.org A' })
