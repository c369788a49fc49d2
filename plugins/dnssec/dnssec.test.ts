import { formatRr, type Message, parseRdata, Type } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type ReplyText,
  replyWith,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import dnssec from './index.ts'

const KEY = {
  publicText: `example.org. IN DNSKEY 257 3 13 MnHx6+CKB1lGQB/X7X+1lbrUVSachJfv8DM2IkyE8PTpHudRu0R7Hcrf /puwe9EqS6gwSOdI8cp3/rJF0dTe4w==`,
  privateText: `Private-key-format: v1.3
Algorithm: 13 (ECDSAP256SHA256)
PrivateKey: g5O/T1LIByz6KitDka4a8cVEx4zXardWoqqJRoHJo6I=
Created: 20261124120839
Publish: 20261124120839
Activate: 20261124120839`,
}
const ZONE_KEY = {
  publicText: `example.org. IN DNSKEY 256 3 15 H28GmyxFynQCi0aLRJlS+uqN1hBoCCBKnUR770nRGd0=`,
  privateText: `Private-key-format: v1.3
Algorithm: 15 (ED25519)
PrivateKey: f4706HeqOF77JlNLY0peYaSgHpjUdzyf55kPe7rHTHw=
Created: 20261124120839
Publish: 20261124120839
Activate: 20261124120839`,
}
const SOA = 'example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 30'
const withDo = { edns: { do: true } }

function hostWithKeys(): FakeHost {
  const host = fakeHost({ plugin: 'dnssec', zones: ['example.org'] })
  host.files.set('/keys/Kone.key', KEY.publicText)
  host.files.set('/keys/Kone.private', KEY.privateText)
  host.files.set('/keys/Ktwo.key', ZONE_KEY.publicText)
  host.files.set('/keys/Ktwo.private', ZONE_KEY.privateText)
  return host
}

async function load(next: ReplyText, keys = '/keys/Kone'): Promise<LoadedPlugin> {
  const corefile = `dnssec {\n key file ${keys}\n}`
  const loaded = await loadPlugin(dnssec, corefile, { host: hostWithKeys(), next: replyWith(next) })
  return loaded as unknown as LoadedPlugin
}

/** Records without the octets of signatures: `owner TYPE`, RRSIG with the type it covers. */
function shapeOf(rrs: Message['answer']): string[] {
  return rrs.map((rr) => {
    const [owner, , , type] = formatRr(rr).split('\t')
    const covered = rr.type === Type.RRSIG ? parseRdata(Type.RRSIG, rr.rdata) : undefined
    return covered === undefined
      ? `${owner} ${type}`
      : `${owner} RRSIG(${covered.typeCovered}) ${covered.keyTag}`
  })
}

const nsecOf = (message: Message) => {
  const nsec = message.authority.find(({ type }) => type === Type.NSEC)
  return nsec && formatRr(nsec).split('\t').at(-1)
}

describe('dnssec', () => {
  it('signs each RRset of an answer in its zone', async () => {
    const loaded = await load({
      answer: [
        'www.example.org. 60 IN CNAME a.example.org.',
        'a.example.org. 60 IN A 192.0.2.1',
        'a.example.org. 60 IN A 192.0.2.2',
        'other.test. 60 IN A 192.0.2.3',
      ],
      authority: ['example.org. 60 IN NS ns.example.org.'],
    })
    const response = await loaded.ask(makeQuery('www.example.org', 'A', withDo))
    expect(shapeOf(response.answer)).toEqual([
      'www.example.org. CNAME',
      'www.example.org. RRSIG(5) 17329',
      'a.example.org. A',
      'a.example.org. A',
      'a.example.org. RRSIG(1) 17329',
      'other.test. A',
    ])
    expect(shapeOf(response.authority)).toEqual(['example.org. NS', 'example.org. RRSIG(2) 17329'])
    expect(response.isAuthoritative).toBe(true)
  })

  it('signs nothing for clients that do not ask for it, and nothing of other zones', async () => {
    const loaded = await load({ answer: ['a.example.org. 60 IN A 192.0.2.1'] })
    expect((await loaded.ask('a.example.org', 'A')).answerCount).toBe(1)
    expect((await loaded.ask(makeQuery('a.test', 'A', withDo))).answerCount).toBe(1)
  })

  it('makes of NXDOMAIN a name without types, proven by NSEC', async () => {
    const loaded = await load({ rcode: 'NXDOMAIN', authority: [SOA] })
    const response = await loaded.ask(makeQuery('No.example.org', 'A', withDo))
    expect(response.rcode).toBe(0)
    expect(nsecOf(response)).toBe('\\000.no.example.org. RRSIG NSEC')
    expect(shapeOf(response.authority)).toEqual([
      'example.org. SOA',
      'example.org. RRSIG(6) 17329',
      'No.example.org. NSEC',
      'No.example.org. RRSIG(47) 17329',
    ])
  })

  it.each([
    ['a.example.org', 'AAAA', 'A HINFO TXT LOC SRV'],
    ['example.org', 'TXT', 'A NS SOA HINFO MX AAAA'],
    ['a.example.org', 'DS', 'NS RRSIG NSEC'],
  ])('proves that %s has no %s', async (name, type, types) => {
    const loaded = await load({ authority: [SOA] })
    const response = await loaded.ask(makeQuery(name, type, withDo))
    expect(nsecOf(response)).toMatch(new RegExp(`^\\\\000\\.${name}\\. ${types}`))
  })

  it('proves that a delegation has no DS, and signs the DS of one that has', async () => {
    const plain = await load({
      flags: '',
      authority: ['sub.example.org. 60 IN NS ns.sub.example.org.'],
    })
    const insecure = await plain.ask(makeQuery('x.sub.example.org', 'A', withDo))
    expect(shapeOf(insecure.authority)).toEqual([
      'sub.example.org. NS',
      'sub.example.org. NSEC',
      'sub.example.org. RRSIG(47) 17329',
    ])
    const secured = await load({
      flags: '',
      authority: [
        'sub.example.org. 60 IN NS ns.sub.example.org.',
        'sub.example.org. 60 IN DS 1 13 2 00',
      ],
    })
    const secure = await secured.ask(makeQuery('x.sub.example.org', 'A', withDo))
    expect(shapeOf(secure.authority).at(-1)).toBe('sub.example.org. RRSIG(43) 17329')
  })

  it('answers for the keys of the zone itself', async () => {
    const loaded = await load({}, '/keys/Kone.key /keys/Ktwo')
    const response = await loaded.ask(makeQuery('Example.org', 'DNSKEY', withDo))
    expect(loaded.passed).toHaveLength(0)
    // Where there is an entry point and another key, the entry point signs the keys.
    expect(shapeOf(response.answer)).toEqual([
      'Example.org. DNSKEY',
      'Example.org. DNSKEY',
      'Example.org. RRSIG(48) 17329',
    ])
    expect((await loaded.ask('example.org', 'DNSKEY')).answerCount).toBe(2)
  })

  it('leaves the records to the other keys then', async () => {
    const next = { answer: ['a.example.org. 60 IN A 192.0.2.1'] }
    const loaded = await load(next, '/keys/Kone /keys/Ktwo')
    const response = await loaded.ask(makeQuery('a.example.org', 'A', withDo))
    expect(response.answer.filter(({ type }) => type === Type.RRSIG)).toHaveLength(1)
    expect(shapeOf(response.answer).at(-1)).not.toMatch(/17329/)
  })

  it('keeps signatures until half of their time is over', async () => {
    const loaded = await load({ answer: ['a.example.org. 60 IN A 192.0.2.1'] })
    const { metrics, clock } = loaded.host
    const value = (name: string) =>
      metrics.value(`coredns_dnssec_cache_${name}_total`, { server: 'dns://:53' })
    for (const name of ['a.example.org', 'A.example.org']) {
      await loaded.ask(makeQuery(name, 'A', withDo))
    }
    expect([value('hits'), value('misses')]).toEqual([1, 1])
    await clock.advance(4.1 * 24 * 3_600_000)
    await loaded.ask(makeQuery('a.example.org', 'A', withDo))
    expect([value('hits'), value('misses')]).toEqual([1, 2])
  })

  it('keeps so many signatures and no more', async () => {
    const corefile = 'dnssec {\n key file /keys/Kone\n cache_capacity 2\n}'
    const loaded = await loadPlugin(dnssec, corefile, { host: hostWithKeys() })
    for (const i of [1, 2, 3, 1]) {
      loaded.next = replyWith({ answer: [`a.example.org. 60 IN A 192.0.2.${i}`] })
      await loaded.ask(makeQuery('a.example.org', 'A', withDo))
    }
    const labels = { server: 'dns://:53', type: 'signature' }
    expect(loaded.host.metrics.value('coredns_dnssec_cache_entries', labels)).toBe(2)
    expect(
      loaded.host.metrics.value('coredns_dnssec_cache_misses_total', { server: 'dns://:53' }),
    ).toBe(4)
  })

  it.each(['SERVFAIL', 'REFUSED'])('leaves %s as it is', async (rcode) => {
    const loaded = await load({ rcode, authority: [SOA] })
    const response = await loaded.ask(makeQuery('a.example.org', 'A', withDo))
    expect(response.authorityCount).toBe(1)
  })

  it('passes everything on without a key, and says so', async () => {
    const loaded = await loadPlugin(dnssec, 'dnssec')
    loaded.next = replyWith()
    await loaded.ask(makeQuery('example.org', 'DNSKEY', withDo))
    expect(loaded.passed).toHaveLength(1)
    expect(loaded.host.log.lines).toEqual([expect.stringMatching(/there is no key/)])
  })

  it.each([
    ['/keys/Knone', /ENOENT/],
    ['/keys/Kother', /can sign none of the zones/],
    ['/keys/Kbroken', /no DNSKEY/],
  ])('refuses the key %s at its place', async (path, message) => {
    const host = hostWithKeys()
    host.files.set('/keys/Kother.key', KEY.publicText.replace('example.org', 'example.net'))
    host.files.set('/keys/Kother.private', KEY.privateText)
    host.files.set('/keys/Kbroken.key', 'example.org. 60 IN TXT "no key"')
    host.files.set('/keys/Kbroken.private', KEY.privateText)
    const loading = loadPlugin(dnssec, `dnssec {\n key file ${path}\n}`, { host })
    const [error] = await loading.catch((reason) => reason.errors)
    expect(error.message).toMatch(message)
    expect(error.at.text).toBe(path)
  })
})

testOptions(
  dnssec,
  [
    { text: 'dnssec', options: { args: [[]], block: { key: [], cache_capacity: 10_000 } } },
    { text: 'dnssec a.test {\n cache_capacity 5\n}', options: { args: [['a.test.']] } },
    { text: 'dnssec {\n key\n}', error: /write 'file' and paths/ },
    { text: 'dnssec {\n key file\n}', error: /write 'file' and paths/ },
    { text: 'dnssec {\n key aws_secretsmanager x\n}', error: /AWS/, at: 'aws_secretsmanager' },
    { text: 'dnssec {\n key vault x\n}', error: /only 'file'/, at: 'vault' },
    { text: 'dnssec {\n cache_capacity 0\n}', error: /cache_capacity/, at: '0' },
  ],
  { it },
)

lifeCycleSuite(dnssec, 'dnssec {\n key file /keys/Kone\n}', {
  it,
  query: 'example.org A',
  host: hostWithKeys,
})
