import {
  type ExternalEntry,
  type ExternalServices,
  formatRr,
  type Message,
  Type,
} from '@fingerpost/sdk'
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
import external from './index.ts'

const port = { port: 80, portName: 'http', protocol: 'tcp' }
const web = ['web', 'prod']
const known: Readonly<Record<string, readonly ExternalEntry[]>> = {
  'web.prod': [
    { labels: web, host: '203.0.113.1', ...port },
    { labels: web, host: '203.0.113.1', ...port, port: 443, portName: 'https' },
    { labels: web, host: '2001:db8::1', ...port },
    { labels: web, host: '2001:db8::1', ...port, port: 443, portName: 'https' },
  ],
  'lb.prod': [{ labels: ['lb', 'prod'], host: 'lb.example.org', ...port }],
}

const services: ExternalServices = {
  serial: 42,
  ttlSeconds: 5,
  find(labels) {
    const entries = known[labels.join('.')]
    if (entries !== undefined) return { kind: 'found', entries }
    if (labels.join('.') === 'late.prod') return { kind: 'unknown' }
    return labels.join('.') === 'prod' ? { kind: 'empty' } : { kind: 'missing' }
  },
  findAddress: (address) => (address === '203.0.113.1' ? [web] : []),
  serverAddresses: () => ['192.0.2.53', '2001:db8::53'],
  all: () => Object.values(known).flat(),
}

function makeHost(): FakeHost {
  return fakeHost({
    plugin: 'k8s_external',
    offers: { kubernetes: { externalServices: services } },
    resolve: replyWith({ flags: 'ra', answer: ['lb.example.org. 77 IN A 198.51.100.1'] }),
  })
}

const corefile = 'k8s_external ext.test in-addr.arpa {\n ttl 30\n}'
const SOA = 'ext.test. 30 IN SOA ns1.dns.ext.test. hostmaster.dns.ext.test. 42 7200 1800 86400 30'
const texts = (rrs: Message['answer']): string[] =>
  rrs.map((rr) => formatRr(rr).replaceAll('\t', ' '))

async function ask(question: string): Promise<Message> {
  const loaded = await loadPlugin(external, corefile, { host: makeHost() })
  return loaded.ask(makeQuery(question))
}

describe('k8s_external', () => {
  it.each([
    ['WEB.prod.ext.test A', ['WEB.prod.ext.test. 30 IN A 203.0.113.1']],
    ['web.prod.ext.test AAAA', ['web.prod.ext.test. 30 IN AAAA 2001:db8::1']],
    [
      'web.prod.ext.test SRV',
      [
        'web.prod.ext.test. 5 IN SRV 0 25 80 web.prod.ext.test.',
        'web.prod.ext.test. 5 IN SRV 0 25 443 web.prod.ext.test.',
      ],
    ],
    [
      'lb.prod.ext.test A',
      ['lb.prod.ext.test. 5 IN CNAME lb.example.org.', 'lb.example.org. 77 IN A 198.51.100.1'],
    ],
    ['ext.test NS', ['ext.test. 30 IN NS ns1.dns.ext.test.']],
    ['ext.test SOA', [SOA]],
    ['ns1.dns.ext.test AAAA', ['ns1.dns.ext.test. 30 IN AAAA 2001:db8::53']],
    ['1.113.0.203.in-addr.arpa PTR', ['1.113.0.203.in-addr.arpa. 30 IN PTR web.prod.ext.test.']],
  ])('answers %s', async (question, answer) => {
    const response = await ask(question)
    expect(texts(response.answer)).toEqual(answer)
    expect(response.isAuthoritative).toBe(true)
  })

  it.each([
    ['web.prod.ext.test TXT', 0],
    ['prod.ext.test A', 0],
    ['ext.test A', 0],
    ['dns.ext.test A', 0],
    ['ns1.dns.ext.test TXT', 0],
    ['ns2.dns.ext.test A', 3],
    ['a.ns1.dns.ext.test A', 3],
    ['nosuch.prod.ext.test A', 3],
    ['late.prod.ext.test A', 2],
  ])('says to %s with RCODE %d and the SOA that there is nothing', async (question, rcode) => {
    const response = await ask(question)
    expect(response.rcode).toBe(rcode)
    expect(response.answerCount).toBe(0)
    expect(texts(response.authority)).toEqual([SOA])
  })

  it('gives the addresses of targets, those of load balancers by asking', async () => {
    expect(texts((await ask('web.prod.ext.test SRV')).additional)).toEqual([
      'web.prod.ext.test. 30 IN A 203.0.113.1',
      'web.prod.ext.test. 30 IN AAAA 2001:db8::1',
    ])
    expect(texts((await ask('lb.prod.ext.test SRV')).additional)[0]).toMatch(/^lb\.example\.org/)
  })

  it('passes on other zones, and unknown names where it may', async () => {
    const text = 'k8s_external ext.test {\n fallthrough\n}'
    const loaded = await loadPlugin(external, text, { host: makeHost() })
    loaded.next = (query) => query.reply()
    for (const question of ['other.test A', 'nosuch.prod.ext.test A', 'late.prod.ext.test A']) {
      await loaded.ask(makeQuery(question))
    }
    expect(loaded.passed.map(({ qname }) => String(qname))).toEqual([
      'other.test.',
      'nosuch.prod.ext.test.',
    ])
  })

  it('offers its zone as a whole', async () => {
    const { handler } = await loadPlugin(external, corefile, { host: makeHost() })
    const source = handler.offers?.transfer
    const [zone] = source?.zones ?? []
    if (source === undefined || zone === undefined) throw new Error('no zone')
    const records = [...(source.transfer(zone, undefined) ?? [])].flat()
    expect(records[0]?.type).toBe(Type.SOA)
    expect(records.at(-1)?.type).toBe(Type.SOA)
    expect(texts(records)).toEqual(
      expect.arrayContaining([
        'lb.prod.ext.test. 5 IN CNAME lb.example.org.',
        '_https._tcp.web.prod.ext.test. 5 IN SRV 0 25 443 web.prod.ext.test.',
      ]),
    )
    expect([...(source.transfer(zone, 42) ?? [])].flat()).toHaveLength(1)
    expect(source.transfer(zone.ancestor(), undefined)).toBeUndefined()
  })

  testOptions(
    external,
    [
      {
        text: 'k8s_external a.test {\n apex x\n ttl 3600\n headless\n fallthrough b.test\n}',
        options: { args: [['a.test.']], block: { apex: 'x', ttl: 3600, headless: true } },
      },
      { text: 'k8s_external', options: { block: { apex: 'dns', ttl: 5, headless: false } } },
      { text: 'k8s_external {\n ttl 3601\n}', error: /3600/, at: '3601' },
      { text: 'k8s_external {\n apex\n}', error: /apex/ },
      { text: 'k8s_external {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )

  lifeCycleSuite(external, corefile, { it, query: 'example.org A', host: makeHost })
})
