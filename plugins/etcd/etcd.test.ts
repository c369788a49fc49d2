import { formatRr, type Message } from '@fingerpost/sdk'
import { lifeCycleSuite, loadPlugin, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import etcd from './index.ts'
import { type ScriptedEtcd, scriptedEtcd } from './scripted-etcd.ts'

const corefile = 'etcd skydns.test 2.0.192.in-addr.arpa'
const SOA =
  'skydns.test. 30 IN SOA ns.dns.skydns.test. hostmaster.skydns.test. 1767225600 7200 1800 86400 30'
const ZONE = '/skydns/test/skydns'

const keys = {
  [`${ZONE}/web/a`]: { host: '192.0.2.1', port: 80, weight: 300, ttl: 60 },
  [`${ZONE}/web/b`]: { host: '192.0.2.2', port: 80, priority: 20 },
  [`${ZONE}/web/c`]: { host: '2001:db8::1', port: 81 },
  [`${ZONE}/web/d`]: { host: 'www.skydns.test', port: 82, weight: 100 },
  [`${ZONE}/web0`]: { host: '192.0.2.98' },
  [`${ZONE}/web-two`]: { host: '192.0.2.99' },
  [`${ZONE}/www`]: { host: '192.0.2.7', TTL: 7 },
  [`${ZONE}/alias`]: { host: 'www.skydns.test.' },
  [`${ZONE}/far`]: { host: 'far.example', ttl: 20 },
  [`${ZONE}/loop1`]: { host: 'loop2.skydns.test' },
  [`${ZONE}/loop2`]: { host: 'loop1.skydns.test' },
  [`${ZONE}/down/x`]: { host: 'y.down.skydns.test' },
  [`${ZONE}/down/y`]: { host: '192.0.2.5' },
  [`${ZONE}/noport`]: { host: '192.0.2.6', port: -1 },
  [`${ZONE}/rivals/p`]: { host: '192.0.2.13', group: 'g1' },
  [`${ZONE}/rivals/q`]: { host: '192.0.2.14', group: 'g2' },
  [`${ZONE}/self/x`]: { host: 'self.skydns.test' },
  [`${ZONE}/text/1`]: { text: 'one' },
  [`${ZONE}/text/2`]: { text: 'one' },
  [`${ZONE}/text/3`]: { text: 'two words' },
  [`${ZONE}/mail/1`]: { host: 'mx.example', mail: true, priority: 5 },
  [`${ZONE}/mail/2`]: { host: '192.0.2.25', mail: true },
  [`${ZONE}/mail/3`]: { host: '192.0.2.26' },
  [`${ZONE}/strip/a/b`]: { host: '192.0.2.8', port: 8, targetstrip: 1 },
  [`${ZONE}/group/a`]: { host: '192.0.2.10', group: 'g1' },
  [`${ZONE}/group/b`]: { host: '192.0.2.11' },
  [`${ZONE}/group/sub/c`]: { host: '192.0.2.12', group: 'g2' },
  [`${ZONE}/dns/ns/one`]: { host: '192.0.2.53' },
  [`${ZONE}/dns/apex/a`]: { host: '192.0.2.80' },
  '/skydns/arpa/in-addr/192/0/2/7': { host: 'www.skydns.test' },
  [`${ZONE}/bad/json`]: '{host',
  [`${ZONE}/bad/port`]: { host: '192.0.2.1', port: 65_536 },
  [`${ZONE}/bad/name`]: { host: 'a..b' },
}

const texts = (rrs: Message['answer']): string[] =>
  rrs.map((rr) => formatRr(rr).replaceAll('\t', ' '))

const resolve = replyWith({ flags: 'ra', answer: ['far.example. 9 IN A 198.51.100.1'] })

function make(text = corefile, world: ScriptedEtcd = scriptedEtcd(keys, { resolve })) {
  return loadPlugin(etcd, text, { host: world.host })
}

async function ask(question: string, text = corefile): Promise<Message> {
  return (await make(text)).ask(makeQuery(question))
}

describe('etcd', () => {
  it.each([
    ['WWW.skydns.test A', ['WWW.skydns.test. 7 IN A 192.0.2.7']],
    [
      'web.skydns.test A',
      [
        'web.skydns.test. 60 IN A 192.0.2.1',
        'web.skydns.test. 300 IN A 192.0.2.2',
        'web.skydns.test. 300 IN CNAME www.skydns.test.',
        'www.skydns.test. 7 IN A 192.0.2.7',
      ],
    ],
    ['web.skydns.test AAAA', ['web.skydns.test. 300 IN AAAA 2001:db8::1']],
    [
      'web.skydns.test SRV',
      [
        'web.skydns.test. 60 IN SRV 10 60 80 a.web.skydns.test.',
        'web.skydns.test. 300 IN SRV 20 100 80 b.web.skydns.test.',
        'web.skydns.test. 300 IN SRV 10 20 81 c.web.skydns.test.',
        'web.skydns.test. 300 IN SRV 10 20 82 www.skydns.test.',
      ],
    ],
    [
      'b.a.strip.skydns.test SRV',
      ['b.a.strip.skydns.test. 300 IN SRV 10 100 8 a.strip.skydns.test.'],
    ],
    ['alias.skydns.test CNAME', ['alias.skydns.test. 300 IN CNAME www.skydns.test.']],
    [
      'alias.skydns.test A',
      ['alias.skydns.test. 300 IN CNAME www.skydns.test.', 'www.skydns.test. 7 IN A 192.0.2.7'],
    ],
    [
      'far.skydns.test A',
      ['far.skydns.test. 20 IN CNAME far.example.', 'far.example. 9 IN A 198.51.100.1'],
    ],
    [
      'text.skydns.test TXT',
      ['text.skydns.test. 300 IN TXT "one"', 'text.skydns.test. 300 IN TXT "two words"'],
    ],
    [
      'mail.skydns.test MX',
      [
        'mail.skydns.test. 300 IN MX 5 mx.example.',
        'mail.skydns.test. 300 IN MX 10 2.mail.skydns.test.',
      ],
    ],
    ['*.web.skydns.test A', ['*.web.skydns.test. 60 IN A 192.0.2.1']],
    [
      'b.any.skydns.test A',
      ['b.any.skydns.test. 300 IN A 192.0.2.11', 'b.any.skydns.test. 300 IN A 192.0.2.2'],
    ],
    [
      'group.skydns.test A',
      ['group.skydns.test. 300 IN A 192.0.2.10', 'group.skydns.test. 300 IN A 192.0.2.11'],
    ],
    [
      'rivals.skydns.test A',
      ['rivals.skydns.test. 300 IN A 192.0.2.13', 'rivals.skydns.test. 300 IN A 192.0.2.14'],
    ],
    ['down.skydns.test A', ['down.skydns.test. 300 IN A 192.0.2.5']],
    ['skydns.test NS', ['skydns.test. 300 IN NS one.ns.dns.skydns.test.']],
    ['skydns.test A', ['skydns.test. 300 IN A 192.0.2.80']],
    ['skydns.test SOA', [SOA]],
    ['7.2.0.192.in-addr.arpa PTR', ['7.2.0.192.in-addr.arpa. 300 IN PTR www.skydns.test.']],
  ])('answers %s', async (question, answer) => {
    const response = await ask(question)
    expect(response.cause).toBeUndefined()
    // Names with wildcards find more than is of interest here.
    expect(texts(response.answer).slice(0, answer.length)).toEqual(answer)
    if (!question.startsWith('*')) expect(response.answerCount).toBe(answer.length)
    expect(response.isAuthoritative).toBe(true)
  })

  it.each([
    ['web.skydns.test SRV', 'a.web.skydns.test. 60 IN A 192.0.2.1'],
    ['web.skydns.test SRV', 'c.web.skydns.test. 300 IN AAAA 2001:db8::1'],
    ['web.skydns.test SRV', 'www.skydns.test. 7 IN A 192.0.2.7'],
    ['mail.skydns.test MX', '2.mail.skydns.test. 300 IN A 192.0.2.25'],
    ['mail.skydns.test MX', 'far.example. 9 IN A 198.51.100.1'],
    ['skydns.test NS', 'one.ns.dns.skydns.test. 300 IN A 192.0.2.53'],
  ])('gives with %s the address of a target', async (question, record) => {
    expect(texts((await ask(question)).additional)).toContain(record)
  })

  it.each([
    ['nosuch.skydns.test A', 3],
    ['we.skydns.test A', 3],
    ['web/a.skydns.test A', 3],
    ['w\\.eb.skydns.test A', 3],
    ['web.skydns.test TXT', 0],
    ['web.skydns.test CNAME', 3],
    ['www.skydns.test TYPE65', 0],
    ['www.skydns.test SOA', 0],
    ['nosuch.skydns.test SOA', 3],
    ['noport.skydns.test SRV', 0],
    ['loop1.skydns.test A', 0],
    ['self.skydns.test A', 0],
    ['text.skydns.test A', 0],
    ['2.0.192.in-addr.arpa NS', 0],
  ])('says to %s with RCODE %d that there is nothing', async (question, rcode) => {
    const response = await ask(question)
    expect([response.rcode, response.answerCount, response.isAuthoritative]).toEqual([
      rcode,
      0,
      true,
    ])
    expect(texts(response.authority)[0]).toContain('IN SOA ns.dns.')
  })

  it.each([
    ['json.bad', 'key /skydns/test/skydns/bad/json: its value is no JSON'],
    ['port.bad', 'key /skydns/test/skydns/bad/port: port is no whole number from -1 to 65535'],
    ['name.bad', 'key /skydns/test/skydns/bad/name: host is neither an address nor a name'],
  ])('fails with the key when %s is no message', async (name, message) => {
    const response = await ask(`${name}.skydns.test A`)
    expect([response.rcode, String(response.cause)]).toEqual([2, `DnsError: ${message}`])
  })

  it('passes on other zones, and unknown names where it may', async () => {
    const loaded = await make('etcd skydns.test {\n fallthrough a.skydns.test\n}')
    loaded.next = (query) => query.reply()
    for (const name of ['x.a.skydns.test', 'x.b.skydns.test', 'other.test']) {
      await loaded.ask(makeQuery(name, 'A'))
    }
    expect(loaded.passed.map(({ qname }) => String(qname))).toEqual([
      'x.a.skydns.test.',
      'other.test.',
    ])
  })

  it('looks below the path it is told', async () => {
    const world = scriptedEtcd({ '/a/b/test/skydns/x/y': { host: '192.0.2.1', port: 1 } })
    const loaded = await make('etcd skydns.test {\n path a/b/\n}', world)
    const response = await loaded.ask(makeQuery('x.skydns.test SRV'))
    expect(texts(response.answer)).toEqual(['x.skydns.test. 300 IN SRV 10 100 1 y.x.skydns.test.'])
  })

  it('asks no name of a circle more often than it takes to see the circle', async () => {
    const world = scriptedEtcd(keys)
    await (await make(corefile, world)).ask(makeQuery('loop1.skydns.test A'))
    expect(world.server.requests).toHaveLength(3)
  })

  it('follows aliases no further than eight in a row', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`${ZONE}/n${i}`, { host: `n${i + 1}.skydns.test` }]),
    )
    const end = { [`${ZONE}/n12`]: { host: '192.0.2.1' } }
    const loaded = await make(corefile, scriptedEtcd({ ...chain, ...end }))
    expect((await loaded.ask(makeQuery('n3.skydns.test A'))).answerCount).toBe(0)
    expect((await loaded.ask(makeQuery('n4.skydns.test A'))).answerCount).toBe(9)
  })

  it('looks up a bounded number of names for one query', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`${ZONE}/many/${i}`, { host: `x${i}.example` }]),
    )
    const world = scriptedEtcd(many, { resolve })
    await (await make(corefile, world)).ask(makeQuery('many.skydns.test A'))
    expect(world.host.resolved).toHaveLength(32)
  })

  it('reads a bounded number of keys, and says that there are more', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1001 }, (_, i) => [
        `${ZONE}/many/${i}`,
        { host: `10.0.${i >> 8}.${i & 255}` },
      ]),
    )
    const world = scriptedEtcd(many)
    const response = await (await make(corefile, world)).ask(makeQuery('many.skydns.test A'))
    expect(response.answerCount).toBe(1000)
    expect(world.host.log.lines.join()).toContain('more than 1000 keys below many.skydns.test.')
  })

  it.each([
    [100, undefined, 100],
    [100, 60, 60],
    [100, 200, 100],
    [5, undefined, 30],
    [5, 10, 10],
    [999_999, undefined, 86_400],
    [-1, undefined, 30],
  ])('makes of a lease of %d and a TTL of %j a TTL of %d', async (left, ttl, expected) => {
    const world = scriptedEtcd({ [`${ZONE}/x`]: { host: '192.0.2.1', ttl } })
    world.leases.set(`${ZONE}/x`, left)
    const response = await (await make(corefile, world)).ask(makeQuery('x.skydns.test A'))
    expect(texts(response.answer)).toEqual([`x.skydns.test. ${expected} IN A 192.0.2.1`])
  })

  lifeCycleSuite(etcd, corefile, {
    it,
    query: 'x.skydns.test A',
    host: () => scriptedEtcd(keys).host,
  })
})
