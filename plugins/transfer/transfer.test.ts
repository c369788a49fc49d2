import {
  Flag,
  type Message,
  makeSoa,
  makeTxt,
  Name,
  Opcode,
  parseQuery,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type QueryOptions,
  testOptions,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import transfer from './index.ts'

const ZONE = Name.parseText('a.test')
const SOA = makeSoa(ZONE, 60, {
  mname: Name.parseText('ns.a.test'),
  rname: Name.parseText('host.a.test'),
  serial: 7,
  refreshSeconds: 1,
  retrySeconds: 2,
  expireSeconds: 3,
  minimumSeconds: 4,
})
const textAt = (i: number): Rr => makeTxt(Name.parseText(`t${i}.a.test`), 60, 'x'.repeat(200))

/** A host beside a plugin that has the zone `a.test` with so many records. */
function hostWith(count: number): FakeHost {
  const records = Array.from({ length: count }, (_, i) => textAt(i))
  const source = {
    zones: [ZONE],
    transfer: (zone: Name, serial: number | undefined) => {
      if (!zone.equals(ZONE)) return undefined
      return serial === 7 ? [[SOA]] : [[SOA], records, [SOA]]
    },
  }
  const nothing = { zones: [], transfer: () => undefined }
  const offers = { other: { transfer: nothing }, file: { transfer: source } }
  return fakeHost({ plugin: 'transfer', offers })
}

const overTcp: QueryOptions = { transport: 'tcp', client: '192.0.2.7' }

function wholeOf(first: Message): Message[] {
  const messages = [first]
  for (let next = first.following?.next(); next && !next.done; next = first.following?.next()) {
    messages.push(next.value)
  }
  return messages
}

describe('transfer', () => {
  it('sends a zone in as many messages as it takes, SOA first and last', async () => {
    const loaded = await loadPlugin(transfer, 'transfer {\n to *\n}', { host: hostWith(1000) })
    const messages = wholeOf(await loaded.ask(makeQuery('A.test', 'AXFR', overTcp)))
    const records = messages.flatMap(({ answer }) => answer)
    expect(messages.length).toBeGreaterThan(3)
    expect(records).toHaveLength(1002)
    expect(records[0]?.type).toBe(Type.SOA)
    expect(records.at(-1)?.type).toBe(Type.SOA)
    expect(records[500]?.owner.toString()).toBe('t499.a.test.')
    expect(messages.every((one) => one.isAuthoritative && !one.isTruncated)).toBe(true)
    expect(messages.every(({ size }) => size <= 65_535)).toBe(true)
  })

  it.each([
    ['the zone to an address that may have it', 'to 192.0.2.7', 'A.test', overTcp, 0],
    ['nothing to another address', 'to 192.0.2.8 192.0.2.9', 'a.test', overTcp, 5],
    ['nothing over UDP', 'to *', 'a.test', { client: '192.0.2.7' }, 5],
  ])('sends %s', async (_, to, name, options, rcode) => {
    const loaded = await loadPlugin(transfer, `transfer {\n ${to}\n}`, { host: hostWith(1) })
    expect((await loaded.ask(makeQuery(name, 'AXFR', options))).rcode).toBe(rcode)
    expect(loaded.passed).toHaveLength(0)
  })

  it('passes on what is no transfer, and zones that nobody has or that it has no rule for', async () => {
    const corefile = 'transfer a.test b.test {\n to *\n}'
    const loaded = await loadPlugin(transfer, corefile, { host: hostWith(1) })
    loaded.next = (query) => query.reply()
    await loaded.ask(makeQuery('a.test', 'SOA', overTcp))
    await loaded.ask(makeQuery('b.test', 'AXFR', overTcp))
    await loaded.ask(makeQuery('x.a.test', 'AXFR', overTcp))
    await loaded.ask(makeQuery('c.test', 'AXFR', overTcp))
    expect(loaded.passed).toHaveLength(4)
  })

  it('goes by the rule with the longest zone', async () => {
    const corefile = 'transfer test {\n to *\n}\ntransfer a.test {\n to 192.0.2.1\n}'
    const loaded = await loadPlugin(transfer, corefile, { host: hostWith(1) })
    expect((await loaded.ask(makeQuery('a.test', 'AXFR', overTcp))).rcode).toBe(5)
  })

  it.each([
    [7, 1],
    [6, 3],
  ])('answers IXFR from serial %d with %d records', async (serial, count) => {
    const loaded = await loadPlugin(transfer, 'transfer {\n to *\n}', { host: hostWith(1) })
    const [response] = wholeOf(await loaded.ask(ixfr(serial)))
    expect(response?.answerCount).toBe(count)
  })

  it('says SERVFAIL to IXFR without a SOA', async () => {
    const loaded = await loadPlugin(transfer, 'transfer {\n to *\n}', { host: hostWith(1) })
    expect((await loaded.ask(makeQuery('a.test', 'IXFR', overTcp))).rcode).toBe(2)
  })
})

describe('NOTIFY', () => {
  it('goes to the secondaries of each zone at the start', async () => {
    const host = hostWith(1)
    const upstream = host.network.udpUpstream('192.0.2.1', 5353, (query) => query.reply())
    await loadPlugin(transfer, 'transfer {\n to * 192.0.2.1:5353\n}', { host })
    await host.clock.settle()
    const [asked] = upstream.asked
    expect(`${asked} ${asked?.opcode}`).toBe(`a.test. IN SOA ${Opcode.NOTIFY}`)
    expect((asked?.flags ?? 0) & Flag.AA).toBe(Flag.AA)
    await host.clock.advance(10_000)
    expect(upstream.asked).toHaveLength(1)
    expect(host.network.openSockets).toBe(0)
  })

  it('is sent three times to who does not answer, and not for ever', async () => {
    const host = hostWith(1)
    const upstream = host.network.udpUpstream('192.0.2.1', 53, () => undefined)
    const loaded = await loadPlugin(transfer, 'transfer {\n to 192.0.2.1\n}', { host })
    await host.clock.advance(20_000)
    expect(upstream.asked).toHaveLength(3)
    expect(host.log.lines).toEqual([
      expect.stringMatching(/192\.0\.2\.1:53 does not answer NOTIFY/),
    ])
    loaded.handler.offers?.notify?.(ZONE)
    await host.clock.settle()
    expect(upstream.asked).toHaveLength(4)
    await loaded.shutdown()
    await host.clock.advance(20_000)
    expect(upstream.asked).toHaveLength(4)
    expect(host.network.openSockets).toBe(0)
  })

  it('comes from the address that source names', async () => {
    const host = hostWith(1)
    const upstream = host.network.udpUpstream('192.0.2.1', 53, (query) => query.reply())
    await loadPlugin(transfer, 'transfer {\n to 192.0.2.1\n source 192.0.2.99\n}', { host })
    await host.clock.settle()
    expect(upstream.sockets[0]?.options.localAddress).toBe('192.0.2.99')
  })
})

function ixfr(serial: number) {
  const soa = { ...SOA, rdata: SOA.rdata.slice() }
  new DataView(soa.rdata.buffer).setUint32(soa.rdata.length - 20, serial)
  const plain = makeQuery('a.test', 'IXFR', overTcp)
  const reply = plain.reply({ authority: [soa], isAuthoritative: false })
  const wire = reply.toBytes()
  wire[2] = (wire[2] as number) & 0x7f
  const query = parseQuery(wire, plain)
  if (typeof query === 'number') throw new Error(`fault ${query}`)
  return query
}

testOptions(
  transfer,
  [
    { text: 'transfer {\n to *\n}', options: [{ block: { to: ['*'] } }] },
    {
      text: 'transfer a.test {\n to 192.0.2.1 [2001:db8::1]:5353\n source 192.0.2.9\n}',
      options: [
        {
          args: [['a.test.']],
          block: {
            to: [
              { host: '192.0.2.1', port: 53 },
              { host: '2001:db8::1', port: 5353 },
            ],
          },
        },
      ],
    },
    { text: 'transfer', error: /to/ },
    { text: 'transfer {\n to\n}', error: /to/ },
    { text: 'transfer {\n to nosuch.host\n}', error: /an IP address/, at: 'nosuch.host' },
    { text: 'transfer {\n to *\n nosuch\n}', error: /nosuch/, at: 'nosuch' },
  ],
  { it },
)

lifeCycleSuite(transfer, 'transfer {\n to *\n}', { it, query: 'example.org A' })
