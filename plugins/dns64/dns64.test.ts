import { formatIp, parseCidr } from '@fingerpost/sdk'
import {
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import dns64 from './index.ts'
import { embed } from './synthesise.ts'

const soa = 'test. 100 IN SOA a. b. 1 2 3 4 50'
const ipv6 = { client: '2001:db8::7' }
const a = (name: string, ttl = 300) => `${name} ${ttl} IN A 192.0.2.1`
const aaaa = (name: string, ttl: number) => `${name} ${ttl} IN AAAA 64:ff9b::c000:201`

const load = (corefile: string, own = {}, addresses = {}) =>
  loadPlugin(dns64, corefile, {
    host: fakeHost({ plugin: 'dns64', resolve: replyWith(addresses) }),
    next: replyWith(own),
  })

describe('dns64', () => {
  it('makes AAAA records of A records, no longer valid than the denial of AAAA', async () => {
    const loaded = await load('dns64', { authority: [soa] }, { answer: [a('v4.test.')] })
    const response = formatMessage(await loaded.ask('V4.test', 'AAAA', ipv6))
    expect(response).toMatchObject({
      rcode: 'NOERROR',
      flags: 'rd',
      answer: [aaaa('v4.test.', 100)],
    })
    expect(loaded.host.resolved.map(String)).toEqual(['v4.test. IN A'])
    const total = 'coredns_dns64_requests_translated_total'
    expect(loaded.host.metrics.value(total, { server: 'dns://:53' })).toBe(1)
  })

  it('takes 600 seconds where there is no SOA, and passes other records on', async () => {
    const alias = 'x.test. 60 IN CNAME v4.test.'
    const extra = { authority: ['test. 9 IN NS ns.test.'], additional: [a('ns.test.')] }
    const loaded = await load('dns64', {}, { answer: [alias, a('v4.test.', 1000)], ...extra })
    const response = formatMessage(await loaded.ask('x.test', 'AAAA', ipv6))
    expect(response).toMatchObject({ answer: [alias, aaaa('v4.test.', 600)], ...extra })
  })

  it.each([
    ['dns64', 'x.test', 'AAAA', { client: '192.0.2.7' }, {}],
    ['dns64', 'x.test', 'AAAA', { client: '::ffff:192.0.2.7' }, {}],
    ['dns64', 'x.test', 'A', ipv6, {}],
    ['dns64', 'x.test', 'AAAA', { ...ipv6, qclass: 'CH' }, {}],
    ['dns64', 'x.test', 'AAAA', ipv6, { rcode: 'NXDOMAIN', authority: [soa] }],
    ['dns64', 'x.test', 'AAAA', ipv6, { answer: ['x.test. 60 IN AAAA 2001:db8::1'] }],
  ])('%s leaves %s %s of %o with %o alone', async (corefile, name, type, options, own) => {
    const loaded = await load(corefile, own, { answer: [a('x.test.')] })
    const { answer } = formatMessage(await loaded.ask(name, type, options))
    expect(answer).toEqual('answer' in own ? own.answer : [])
    expect(loaded.host.resolved).toEqual([])
  })

  it('takes errors but NXDOMAIN for an empty answer', async () => {
    const loaded = await load('dns64', { rcode: 'SERVFAIL' }, { answer: [a('x.test.', 60)] })
    const response = formatMessage(await loaded.ask('x.test', 'AAAA', ipv6))
    expect(response).toMatchObject({ rcode: 'NOERROR', answer: [aaaa('x.test.', 60)] })
  })

  it('answers with the error of the A query', async () => {
    const loaded = await load('dns64', {}, { rcode: 'SERVFAIL' })
    expect(formatMessage(await loaded.ask('x.test', 'AAAA', ipv6)).rcode).toBe('SERVFAIL')
  })

  it('passes on that the A records did not fit', async () => {
    const loaded = await load('dns64', {}, { answer: [a('x.test.')], flags: 'tc' })
    expect(formatMessage(await loaded.ask('x.test', 'AAAA', ipv6)).flags).toBe('tc rd')
  })

  it('translates everything, for everybody, when it is told to', async () => {
    const own = { answer: ['x.test. 60 IN AAAA 2001:db8::1'] }
    const corefile = 'dns64 {\n prefix 2001:db8::/64\n translate_all\n allow_ipv4\n}'
    const loaded = await load(corefile, own, { answer: [a('x.test.')] })
    const { answer } = formatMessage(await loaded.ask('x.test', 'AAAA'))
    expect(answer).toEqual(['x.test. 300 IN AAAA 2001:db8::c0:2:100:0'])
  })

  it('asks nobody for a response that was dropped', async () => {
    const loaded = await loadPlugin(dns64, 'dns64', { next: (query) => query.drop() })
    expect((await loaded.ask('x.test', 'AAAA', ipv6)).isDropped).toBe(true)
  })

  // The table of RFC 6052, section 2.4.
  it.each([
    ['2001:db8::/32', '2001:db8:c000:221::'],
    ['2001:db8:100::/40', '2001:db8:1c0:2:21::'],
    ['2001:db8:122::/48', '2001:db8:122:c000:2:2100::'],
    ['2001:db8:122:300::/56', '2001:db8:122:3c0:0:221::'],
    ['2001:db8:122:344::/64', '2001:db8:122:344:c0:2:2100:0'],
    ['2001:db8:122:344::/96', '2001:db8:122:344::c000:221'],
  ])('embeds 192.0.2.33 in %s as %s', (prefix, expected) => {
    const { address, prefixLength } = parseCidr(prefix)!
    const octets = embed(Uint8Array.of(192, 0, 2, 33), { address, sizeBytes: prefixLength / 8 })
    expect(formatIp(octets)).toBe(expected)
  })

  testOptions(
    dns64,
    [
      { text: 'dns64', options: [{ block: { translate_all: false, allow_ipv4: false } }] },
      { text: 'dns64 64:ff9b::/96', options: [{ args: [{ sizeBytes: 12 }] }] },
      {
        text: 'dns64 {\n prefix 2001:db8::/64\n}',
        options: [{ block: { prefix: { sizeBytes: 8 } } }],
      },
      { text: 'dns64 {\n translate_all\n allow_ipv4\n}' },
      { text: 'dns64 x', error: /prefix/, at: 'x' },
      { text: 'dns64 10.0.0.0/8', error: /prefix/, at: '10.0.0.0/8' },
      { text: 'dns64 64:ff9b::/96 b', error: /./, at: 'b' },
      { text: 'dns64 {\n prefix\n}', error: /./, at: 'prefix' },
      { text: 'dns64 {\n prefix 64:ff9b::/128\n}', error: /32, 40/, at: '64:ff9b::/128' },
      { text: 'dns64 {\n prefix 64:ff9b::/60\n}', error: /32, 40/, at: '64:ff9b::/60' },
      { text: 'dns64 {\n translate_all x\n}', error: /./, at: 'x' },
      { text: 'dns64 {\n allow_ipv4 x\n}', error: /./, at: 'x' },
      { text: 'dns64 {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
    ],
    { it },
  )
  lifeCycleSuite(dns64, 'dns64 {\n allow_ipv4\n}', {
    it,
    query: 'x.test AAAA',
    bad: { corefile: 'dns64 x', at: 'x' },
  })
})
