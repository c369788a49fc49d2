import { DnsError, type Message } from '@fingerpost/sdk'
import {
  configErrorsOf,
  fakeHost,
  formatMessage,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import loadbalance from './index.ts'
import { parseWeights } from './weight-file.ts'

const addresses = [1, 2, 3].map((octet) => `a.test. 6${octet} IN A 192.0.2.${octet}`)
const sixes = [1, 2].map((octet) => `a.test. 60 IN AAAA 2001:db8::${octet}`)
const aliases = ['c.test. 60 IN CNAME d.test.', 'd.test. 60 IN CNAME e.test.']
const exchanges = [1, 2].map((n) => `m.test. 60 IN MX 10 m${n}.test.`)
const glue = [1, 2].map((n) => `m${n}.test. 60 IN A 192.0.2.${n}`)

/** How often each record comes first in the answer. */
async function firsts(loaded: Pick<LoadedPlugin, 'ask'>, name: string, type: string, times = 300) {
  const counts: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const { answer } = formatMessage(await loaded.ask(name, type))
    const first = answer.find((rr) => !rr.includes('CNAME')) ?? ''
    counts[first] = (counts[first] ?? 0) + 1
  }
  return counts
}

describe('round_robin', () => {
  it.each([
    ['addresses of one name', 'A', addresses, []],
    ['addresses behind aliases', 'A', [...aliases, ...addresses], []],
    ['addresses of both kinds', 'ANY', [...addresses, ...sixes], []],
    ['mail exchanges', 'MX', exchanges, glue],
  ])('puts each first about as often: %s', async (_, type, answer, additional) => {
    const loaded = await loadPlugin(loadbalance, 'loadbalance', {
      next: replyWith({ answer, additional, flags: 'aa ra' }),
    })
    const counts = await firsts(loaded, 'a.test', type)
    const shuffled = answer.filter((rr) => !rr.includes('CNAME'))
    expect(Object.keys(counts).sort()).toEqual([...shuffled].sort())
    for (const count of Object.values(counts)) {
      expect(count).toBeGreaterThan((300 / shuffled.length) * 0.7)
    }
    const message = formatMessage(await loaded.ask('a.test', type))
    expect([...message.answer].sort()).toEqual([...answer].sort())
    expect([...message.additional].sort()).toEqual([...additional].sort())
    expect(message.flags).toBe('aa rd ra')
  })

  testPlugin(
    loadbalance,
    'loadbalance',
    [
      {
        name: 'moves aliases to the front and other types before addresses',
        query: 'x.test A',
        next: {
          answer: ['x.test. 60 IN A 192.0.2.1', 'x.test. 60 IN TXT "t"', 'x.test. 60 IN CNAME y.'],
        },
        expect: {
          passed: true,
          answer: ['x.test. 60 IN CNAME y.', 'x.test. 60 IN TXT "t"', 'x.test. 60 IN A 192.0.2.1'],
        },
      },
      {
        name: 'leaves the order of other types as it is',
        query: 't.test TXT',
        next: { answer: ['t.test. 60 IN TXT "1"', 't.test. 60 IN TXT "2"'] },
        expect: { passed: true, answer: ['t.test. 60 IN TXT "1"', 't.test. 60 IN TXT "2"'] },
      },
      {
        name: 'leaves error responses as they are',
        query: 'x.test A',
        next: {
          rcode: 'NXDOMAIN',
          answer: ['x.test. 60 IN A 192.0.2.1', 'x.test. 60 IN CNAME y.'],
        },
        expect: {
          passed: true,
          rcode: 'NXDOMAIN',
          answer: ['x.test. 60 IN A 192.0.2.1', 'x.test. 60 IN CNAME y.'],
        },
      },
      {
        name: 'leaves transfers as they are',
        query: 'x.test AXFR',
        next: { answer: ['x.test. 60 IN A 192.0.2.1', 'x.test. 60 IN CNAME y.'] },
        expect: { passed: true, answer: ['x.test. 60 IN A 192.0.2.1', 'x.test. 60 IN CNAME y.'] },
      },
    ],
    { it, inOrder: true },
  )

  it('keeps the OPT record, the cause and TC of a response it composes anew', async () => {
    const cause = new DnsError('server-failure', 'partly')
    const option = { code: 15, data: Uint8Array.of(0, 3) }
    const text = replyWith({ answer: [...exchanges] })
    const next = (query: Parameters<typeof text>[0]): Message => {
      const edns = { udpSize: 1232, flags: 0, options: [option] }
      const message = query.reply({ answer: text(query).answer, edns, cause })
      message.flags |= 0x0200
      return message
    }
    const loaded = await loadPlugin(loadbalance, 'loadbalance', { next })
    const response = await loaded.ask('m.test', 'MX')
    expect(formatMessage(response)).toMatchObject({
      flags: 'aa tc rd',
      edns: { options: ['15:0003'] },
    })
    expect(response.cause).toBe(cause)
  })

  it('makes no promise of what came without one', async () => {
    const next = replyWith({ answer: addresses })
    const loaded = await loadPlugin(loadbalance, 'loadbalance', { next })
    expect(loaded.run(makeQuery('a.test'))).not.toBeInstanceOf(Promise)
  })
})

describe('prefer', () => {
  it('moves addresses of preferred networks to the front, in their order', async () => {
    const corefile = 'loadbalance {\n prefer 192.0.2.3/32\n prefer 2001:db8::/32 192.0.2.2\n}'
    const next = replyWith({ answer: [...addresses, ...sixes] })
    const loaded = await loadPlugin(loadbalance, corefile, { next })
    for (let i = 0; i < 50; i++) {
      const { answer } = formatMessage(await loaded.ask('a.test', 'A'))
      expect(answer[0]).toBe(addresses[2])
      expect(answer.slice(1, 3).every((rr) => rr.includes('2001:db8::'))).toBe(true)
      expect(answer.slice(3)).toEqual([addresses[1], addresses[0]])
    }
  })

  it('leaves the rest in every order', async () => {
    const next = replyWith({ answer: addresses })
    const loaded = await loadPlugin(loadbalance, 'loadbalance {\n prefer 192.0.2.2/31\n}', { next })
    expect(Object.keys(await firsts(loaded, 'a.test', 'A', 60)).sort()).toEqual(addresses.slice(1))
  })
})

describe('weighted', () => {
  const weights = 'A.test\n192.0.2.1 250\n192.0.2.2 1\n# note\n\nother.test.\n192.0.2.3 255'
  const hostWith = (text: string) => {
    const host = fakeHost({ plugin: 'loadbalance' })
    host.files.set('w', text)
    return host
  }
  const next = replyWith({ answer: addresses })

  it('puts addresses first by their weights, 1 where there is none', async () => {
    const loaded = await loadPlugin(loadbalance, 'loadbalance weighted w', {
      host: hostWith('a.test\n192.0.2.1 6\n192.0.2.2 3'),
      next,
    })
    const counts = await firsts(loaded, 'a.test', 'A', 1000)
    expect(counts[addresses[0] as string]).toBeGreaterThan(500)
    expect(counts[addresses[1] as string]).toBeGreaterThan(200)
    expect(counts[addresses[2] as string]).toBeGreaterThan(40)
  })

  it('exchanges the chosen address with the first and touches nothing else', async () => {
    const loaded = await loadPlugin(loadbalance, 'loadbalance weighted w', {
      host: hostWith('a.test\n192.0.2.3 255'),
      next,
    })
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) seen.add(String(formatMessage(await loaded.ask('a.test')).answer))
    expect(seen).toContain(String([addresses[2], addresses[1], addresses[0]]))
  })

  it('orders nothing but responses to A, AAAA and SRV queries', async () => {
    const loaded = await loadPlugin(loadbalance, 'loadbalance weighted w', {
      host: hostWith(weights),
    })
    loaded.next = replyWith({ answer: ['x.test. 1 IN A 192.0.2.1', 'x.test. 1 IN CNAME y.'] })
    expect(formatMessage(await loaded.ask('x.test', 'ANY')).answer[0]).toContain('192.0.2.1')
    expect(formatMessage(await loaded.ask('x.test', 'A')).answer[0]).toContain('CNAME')
  })

  it('follows the file, and keeps what it had while the file is wrong', async () => {
    const host = hostWith('a.test\n192.0.2.1 255')
    const loaded = await loadPlugin(loadbalance, 'loadbalance weighted w {\n reload 10s\n}', {
      host,
      next,
    })
    const mostly = async () =>
      Object.entries(await firsts(loaded, 'a.test', 'A', 100)).sort((a, b) => b[1] - a[1])[0]?.[0]
    expect(await mostly()).toBe(addresses[0])
    await host.clock.advance(5000)
    host.files.set('w', 'a.test\n192.0.2.2 255')
    await host.clock.advance(5000)
    expect(await mostly()).toBe(addresses[1])
    host.files.set('w', 'a.test\n192.0.2.3 256')
    await host.clock.advance(30_000)
    expect(await mostly()).toBe(addresses[1])
    expect(host.log.lines).toEqual([expect.stringContaining('line 2: weight 256')])
    host.files.remove('w')
    await host.clock.advance(10_000)
    expect(await mostly()).toBe(addresses[1])
    host.files.set('w', 'a.test\n192.0.2.3 255')
    await host.clock.advance(10_000)
    expect(await mostly()).toBe(addresses[2])
    await loaded.shutdown()
  })

  it('starts without a file that may come later', async () => {
    const host = fakeHost({ plugin: 'loadbalance' })
    const loaded = await loadPlugin(loadbalance, 'loadbalance weighted w', { host, next })
    expect(host.log.lines).toEqual([expect.stringContaining('trying again every 30s')])
    await loaded.shutdown()
  })

  it.each([
    ['a missing file that is never read again', undefined, 'ENOENT'],
    ['a faulty file', 'a.test\n192.0.2.1 300', 'line 2: weight 300'],
  ])('refuses %s', async (_, text, reason) => {
    const host = text === undefined ? fakeHost() : hostWith(text)
    const errors = await configErrorsOf(() =>
      loadPlugin(loadbalance, 'loadbalance weighted w {\n reload 0\n}', { host }),
    )
    expect(errors.map(({ at, message }) => [at?.text, message])).toEqual([
      ['w', expect.stringContaining(reason)],
    ])
  })

  it.each([
    ['192.0.2.1 3', 'line 1: a name must come before'],
    ['192.0.2.1', "line 1: '192.0.2.1' is not a name; is its weight missing?"],
    ['a.test\nb.test 3', "line 2: 'b.test' is not an IP address"],
    ['a.test\n192.0.2.1 0', 'line 2: weight 0'],
    ['a.test\n192.0.2.1 x', 'line 2: weight x'],
    ['a.test\n192.0.2.1 3 4', 'line 2: expected'],
  ])('refuses the weights %j', (text, reason) => {
    expect(() => parseWeights(text)).toThrow(reason)
  })

  lifeCycleSuite(loadbalance, 'loadbalance weighted w', {
    it,
    host: () => hostWith(weights),
    next,
    bad: { corefile: 'loadbalance weighted w {\n reload x\n}', at: 'x' },
  })
})

describe('options of loadbalance', () => {
  testOptions(
    loadbalance,
    [
      { text: 'loadbalance', options: [{ args: { policy: 'round_robin' } }] },
      { text: 'loadbalance round_robin' },
      { text: 'loadbalance {\n prefer\n}' },
      {
        text: 'loadbalance weighted w {\n reload 10s\n}',
        options: [{ block: { reload: 10_000 } }],
      },
      { text: 'loadbalance bogus', error: /bogus/, at: 'bogus' },
      { text: 'loadbalance round_robin x', error: /no arguments/, at: 'x' },
      { text: 'loadbalance weighted', error: /needs the name of a file/, at: 'weighted' },
      { text: 'loadbalance weighted a b', error: /one file/, at: 'b' },
      { text: 'loadbalance {\n prefer x\n}', error: /x/, at: 'x' },
      {
        text: 'loadbalance weighted w {\n prefer 10.0.0.0/8\n}',
        error: /round_robin/,
        at: 'prefer',
      },
      { text: 'loadbalance {\n reload 10s\n}', error: /weighted/, at: 'reload' },
      { text: 'loadbalance {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )
  lifeCycleSuite(loadbalance, 'loadbalance', { it })
})
