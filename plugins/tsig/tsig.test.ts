import { createHmac } from 'node:crypto'
import { type Message, Name, parseQuery, Query } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  fakeListener,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import tsig from './index.ts'
import { parseKeyFile } from './keys.ts'
import { findTsig, type TsigRecord } from './record.ts'

// Queries that dig 9.18 and kdig 3.2 sent, and when.
const DIG = Buffer.from(
  '6881012000010000000000020357777701610474657374000001000100002904d000000000000c000a0008702f27dcbff7' +
    '7209016b04746573740000fa00ff00000000003d0b686d61632d7368613235360000006b057c98012c0020f63c5502943f' +
    '243aff84d7b745b9ef42ae5738cf07e35b07aa89ad2cd5c8bf39688100000000',
  'hex',
)
const KDIG = Buffer.from(
  '423e012000010000000000010161047465737400000100010673686135313204746573740000fa00ff00000000005d0b' +
    '686d61632d7368613531320000006b057c99012c0040e7bbf9e8798af91a398a8af5dc8cfbc1344c02805380cfe5c242' +
    '2286c8cb37e70d52fe9d64680796441b2983c17e3375473a36285e1127c10413f2759efc9cff423e00000000',
  'hex',
)
const SENT_AT_MS = 1_795_521_688_000
const SECRET = 'NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk='
const KEYS = `secret k.test ${SECRET}\n secret sha512.test c2VjcmV0`

function receive(octets: Uint8Array): Query {
  const exchange = { listener: fakeListener(), clientAddress: '192.0.2.7', clientPort: 4000 }
  const query = parseQuery(Uint8Array.from(octets), exchange)
  if (typeof query === 'number') throw new Error(`fault ${query}`)
  return query
}

async function load(options = KEYS, agoMs = 0): Promise<LoadedPlugin> {
  const host = fakeHost({ plugin: 'tsig' })
  host.clock.wallNow = () => SENT_AT_MS + agoMs
  const loaded = await loadPlugin(tsig, `tsig {\n ${options}\n}`, { host })
  loaded.next = (query) => query.reply()
  return loaded as unknown as LoadedPlugin
}

/** The TSIG of what would be sent. */
function sealed(query: Query, message: Message): { wire: Uint8Array; record: TsigRecord } {
  const wire = query.seal?.(message.toBytes()) ?? message.toBytes()
  const { record } = findTsig(wire, query.questionEnd) ?? {}
  if (record === undefined) throw new Error('there is no TSIG')
  return { wire, record }
}

describe('tsig', () => {
  it.each([
    ['dig', DIG, true],
    ['kdig', KDIG, false],
  ])('believes %s, and hides the signature from the plugins behind', async (_, octets, hasEdns) => {
    const loaded = await load()
    const query = receive(octets)
    expect((await loaded.ask(query)).rcode).toBe(0)
    const [passed] = loaded.passed
    expect(passed?.hasEdns).toBe(hasEdns)
    expect(passed?.qname.equals(query.qname)).toBe(true)
    expect(findTsig(passed?.wire ?? new Uint8Array(12), query.questionEnd)).toBeUndefined()
  })

  it('checks the octets as they came, whatever bufsize made of them', async () => {
    const loaded = await load()
    const query = receive(DIG)
    query.limitEdnsSize(512)
    expect((await loaded.ask(query)).rcode).toBe(0)
    expect(loaded.passed[0]?.ednsSize).toBe(512)
  })

  it('signs the response over the MAC of the query', async () => {
    const loaded = await load()
    const query = receive(KDIG)
    const response = await loaded.ask(query)
    const { record } = sealed(query, response)
    const { record: asked } = findTsig(query.wire, query.questionEnd) ?? {}
    if (asked === undefined) throw new Error('no TSIG')
    // Put together by hand from RFC 8945 4.3.3.
    const expected = createHmac('sha512', 'secret')
      .update(Uint8Array.of(0, 64))
      .update(asked.mac)
      .update(response.toBytes())
      .update(Name.parseText('sha512.test').wire)
      .update(Uint8Array.of(0, 255, 0, 0, 0, 0))
      .update(Name.parseText('hmac-sha512').wire)
      .update(Buffer.from('00006b057c98012c', 'hex'))
      .update(Uint8Array.of(0, 0, 0, 0))
      .digest()
    expect(Buffer.from(record.mac).equals(expected)).toBe(true)
    expect(record).toMatchObject({ error: 0, originalId: 0x423e, fudgeSeconds: 300 })
  })

  it('signs further messages of a response over the one before', async () => {
    const loaded = await load()
    const query = receive(KDIG)
    const response = await loaded.ask(query)
    const { record: first } = sealed(query, response)
    const { record: second } = sealed(query, response)
    const expected = createHmac('sha512', 'secret')
      .update(Uint8Array.of(0, 64))
      .update(first.mac)
      .update(response.toBytes())
      .update(Buffer.from('00006b057c98012c', 'hex'))
      .digest()
    expect(Buffer.from(second.mac).equals(expected)).toBe(true)
  })

  it.each([
    ['a wrong secret', 'secret k.test AAAA', DIG, 0, 16, 0],
    ['a key that it does not have', 'secret other.test AAAA', DIG, 0, 17, 0],
    ['a clock that is wrong', KEYS, DIG, 301_000, 18, 6],
    [
      'an octet that changed',
      KEYS,
      Uint8Array.from(DIG, (o, i) => (i === 14 ? o ^ 1 : o)),
      0,
      16,
      0,
    ],
  ])('says NOTAUTH and why to %s', async (_, options, octets, agoMs, error, otherSize) => {
    const loaded = await load(options, agoMs)
    const query = receive(octets)
    const response = await loaded.ask(query)
    expect(response.rcode).toBe(9)
    expect(loaded.passed).toHaveLength(0)
    const { record } = sealed(query, response)
    expect(record.error).toBe(error)
    expect(record.other).toHaveLength(otherSize)
    // Only to who has the key can the response be signed.
    expect(record.mac.length > 0).toBe(error === 18)
    expect(loaded.host.metrics.value('fingerpost_tsig_failures_total')).toBe(1)
  })

  it('takes the same clock within five minutes', async () => {
    const loaded = await load(KEYS, 299_000)
    expect((await loaded.ask(receive(DIG))).rcode).toBe(0)
  })

  it('refuses MACs that are cut too short', async () => {
    const loaded = await load()
    const short = Buffer.concat([
      DIG.subarray(0, DIG.length - 38 - 2),
      Uint8Array.of(0, 4, 1, 2, 3, 4),
      DIG.subarray(DIG.length - 6),
    ])
    const fixedAt = DIG.length - 0x3d - 2
    short.writeUInt16BE(0x3d - 28, fixedAt)
    const query = receive(short)
    expect((await loaded.ask(query)).rcode).toBe(9)
    expect(sealed(query, query.reply()).record.error).toBe(22)
  })

  it('has a way with records that are cut off at any octet', async () => {
    const loaded = await load()
    for (let size = 12; size < DIG.length; size++) {
      const exchange = { listener: fakeListener(), clientAddress: '192.0.2.7', clientPort: 1 }
      const query = parseQuery(Uint8Array.from(DIG.subarray(0, size)), exchange)
      if (query instanceof Query) await loaded.ask(query)
    }
    expect(loaded.host.log.lines.filter((line) => line.includes('ERROR'))).toEqual([])
  })

  it.each([
    ['require all', 'A', 5],
    ['require A TXT', 'A', 5],
    ['require A TXT', 'MX', 0],
    ['require none', 'A', 0],
    ['', 'A', 0],
  ])('with %j gives an unsigned query for %s RCODE %d', async (option, type, rcode) => {
    const loaded = await load(`${KEYS}\n ${option}`)
    expect((await loaded.ask('a.test', type)).rcode).toBe(rcode)
  })

  it('leaves names outside of its zones alone', async () => {
    const loaded = await loadPlugin(tsig, 'tsig b.test {\n require all\n}')
    loaded.next = (query) => query.reply()
    const query = makeQuery('a.test', 'A')
    expect((await loaded.ask(query)).rcode).toBe(0)
    expect(query.seal).toBeUndefined()
  })
})

describe('key files', () => {
  const withFile = (text: string): FakeHost => {
    const host = fakeHost({ plugin: 'tsig' })
    host.files.set('/keys', text)
    host.clock.wallNow = () => SENT_AT_MS
    return host
  }

  it("are BIND's", async () => {
    const text = `# comment\nkey "k.test" {\n algorithm hmac-sha256; // yes\n secret "${SECRET}";\n};`
    const loaded = await loadPlugin(tsig, 'tsig {\n secrets /keys\n}', { host: withFile(text) })
    loaded.next = (query) => query.reply()
    expect((await loaded.ask(receive(DIG))).rcode).toBe(0)
  })

  it.each([
    ['key k.test { secret "AAAA" };', /line 1: expected ;, got }/],
    ['key k.test {\n secret "AAAA";\n}', /line 3: expected ;, got the end/],
    ['zone a { };', /expected key, got zone/],
    ['key k.test { secret "??"; };', /not in base64/],
    ['key k..test { secret "AAAA"; };', /no name of a key/],
  ])('are refused with the reason: %s', async (text, message) => {
    const loading = loadPlugin(tsig, 'tsig {\n secrets /keys\n}', { host: withFile(text) })
    await expect(loading).rejects.toThrow(message)
  })

  it('may hold several keys and comments of both kinds', () => {
    const text = '/* a\n b */ key a { secret "AAAA"; };key b{algorithm x;secret BBBB;};'
    expect(parseKeyFile(text)).toEqual([
      { name: 'a', secret: 'AAAA' },
      { name: 'b', secret: 'BBBB' },
    ])
  })
})

testOptions(
  tsig,
  [
    { text: 'tsig', options: { args: [[]], block: { secret: [], secrets: [] } } },
    { text: 'tsig a.test {\n require all\n}', options: { block: { require: 'all' } } },
    { text: 'tsig {\n require A mx\n}', options: { block: { require: [1, 15] } } },
    { text: 'tsig {\n require\n}', error: /all, none, or types/ },
    { text: 'tsig {\n require nosuch\n}', error: /type/, at: 'nosuch' },
    { text: 'tsig {\n secret a\n}', error: /secret/ },
    { text: 'tsig {\n secret a ??\n}', error: /base64/, at: '??' },
    { text: 'tsig {\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
  ],
  { it },
)

lifeCycleSuite(tsig, 'tsig', { it, query: 'example.org A' })
