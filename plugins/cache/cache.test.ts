import { Flag, Message, type Query, Rcode } from '@fingerpost/sdk'
import {
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type NextAnswer,
  type ReplyText,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import cache from './index.ts'

const soa = 'example.org. 60 IN SOA ns.example.org. mail.example.org. 1 7200 1800 86400 30'

/** An upstream whose nth reply for all names has the address 192.0.2.n and the TTL given. */
function counting(ttlSeconds: number, flags = 'ra'): NextAnswer {
  let count = 0
  return (query) =>
    replyWith({ answer: [`${query.qname} ${ttlSeconds} IN A 192.0.2.${++count}`], flags })(query)
}

function addressOf(message: Message): string | undefined {
  return formatMessage(message).answer.at(-1)
}

describe('a hit', () => {
  it('is answered at once, without a promise, even if the miss was not', async () => {
    const next = counting(60)
    const loaded = await loadPlugin(cache, 'cache', { next: async (query) => next(query) })
    const miss = loaded.run(makeQuery('www.example.org', 'A'))
    expect(miss).toBeInstanceOf(Promise)
    await miss
    const hit = loaded.run(makeQuery('www.example.org', 'A'))
    expect(hit).toBeInstanceOf(Message)
    expect(addressOf(hit as Message)).toBe('www.example.org. 60 IN A 192.0.2.1')
    expect(loaded.passed).toHaveLength(1)
  })

  it('makes no promise anywhere when the rest of the chain makes none', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    expect(loaded.run(makeQuery('www.example.org', 'A'))).toBeInstanceOf(Message)
  })

  it('carries AA, RA as it was stored, and id and RD of its own query', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    const miss = await loaded.ask('www.example.org', 'A')
    const hit = await loaded.ask('www.example.org', 'A', { flags: '', id: 4711 })
    expect(formatMessage(miss).flags).toBe('rd ra')
    expect(formatMessage(hit).flags).toBe('aa ra')
    expect(hit.id).toBe(4711)
  })

  it('counts its TTLs down in whole seconds until it expires', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(7) })
    const { clock } = loaded.host
    const seen: (string | undefined)[] = []
    for (const stepMs of [0, 999, 1, 5999, 1]) {
      await clock.advance(stepMs)
      seen.push(addressOf(await loaded.ask('www.example.org', 'A'))?.replace(/^\S+ /, ''))
    }
    expect(seen).toEqual([
      '7 IN A 192.0.2.1',
      '7 IN A 192.0.2.1',
      '6 IN A 192.0.2.1',
      '1 IN A 192.0.2.1',
      '7 IN A 192.0.2.2',
    ])
  })

  it('always carries the original TTL with keepttl', async () => {
    const loaded = await loadPlugin(cache, 'cache {\n keepttl\n}', { next: counting(30) })
    await loaded.ask('www.example.org', 'A')
    await loaded.host.clock.advance(20_000)
    expect(addressOf(await loaded.ask('www.example.org', 'A'))).toContain(' 30 IN A 192.0.2.1')
    await loaded.host.clock.advance(10_000)
    expect(addressOf(await loaded.ask('www.example.org', 'A'))).toContain(' 30 IN A 192.0.2.2')
  })

  it('belongs to its client: patching one does not change the next', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    const hit = await loaded.ask('www.example.org', 'A')
    hit.wire.fill(0xff)
    expect(addressOf(await loaded.ask('www.example.org', 'A'))).toContain('60 IN A 192.0.2.1')
  })

  it('leaves room for the OPT record of a client with EDNS', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    const hit = await loaded.ask('www.example.org', 'A', { edns: 1232 })
    expect(hit.wire.length - hit.size).toBe(11)
    expect(hit.optAt).toBe(-1)
  })
})

describe('the key', () => {
  const same: [string, Query][] = [
    ['another spelling', makeQuery('WWW.Example.ORG', 'A')],
    ['EDNS without DO', makeQuery('www.example.org', 'A', { edns: 1232 })],
    ['AD', makeQuery('www.example.org', 'A', { flags: 'rd ad' })],
    ['no RD', makeQuery('www.example.org', 'A', { flags: '' })],
    ['TCP', makeQuery('www.example.org', 'A', { transport: 'tcp' })],
  ]
  it.each(same)('is the same for %s', async (_, query) => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    await loaded.ask(query)
    expect(loaded.passed).toHaveLength(1)
  })

  const other: [string, Query][] = [
    ['another name', makeQuery('www2.example.org', 'A')],
    ['a name below', makeQuery('a.www.example.org', 'A')],
    ['another type', makeQuery('www.example.org', 'AAAA')],
    ['DO', makeQuery('www.example.org', 'A', { edns: { size: 1232, do: true } })],
    ['CD', makeQuery('www.example.org', 'A', { flags: 'rd cd' })],
  ]
  it.each(other)('is another for %s', async (_, query) => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    await loaded.ask('www.example.org', 'A')
    await loaded.ask(query)
    expect(loaded.passed).toHaveLength(2)
    await loaded.ask(query)
    expect(loaded.passed).toHaveLength(2)
  })

  it('never mixes types whose octets differ like letters in case', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: replyWith({ answer: [] }) })
    await loaded.ask('www.example.org', 0x4141)
    await loaded.ask('www.example.org', 0x6161)
    expect(loaded.passed).toHaveLength(2)
  })
})

describe('what is not for caches', () => {
  const cases: [string, Query][] = [
    ['classes other than IN', makeQuery('www.example.org', 'TXT', { qclass: 'CH' })],
    ['zone transfers', makeQuery('www.example.org', 'AXFR')],
    ['incremental zone transfers', makeQuery('www.example.org', 'IXFR')],
    ['NOTIFY', makeQuery('www.example.org', 'SOA', { opcode: 4 })],
  ]
  it.each(cases)('passes %s on untouched', async (_, query) => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(86_400) })
    expect(addressOf(await loaded.ask(query))).toContain(' 86400 IN A 192.0.2.1')
    await loaded.ask(query)
    expect(loaded.passed).toEqual([query, query])
  })

  it('passes names outside of its zones on untouched', async () => {
    const loaded = await loadPlugin(cache, 'cache 60 in.test', { next: counting(100) })
    for (const name of ['a.out.test', 'xin.test', 'test']) {
      expect(addressOf(await loaded.ask(name, 'A'))).toContain(' 100 IN A')
      expect(addressOf(await loaded.ask(name, 'A'))).toContain(' 100 IN A')
    }
    for (const name of ['in.test', 'A.In.Test']) {
      await loaded.ask(name, 'A')
      expect(addressOf(await loaded.ask(name, 'A'))).toContain(' 60 IN A')
    }
    expect(loaded.passed).toHaveLength(8)
  })

  it('takes the zones of the server block when it names none', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60), zones: ['example.org.'] })
    for (const name of ['www.example.org', 'www.example.net']) {
      await loaded.ask(name, 'A')
      await loaded.ask(name, 'A')
    }
    expect(loaded.passed).toHaveLength(3)
  })

  it('warns of words that are no zones and goes on', async () => {
    const loaded = await loadPlugin(cache, 'cache bad..zone', { next: counting(60) })
    expect(loaded.host.log.lines).toEqual([
      "[WARNING] plugin/cache: 'bad..zone' is no zone and is ignored",
    ])
    await loaded.ask('www.example.org', 'A')
    await loaded.ask('www.example.org', 'A')
    expect(loaded.passed).toHaveLength(2)
  })
})

describe('a reply to a miss', () => {
  it('has the least of its TTLs, within the limits, in all records', async () => {
    const next = replyWith({
      answer: ['www.example.org. 300 IN CNAME a.example.org.', 'a.example.org. 20 IN A 192.0.2.1'],
      additional: ['b.example.org. 90 IN A 192.0.2.2'],
    })
    const loaded = await loadPlugin(cache, 'cache', { next })
    const miss = formatMessage(await loaded.ask('www.example.org', 'A'))
    expect(miss.answer).toEqual([
      'www.example.org. 20 IN CNAME a.example.org.',
      'a.example.org. 20 IN A 192.0.2.1',
    ])
    expect(miss.additional).toEqual(['b.example.org. 20 IN A 192.0.2.2'])
  })

  it('loses its OPT record, wherever that stands', async () => {
    const next: NextAnswer = (query) =>
      query.reply({
        answer: replyWith({ answer: ['www.example.org. 60 IN A 192.0.2.1'] })(query).answer,
        edns: { udpSize: 4096, flags: 0, options: [{ code: 15, data: new Uint8Array(2) }] },
      })
    const behindOpt: NextAnswer = (query) => {
      const { wire, size } = next(query) as Message
      const extra = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 99, 0, 4, 192, 0, 2, 9]
      const longer = new Uint8Array([...wire.subarray(0, size), ...extra])
      longer[11] = 2
      return new Message(longer)
    }
    for (const answer of [next, behindOpt]) {
      const loaded = await loadPlugin(cache, 'cache', { next: answer })
      for (let i = 0; i < 2; i++) {
        const message = formatMessage(await loaded.ask('www.example.org', 'A', { edns: 1232 }))
        expect(message.edns).toBeNull()
        expect(message.answer).toEqual(['www.example.org. 60 IN A 192.0.2.1'])
      }
      expect(loaded.passed).toHaveLength(1)
    }
  })

  it('keeps an OPT record with upper bits of the RCODE, and is not stored', async () => {
    const next: NextAnswer = (query) => {
      const reply = query.reply({ edns: { udpSize: 1232, flags: 0, options: [] } })
      reply.wire[reply.optAt + 5] = 1
      return reply
    }
    const loaded = await loadPlugin(cache, 'cache', { next })
    for (let i = 0; i < 2; i++) {
      expect((await loaded.ask('www.example.org', 'A', { edns: 1232 })).rcode).toBe(16)
    }
    expect(loaded.passed).toHaveLength(2)
  })

  it('is not stored, and counted, when it answers another question', async () => {
    const next: NextAnswer = () => counting(60)(makeQuery('www.example.net', 'A'))
    const loaded = await loadPlugin(cache, 'cache', { next })
    await loaded.ask('www.example.org', 'A')
    await loaded.ask('www.example.org', 'A')
    expect(loaded.passed).toHaveLength(2)
    expect(loaded.host.metrics.value('coredns_cache_drops_total')).toBe(2)
  })

  it('is not stored when it is a fault of ours, which keeps its cause', async () => {
    const loaded = await loadPlugin(cache, 'cache')
    const first = await loaded.ask('www.example.org', 'A')
    expect(first.cause).toBeDefined()
    await loaded.ask('www.example.org', 'A')
    expect(loaded.passed).toHaveLength(2)
  })

  it('stays dropped when it was', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: (query) => query.drop() })
    expect((await loaded.ask('www.example.org', 'A')).isDropped).toBe(true)
  })

  it('is not stored when it was truncated', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: replyWith({ flags: 'tc' }) })
    await loaded.ask('www.example.org', 'A')
    await loaded.ask('www.example.org', 'A')
    expect(loaded.passed).toHaveLength(2)
  })
})

describe('AD', () => {
  it('is asked for in every query that goes on, whatever the client set', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60) })
    const query = makeQuery('www.example.org', 'A', { edns: 1232, id: 7 })
    await loaded.ask(query)
    const [passed] = loaded.passed
    expect(passed?.flags).toBe(query.flags | 0x0020)
    expect(passed?.wire.subarray(4)).toEqual(query.wire.subarray(4))
    expect(query.flags & 0x0020).toBe(0)
  })

  it('is in the reply only for clients that set AD or DO', async () => {
    const loaded = await loadPlugin(cache, 'cache', { next: counting(60, 'ra ad') })
    const flagsFor = async (options: Parameters<typeof makeQuery>[2]): Promise<string> =>
      formatMessage(await loaded.ask('www.example.org', 'A', options)).flags
    expect(await flagsFor({})).toBe('rd ra')
    expect(await flagsFor({})).toBe('aa rd ra')
    expect(await flagsFor({ flags: 'rd ad' })).toBe('aa rd ra ad')
    expect(await flagsFor({ edns: { size: 1232, do: true } })).toBe('rd ra ad')
    expect(await flagsFor({ edns: { size: 1232, do: true } })).toBe('aa rd ra ad')
  })
})

describe('disable', () => {
  const denial: ReplyText = { authority: [soa] }
  const answering: NextAnswer = (query) =>
    query.qtype === 1 ? counting(60)(query) : replyWith(denial)(query)
  const cases: [string, string, number, number][] = [
    ['disable success', 'www.example.org', 2, 1],
    ['disable denial', 'www.example.org', 1, 2],
    ['disable success example.org', 'www.example.org', 2, 1],
    ['disable success example.org', 'www.example.net', 1, 1],
    ['disable denial a.test example.org', 'www.example.org', 1, 2],
    ['disable success\n disable denial', 'www.example.org', 2, 2],
  ]
  it.each(cases)('%s: %s reaches the next plugin', async (words, name, answers, denials) => {
    const loaded = await loadPlugin(cache, `cache {\n ${words}\n}`, { next: answering })
    for (const type of ['A', 'A', 'AAAA', 'AAAA']) await loaded.ask(name, type)
    const types = loaded.passed.map((query) => query.qtype)
    expect(types.filter((type) => type === 1)).toHaveLength(answers)
    expect(types.filter((type) => type !== 1)).toHaveLength(denials)
  })

  it.each([
    ['example.org', 'www.example.org', false],
    ['www.example.org', 'www.example.org', false],
    ['org', 'www.example.org', false],
    ['org', 'example.net', true],
  ])('of both for %s passes on a query for %s as it came: %s', async (zone, name, isCopied) => {
    const words = `disable success ${zone}\n disable denial . `
    const loaded = await loadPlugin(cache, `cache 30 {\n ${words}\n}`, { next: counting(60) })
    const { answer } = formatMessage(await loaded.ask(name, 'A'))
    expect(answer).toEqual([`${name}. 30 IN A 192.0.2.1`])
    expect(loaded.passed.map(({ flags }) => (flags & Flag.AD) !== 0)).toEqual([isCopied])
    await loaded.ask(name, 'A', { flags: 'rd ad' })
    expect(((loaded.passed.at(-1)?.flags ?? 0) & Flag.AD) !== 0).toBe(true)
  })
})

describe('SERVFAIL', () => {
  const failing: NextAnswer = replyWith({ rcode: 'SERVFAIL', flags: 'ra' })

  it.each([
    ['cache', 4999, 1],
    ['cache', 5000, 2],
    ['cache {\n servfail 2s\n}', 1999, 1],
    ['cache {\n servfail 2s\n}', 2000, 2],
    ['cache {\n servfail 0\n}', 0, 2],
  ])('with %j is asked for again after %i ms: %i queries', async (text, pauseMs, count) => {
    const loaded = await loadPlugin(cache, text, { next: failing })
    await loaded.ask('www.example.org', 'A')
    await loaded.host.clock.advance(pauseMs)
    expect(formatMessage(await loaded.ask('www.example.org', 'A')).rcode).toBe('SERVFAIL')
    expect(loaded.passed).toHaveLength(count)
  })
})

describe('life cycle', () => {
  lifeCycleSuite(cache, 'cache 30', {
    it,
    next: counting(60),
    bad: { corefile: 'cache {\n nonsense\n}', at: 'nonsense' },
  })
})

describe('a failure that a plugin below made itself', () => {
  it('is not kept: it says nothing about the name', async () => {
    const loaded = await loadPlugin(cache, 'cache', {
      next: (query) => query.reply({ rcode: Rcode.SERVFAIL }),
    })
    await loaded.ask('www.example.org', 'A')
    await loaded.ask('www.example.org', 'A')
    expect(loaded.passed).toHaveLength(2)
    await loaded.shutdown()
  })
})
