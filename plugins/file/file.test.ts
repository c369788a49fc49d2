import { type Message, Opcode, Rcode } from '@fingerpost/sdk'
import {
  configErrorsOf,
  type FakeHost,
  fakeHost,
  formatMessage,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import file from './index.ts'

const ZONE = `$TTL 300
@ IN SOA ns M.example.org. 7 2 3 4 5
  IN NS ns
ns IN A 192.0.2.53
www IN A 192.0.2.1
alias IN CNAME www
out IN CNAME www.elsewhere.test.
wild-out IN CNAME x.wild
*.wild IN TXT "wild"
deep IN CNAME host.sub
sub IN NS ns.sub
ns.sub IN A 192.0.2.54
`
const SOA = 'example.org. 300 IN SOA ns.example.org. m.example.org. 7 2 3 4 5'
const NS = 'example.org. 300 IN NS ns.example.org.'

function hostWith(files: Record<string, string>, options: object = {}): FakeHost {
  const host = fakeHost({ plugin: 'file', zones: ['example.org'], ...options })
  for (const [path, text] of Object.entries(files)) host.files.set(path, text)
  return host
}

const load = (corefile: string, host: FakeHost): Promise<LoadedPlugin> =>
  loadPlugin(file, corefile, { host }) as Promise<LoadedPlugin>

describe('file', () => {
  testPlugin(
    file,
    'file z',
    [
      {
        query: 'www.example.org A',
        expect: {
          flags: 'aa rd',
          answer: ['www.example.org. 300 IN A 192.0.2.1'],
          authority: [NS],
        },
      },
      {
        name: 'writes owners in lower case, whatever the case of the question',
        query: 'WWW.Example.ORG A',
        expect: { answer: ['www.example.org. 300 IN A 192.0.2.1'], authority: [NS] },
      },
      { query: 'nosuch.example.org A', expect: { rcode: 'NXDOMAIN', authority: [SOA] } },
      { query: 'www.example.org TXT', expect: { rcode: 'NOERROR', authority: [SOA] } },
      {
        name: 'refuses a name outside of its zones when no plugin comes after it',
        query: 'example.com A',
        expect: { rcode: 'REFUSED', passed: true },
      },
      {
        name: 'passes a name outside of its zones on',
        query: 'example.com A',
        next: { answer: ['example.com. 60 IN A 192.0.2.9'] },
        expect: { answer: ['example.com. 60 IN A 192.0.2.9'], passed: true },
      },
      {
        name: 'refuses transfers that no other plugin took',
        query: 'example.org AXFR',
        expect: { rcode: 'REFUSED', flags: 'rd', passed: false },
      },
    ],
    { it, host: () => hostWith({ z: ZONE }) },
  )

  it('says nothing to a NOTIFY', async () => {
    const loaded = await load('file z', hostWith({ z: ZONE }))
    const query = makeQuery('example.org', 'SOA')
    const notify = query.with({ flags: Opcode.NOTIFY << 11 })
    expect((await loaded.ask(notify)).isDropped).toBe(true)
    await loaded.shutdown()
  })

  it('answers what it answered before from the same octets, with the new id and flags', async () => {
    const loaded = await load('file z', hostWith({ z: ZONE }))
    const first = loaded.run(makeQuery('www.example.org', 'A')) as Message
    const again = loaded.run(makeQuery('www.example.org', 'A')) as Message
    expect(again).not.toBe(first)
    expect(formatMessage(again)).toEqual(formatMessage(first))
    expect(again).not.toBeInstanceOf(Promise)
    await loaded.shutdown()
  })
})

describe('an alias', () => {
  const ask = async (name: string, reply: Parameters<typeof replyWith>[0]): Promise<unknown> => {
    const host = hostWith({ z: ZONE }, { resolve: replyWith(reply) })
    const loaded = await load('file z', host)
    const { rcode, answer, authority } = formatMessage(await loaded.ask(`${name}.example.org`, 'A'))
    await loaded.shutdown()
    return { rcode, answer, authority, asked: host.resolved.map(String) }
  }
  const out = 'out.example.org. 300 IN CNAME www.elsewhere.test.'

  it('is followed within the zone without asking the server', async () => {
    expect(await ask('alias', {})).toEqual({
      rcode: 'NOERROR',
      answer: [
        'alias.example.org. 300 IN CNAME www.example.org.',
        'www.example.org. 300 IN A 192.0.2.1',
      ],
      authority: [NS],
      asked: [],
    })
  })

  it('out of the zone is followed by asking the server', async () => {
    const address = 'www.elsewhere.test. 60 IN A 192.0.2.7'
    expect(await ask('out', { answer: [address] })).toEqual({
      rcode: 'NOERROR',
      answer: [out, address],
      authority: [NS],
      asked: ['www.elsewhere.test. IN A'],
    })
  })

  it.each([
    ['NXDOMAIN', 'NXDOMAIN', SOA],
    ['NOERROR', 'NOERROR', SOA],
    ['SERVFAIL', 'SERVFAIL', NS],
    ['REFUSED', 'NOERROR', NS],
  ])('whose target gets %s gets %s', async (rcode, expected, authority) => {
    expect(await ask('out', { rcode })).toEqual({
      rcode: expected,
      answer: [out],
      authority: [authority],
      asked: ['www.elsewhere.test. IN A'],
    })
  })

  it('to a name below a delegation gives the referral', async () => {
    const referral = { authority: ['sub.example.org. 300 IN NS ns.sub.example.org.'] }
    expect(await ask('deep', referral)).toMatchObject({
      rcode: 'NOERROR',
      answer: ['deep.example.org. 300 IN CNAME host.sub.example.org.'],
      ...referral,
    })
  })

  it('that leads on and on is given up after eight lookups', async () => {
    const loaded = await load('file z', hostWith({ z: ZONE }))
    const deep = makeQuery('out.example.org', 'A').with({ depth: 9 })
    const reply = await loaded.ask(deep)
    expect([reply.rcode, String(reply.cause)]).toEqual([
      Rcode.SERVFAIL,
      expect.stringMatching(/nest/),
    ])
    await loaded.shutdown()
  })
})

describe('fallthrough', () => {
  const next = { answer: ['nosuch.example.org. 60 IN A 192.0.2.9'] }
  testPlugin(
    file,
    'file z {\nfallthrough\n}',
    [
      { query: 'nosuch.example.org A', next, expect: { ...next, passed: true } },
      {
        name: 'keeps NODATA',
        query: 'www.example.org MX',
        next,
        expect: { authority: [SOA], passed: false },
      },
    ],
    { it, host: () => hostWith({ z: ZONE }) },
  )
  testPlugin(
    file,
    'file z {\nfallthrough b.example.org\n}',
    [
      { query: 'x.b.example.org A', next, expect: { ...next, passed: true } },
      {
        query: 'x.c.example.org A',
        next,
        expect: { rcode: 'NXDOMAIN', authority: [SOA], passed: false },
      },
    ],
    { it, host: () => hostWith({ z: ZONE }) },
  )
})

describe('a zone file', () => {
  const version = (serial: number, address: string): string =>
    `@ 60 IN SOA ns m ${serial} 2 3 4 5\nwww IN A ${address}`
  const addressOf = async (loaded: LoadedPlugin): Promise<string | undefined> =>
    formatMessage(await loaded.ask('www.example.org', 'A'))
      .answer?.[0]?.split(' ')
      .at(-1)

  it('is read again when its serial has changed', async () => {
    const host = hostWith({ z: version(1, '192.0.2.1') })
    const loaded = await load('file z {\nreload 10s\n}', host)
    host.files.set('z', version(2, '192.0.2.2'), 5)
    expect(await addressOf(loaded)).toBe('192.0.2.1')
    await host.clock.advance(10_000)
    expect(await addressOf(loaded)).toBe('192.0.2.2')
    expect(host.log.lines.join()).toContain(
      'Successfully reloaded zone "example.org." in "z" with 2 SOA',
    )
    expect(host.metrics.value('fingerpost_zone_serial', { plugin: 'file' })).toBe(2)
    await loaded.shutdown()
  })

  it('is read at once when the system tells of a change', async () => {
    const host = hostWith({ z: version(1, '192.0.2.1') })
    const loaded = await load('file z', host)
    host.files.set('z', version(2, '192.0.2.2'), 5)
    host.files.notify('z')
    await host.clock.settle()
    expect(await addressOf(loaded)).toBe('192.0.2.2')
    await loaded.shutdown()
  })

  it('with the same serial stays as it was, and is warned of', async () => {
    const host = hostWith({ z: version(1, '192.0.2.1') })
    const loaded = await load('file z', host)
    host.files.set('z', version(1, '192.0.2.2'), 5)
    await host.clock.advance(600_000)
    expect(await addressOf(loaded)).toBe('192.0.2.1')
    expect(host.log.lines.filter((line) => line.includes('serial is still 1'))).toHaveLength(1)
    await loaded.shutdown()
  })

  it('with the same serial is read again with reload_by_mtime', async () => {
    const host = hostWith({ z: version(1, '192.0.2.1') })
    const loaded = await load('file z {\nreload_by_mtime\n}', host)
    host.files.set('z', version(1, '192.0.2.2'), 5)
    await host.clock.advance(60_000)
    expect(await addressOf(loaded)).toBe('192.0.2.2')
    await loaded.shutdown()
  })

  it('with a mistake keeps the zone, says where it is once, and counts it', async () => {
    const host = hostWith({ z: version(1, '192.0.2.1') })
    const loaded = await load('file z', host)
    host.files.set('z', version(2, '192.0.2.300'), 5)
    await host.clock.advance(600_000)
    expect(await addressOf(loaded)).toBe('192.0.2.1')
    const lines = host.log.lines.filter((line) => line.includes('z:2:10: A: expected an IPv4'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('the zone stays at serial 1')
    expect(host.metrics.value('fingerpost_zone_failures_total', { plugin: 'file' })).toBe(1)
    await loaded.shutdown()
  })

  it('that an included file of has changed is read again', async () => {
    const host = hostWith({
      'dir/z': '$INCLUDE soa\n$INCLUDE more',
      'dir/soa': version(1, '192.0.2.1'),
    })
    host.files.set('dir/more', '')
    const loaded = await load('file dir/z', host)
    host.files.set('dir/soa', version(2, '192.0.2.2'), 5)
    await host.clock.advance(60_000)
    expect(await addressOf(loaded)).toBe('192.0.2.2')
    await loaded.shutdown()
  })

  it('that is missing gets SERVFAIL until it is there', async () => {
    const host = hostWith({})
    const loaded = await load('file z', host)
    expect((await loaded.ask('www.example.org', 'A')).rcode).toBe(Rcode.SERVFAIL)
    expect(host.log.lines.join()).toContain('trying again in 1m')
    host.files.set('z', version(1, '192.0.2.1'))
    await host.clock.advance(60_000)
    expect(await addressOf(loaded)).toBe('192.0.2.1')
    await loaded.shutdown()
  })

  it.each([
    ['file broken', 'broken', /broken:2:8: A: expected an IPv4 address, got '1\.2\.3\.4\.5'/],
    ['file nosoa', 'nosoa', /nosoa: there is no SOA record for example\.org\./],
    ['file missing {\nreload 0\n}', 'missing', /can't read missing/],
  ])('keeps the server from starting: %s', async (corefile, word, message) => {
    const host = hostWith({
      broken: '@ 60 IN SOA ns m 1 2 3 4 5\na IN A 1.2.3.4.5',
      nosoa: '@ 60 IN NS ns',
    })
    const errors = await configErrorsOf(() => load(corefile, host))
    expect(errors.map(({ at }) => at?.text)).toEqual([word])
    expect(errors[0]?.message).toMatch(message)
  })

  it('that has not changed is taken over when the configuration is reloaded', async () => {
    const host = hostWith({ z: version(1, '192.0.2.1') })
    const first = await load('file z', host)
    const reads = host.files.reads.length
    const second = await first.reload()
    expect(host.files.reads.length).toBe(reads)
    host.files.set('z', version(2, '192.0.2.2'), 5)
    const third = await second.reload()
    expect(await addressOf(third as LoadedPlugin)).toBe('192.0.2.2')
    await third.shutdown()
  })
})

it('offers its zones whole: the SOA first and last, and alone to who has its serial', async () => {
  const loaded = await load('file z', hostWith({ z: ZONE }))
  const source = loaded.handler.offers?.transfer
  const [origin] = source?.zones ?? []
  if (source === undefined || origin === undefined) throw new Error('nothing is offered')
  const types = (serial?: number): number[] =>
    [...(source.transfer(origin, serial) ?? [])].flat().map(({ type }) => type)
  expect(types()).toHaveLength(12)
  expect([types().at(0), types().at(-1)]).toEqual([6, 6])
  expect(types(6)).toHaveLength(12)
  expect(types(7)).toEqual([6])
  expect(types(8)).toEqual([6])
  expect(source.transfer(origin.ancestor(), undefined)).toBeUndefined()
  await loaded.shutdown()
})

describe('the life of file', () => {
  lifeCycleSuite(file, 'file z', {
    it,
    query: 'www.example.org A',
    host: () => hostWith({ z: ZONE }),
    bad: { corefile: 'file z {\nnosuch\n}', at: 'nosuch' },
  })
})
