import { DnsError, type Message, Name, type Query } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import autopath from './index.ts'

const SOA = 'test. 60 IN SOA a. b. 1 2 3 4 5'

function hostWith(search: string): FakeHost {
  const host = fakeHost({ plugin: 'autopath' })
  host.files.set('/search.conf', search)
  return host
}

/** Loads the plugin before a chain that knows some names, each with one address. */
async function load(known: Readonly<Record<string, string>>, isSlow = false) {
  const host = hostWith('search a.test b.test')
  const loaded = await loadPlugin(autopath, 'autopath /search.conf', { host })
  const answer = (query: Query): Message => {
    const name = query.qname.toLowerCase().toString()
    const address = known[name]
    if (address === undefined) return replyWith({ rcode: 'NXDOMAIN', authority: [SOA] })(query)
    return replyWith({ flags: 'ra', answer: [`${query.qname} 30 IN A ${address}`] })(query)
  }
  loaded.next = (query) => (isSlow ? Promise.resolve().then(() => answer(query)) : answer(query))
  return loaded
}

const answersOf = ({ answer }: Message): string[] =>
  answer.map(({ owner, type }) => `${owner} ${type}`)
const asked = ({ passed }: { passed: readonly Query[] }): string[] =>
  passed.map(({ qname }) => String(qname))

describe.each([false, true])('autopath before a chain that is slow: %s', (isSlow) => {
  it('answers from the first domain that has the name, with an alias in front', async () => {
    const loaded = await load({ 'www.b.test.': '192.0.2.1' }, isSlow)
    const response = await loaded.ask('WWW.a.test', 'A')
    expect(answersOf(response)).toEqual(['WWW.a.test. 5', 'WWW.b.test. 1'])
    expect(response.answer[0]?.ttlSeconds).toBe(30)
    expect(asked(loaded)).toEqual(['WWW.a.test.', 'WWW.b.test.'])
    expect(
      loaded.host.metrics.value('coredns_autopath_success_total', { server: 'dns://:53' }),
    ).toBe(1)
  })

  it('tries the name as it is last', async () => {
    const loaded = await load({ 'www.example.org.': '192.0.2.1' }, isSlow)
    const response = await loaded.ask('www.example.org.a.test', 'A')
    expect(answersOf(response)).toEqual(['www.example.org.a.test. 5', 'www.example.org. 1'])
  })

  it('passes on what the first domain has as it is', async () => {
    const loaded = await load({ 'www.a.test.': '192.0.2.1' }, isSlow)
    expect(answersOf(await loaded.ask('www.a.test', 'A'))).toEqual(['www.a.test. 1'])
    expect(asked(loaded)).toEqual(['www.a.test.'])
  })

  it('gives the first response when no domain has the name', async () => {
    const loaded = await load({}, isSlow)
    const response = await loaded.ask('www.a.test', 'A')
    expect(response.rcode).toBe(3)
    expect(response.qname.toString()).toBe('www.a.test.')
    expect(asked(loaded)).toEqual(['www.a.test.', 'www.b.test.', 'www.'])
    expect(
      loaded.host.metrics.value('coredns_autopath_success_total', { server: 'dns://:53' }),
    ).toBe(0)
  })

  it('leaves names outside of the first domain alone', async () => {
    const loaded = await load({ 'www.a.test.': '192.0.2.1' }, isSlow)
    expect((await loaded.ask('www.b.test', 'A')).rcode).toBe(3)
    expect(asked(loaded)).toEqual(['www.b.test.'])
  })
})

describe('autopath', () => {
  it('stops at a failure, which the client gets', async () => {
    const loaded = await load({})
    loaded.next = () => {
      throw new DnsError('upstream-timeout', 'nobody there')
    }
    const response = await loaded.ask('www.a.test', 'A')
    expect(response.rcode).toBe(2)
    expect(loaded.passed).toHaveLength(1)
  })

  it('goes on where a plugin only says that it does not know', async () => {
    const loaded = await load({})
    loaded.next = (query) =>
      String(query.qname) === 'www.' ? replyWith({ flags: 'ra' })(query) : query.reply({ rcode: 2 })
    const response = await loaded.ask('www.a.test', 'A')
    expect(response.rcode).toBe(0)
    expect(response.answerCount).toBe(0)
  })

  it('keeps DO, RA and TC, and leaves out domains that make the name too long', async () => {
    const host = hostWith(`search a.test ${'x'.repeat(63)}.${'y'.repeat(63)}.test c.test`)
    const loaded = await loadPlugin(autopath, 'autopath /search.conf', { host })
    const base = `${'z'.repeat(60)}.${'w'.repeat(60)}.${'v'.repeat(60)}`
    loaded.next = (query) =>
      query.qname.isSubdomainOf(Name.parseText('c.test'))
        ? replyWith({ flags: 'ra tc', answer: [`${query.qname} 5 IN A 192.0.2.1`] })(query)
        : replyWith({ rcode: 'NXDOMAIN' })(query)
    const response = await loaded.ask(makeQuery(`${base}.a.test`, 'A', { edns: { do: true } }))
    expect(response.isTruncated).toBe(true)
    expect(loaded.passed).toHaveLength(2)
    expect(loaded.passed[1]?.isDnssecOk).toBe(true)
  })

  it('says SERVFAIL to the search domain itself, as CoreDNS does', async () => {
    const loaded = await load({})
    expect((await loaded.ask('a.test', 'A')).rcode).toBe(2)
    expect(loaded.passed).toHaveLength(0)
  })

  it('asks the plugin that it names where the client looks', async () => {
    const searchPath = ({ clientAddress }: Query) =>
      clientAddress === '10.0.0.1' ? [Name.parseText('ns.svc'), Name.root] : undefined
    const other = () => [Name.parseText('wrong')]
    const offers = {
      other: { searchPath: { searchPath: other } },
      kube: { searchPath: { searchPath } },
    }
    const host = fakeHost({ plugin: 'autopath', offers })
    const loaded = await loadPlugin(autopath, 'autopath @kube', { host })
    loaded.next = replyWith({ rcode: 'NXDOMAIN' })
    await loaded.ask(makeQuery('x.ns.svc', 'A', { client: '10.0.0.1' }))
    expect(asked(loaded)).toEqual(['x.ns.svc.', 'x.'])
    await loaded.ask(makeQuery('x.ns.svc', 'A', { client: '10.0.0.2' }))
    expect(loaded.passed).toHaveLength(3)
  })

  it('follows its file, and keeps the path when the file goes away', async () => {
    const loaded = await load({})
    const { files, clock, log } = loaded.host
    files.set('/search.conf', 'search b.test')
    files.notify('/search.conf')
    await clock.settle()
    await loaded.ask('www.b.test', 'A')
    expect(asked(loaded)).toEqual(['www.b.test.', 'www.'])
    files.remove('/search.conf')
    files.notify('/search.conf')
    await clock.settle()
    expect(log.lines).toEqual([expect.stringMatching(/search\.conf cannot be read/)])
    await loaded.ask('www.b.test', 'A')
    expect(loaded.passed).toHaveLength(4)
  })

  it('does not start without its file', async () => {
    const host = fakeHost({ plugin: 'autopath' })
    await expect(loadPlugin(autopath, 'autopath /nosuch', { host })).rejects.toThrow(/ENOENT/)
  })

  testOptions(
    autopath,
    [
      { text: 'autopath @kubernetes', options: { source: { plugin: 'kubernetes' } } },
      { text: 'autopath a.test resolv.conf', options: { source: { path: 'resolv.conf' } } },
      { text: 'autopath', error: /file or @plugin/ },
      { text: 'autopath @', error: /must follow/, at: '@' },
      { text: 'autopath bad..zone resolv.conf', error: /zone/, at: 'bad..zone' },
    ],
    { it },
  )

  lifeCycleSuite(autopath, 'autopath @kubernetes', { it, query: 'example.org A' })
})
