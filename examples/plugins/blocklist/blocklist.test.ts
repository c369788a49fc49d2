import { HEADER_SIZE, Name } from '@fingerpost/sdk'
import {
  type Expectation,
  type FakeHost,
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { BlockedNames } from './blocked-names.ts'
import blocklist from './index.ts'
import { parseList } from './list-text.ts'

const LIST = `# comment
! another
0.0.0.0 ads.example.com   # trailing
127.0.0.1 localhost two.example.com three.example.com
*.tracker.example.net
com
no list's line
bad..name
`
const URL = 'https://lists.example/ads'
const next = { answer: ['x.test. 60 IN A 192.0.2.1'] }

function hostWith(text = LIST): FakeHost {
  const host = fakeHost({ plugin: 'blocklist' })
  host.files.set('ads.txt', text)
  return host
}

describe('names on a list', () => {
  const soa = (name: string, ttl: number): string =>
    `${name} ${ttl} IN SOA blocked.invalid. blocked.invalid. 1 3600 600 86400 ${ttl}`
  const nxdomain = (name: string): Expectation => ({
    rcode: 'NXDOMAIN',
    flags: 'aa rd',
    authority: [soa(name, 10)],
  })
  testPlugin(
    blocklist,
    'blocklist ads.txt { allow good.ads.example.com\n ttl 10s }',
    [
      {
        query: 'ads.example.com A',
        expect: nxdomain('ads.example.com.'),
      },
      {
        name: 'are blocked with all below them, in any case, and the client is told why',
        query: 'A.B.Ads.EXAMPLE.com TXT',
        options: { edns: true },
        expect: nxdomain('A.B.Ads.EXAMPLE.com.'),
      },
      { query: 'x.tracker.example.net A', expect: nxdomain('x.tracker.example.net.') },
      { query: 'three.example.com A', expect: nxdomain('three.example.com.') },
      { query: 'good.ads.example.com A', next, expect: { passed: true } },
      { query: 'very.good.ads.example.com A', next, expect: { passed: true } },
      { query: 'example.com A', next, expect: { passed: true } },
      { query: 'ds.example.com A', next, expect: { passed: true } },
      { query: 'localhost A', next, expect: { passed: true } },
      { query: '. NS', next, expect: { passed: true } },
    ],
    { it, host: hostWith },
  )
  testPlugin(
    blocklist,
    'blocklist ads.txt { action refused }',
    [{ query: 'ads.example.com A', expect: { rcode: 'REFUSED', flags: 'rd' } }],
    { it, host: hostWith },
  )
  testPlugin(
    blocklist,
    'blocklist ads.txt { action zero-ip }',
    [
      {
        query: 'ads.example.com A',
        expect: { flags: 'aa rd', answer: ['ads.example.com. 300 IN A 0.0.0.0'] },
      },
      {
        query: 'ads.example.com AAAA',
        expect: { flags: 'aa rd', answer: ['ads.example.com. 300 IN AAAA ::'] },
      },
      {
        query: 'ads.example.com MX',
        expect: { flags: 'aa rd', authority: [soa('ads.example.com.', 300)] },
      },
    ],
    { it, host: hostWith },
  )
})

describe('a list that changes', () => {
  it('is taken up within seconds from a file', async () => {
    const loaded = await loadPlugin(blocklist, 'blocklist ads.txt', { host: hostWith() })
    loaded.host.files.set('ads.txt', 'new.example.org', 1)
    await loaded.host.clock.advance(5000)
    expect(formatMessage(await loaded.ask('new.example.org', 'A')).rcode).toBe('NXDOMAIN')
    expect(formatMessage(await loaded.ask('ads.example.com', 'A')).rcode).toBe('SERVFAIL')
    await loaded.shutdown()
  })

  it('is kept, and complained about once, when its file goes away', async () => {
    const loaded = await loadPlugin(blocklist, 'blocklist ads.txt', { host: hostWith() })
    loaded.host.files.remove('ads.txt')
    await loaded.host.clock.advance(20_000)
    expect(formatMessage(await loaded.ask('ads.example.com', 'A')).rcode).toBe('NXDOMAIN')
    expect(loaded.host.log.lines.filter((line) => /no such file/.test(String(line)))).toHaveLength(
      1,
    )
    await loaded.shutdown()
  })

  it('is fetched once the server answers, asked for by its ETag, and kept when that fails', async () => {
    const asked: (string | null)[] = []
    let answer = (): Response => new Response('url.example.org', { headers: { etag: '"1"' } })
    const fetching = async (_: unknown, init?: RequestInit): Promise<Response> => {
      asked.push(new Headers(init?.headers).get('if-none-match'))
      return answer()
    }
    const host = fakeHost({
      plugin: 'blocklist',
      fetch: Object.assign(fetching, { preconnect() {} }) as typeof fetch,
    })
    const loaded = await loadPlugin(blocklist, `blocklist ${URL} { refresh 10m }`, {
      host,
      start: false,
    })
    expect(loaded.handler.ready?.()).toBe(false)
    await loaded.handler.started?.()
    expect(loaded.handler.ready?.()).toBe(true)
    const rcode = async (): Promise<string> =>
      formatMessage(await loaded.ask('a.url.example.org', 'A')).rcode
    expect(await rcode()).toBe('NXDOMAIN')
    answer = () => new Response('no', { status: 500 })
    await host.clock.advance(600_000)
    expect(await rcode()).toBe('NXDOMAIN')
    expect(asked).toEqual([null, '"1"'])
    await loaded.shutdown()
  })

  it('is not read again by the next instance', async () => {
    const loaded = await loadPlugin(blocklist, 'blocklist ads.txt', { host: hostWith() })
    const after = await loaded.reload()
    expect(after.host.files.reads).toHaveLength(1)
    expect(formatMessage(await after.ask('ads.example.com', 'A')).rcode).toBe('NXDOMAIN')
    await after.shutdown()
  })
})

describe('the options', () => {
  testOptions(
    blocklist,
    [
      { text: 'blocklist a.txt b.txt', options: { block: { action: 'nxdomain', ttl: 300_000 } } },
      { text: 'blocklist', error: /argument/i },
      { text: 'blocklist a.txt { action nothing }', error: /nxdomain/, at: 'nothing' },
      { text: 'blocklist a.txt { refresh 1s }', error: /duration/, at: '1s' },
    ],
    { it },
  )
})

describe('a set of names', () => {
  it('holds tens of thousands of them and mistakes none for another', () => {
    const names = parseList(
      Array.from({ length: 50_000 }, (_, i) => `n${i}.list${i % 7}.example`).join('\n'),
    )
    expect(names.count).toBe(50_000)
    const covers = (name: string): boolean => names.covers(makeQuery(name, 'A').wire, HEADER_SIZE)
    expect(covers('x.n49999.list5.example')).toBe(true)
    expect(covers('n49999.list6.example')).toBe(false)
    expect(covers('list5.example')).toBe(false)
    expect(covers(`${'a.'.repeat(110)}n0.list0.example`)).toBe(true)
  })

  it('counts a name once, whatever its case', () => {
    const names = new BlockedNames()
    names.add(Name.parseText('Ads.Example.'))
    names.add(Name.parseText('ads.example.'))
    expect(names.count).toBe(1)
  })
})

lifeCycleSuite(blocklist, 'blocklist ads.txt', {
  it,
  host: hostWith,
  query: 'ads.example.com A',
  bad: { corefile: 'blocklist missing.txt', at: 'missing.txt' },
})
