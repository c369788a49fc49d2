import { Message, Type } from '@fingerpost/sdk'
import {
  FakeClock,
  fakeHost,
  fakeListener,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type NextAnswer,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { FLUSH_INTERVAL_MS, HANDSHAKE_TIMEOUT_MS, MIN_RETRY_MS } from './collector.ts'
import { MAX_FRAMES } from './frame-queue.ts'
import { Control } from './frame-stream.ts'
import dnstap from './index.ts'
import { fieldsOf, ScriptedCollector } from './scripted-collector.ts'

const QUERY = 5
const RESPONSE = 6

async function load(
  corefile = 'dnstap unix:///tap full',
  next: NextAnswer = replyWith({ answer: ['example.org. 60 IN A 192.0.2.1'] }),
  script: (collector: ScriptedCollector) => void = () => {},
) {
  const clock = new FakeClock()
  const network = new ScriptedCollector(clock)
  script(network)
  const host = fakeHost({ plugin: 'dnstap', clock, network })
  const loaded = await loadPlugin(dnstap, corefile, { host, next })
  return { loaded, network, clock, host }
}

/** Asks as a server does: what the client gets is known when the response is finished. */
async function askWhole(
  loaded: Pick<LoadedPlugin, 'ask'>,
  query = makeQuery('example.org', 'A'),
  finished?: Uint8Array,
): Promise<void> {
  const response = await loaded.ask(query)
  if (!response.isDropped) query.seal?.(finished ?? response.toBytes())
}

/** The inner messages that came, oldest first. */
function messagesOf(network: ScriptedCollector): Record<number, number | string>[] {
  return network.messages.map((octets) =>
    fieldsOf(Buffer.from(String(fieldsOf(octets)[14]), 'hex')),
  )
}

describe('dnstap', () => {
  it('greets the collector, and sends nothing before it accepts', async () => {
    const { loaded, network, clock } = await load(undefined, undefined, (one) => {
      one.greeting = undefined
    })
    await askWhole(loaded)
    await clock.advance(FLUSH_INTERVAL_MS)
    expect(network.frames).toEqual([Control.READY])
    const accepting = await load()
    await askWhole(accepting.loaded)
    await accepting.clock.advance(FLUSH_INTERVAL_MS)
    expect(accepting.network.frames).toEqual([Control.READY, Control.START, 'data', 'data'])
  })

  it('tells of a query and of the response as it is sent', async () => {
    const { loaded, network, clock } = await load()
    const listener = fakeListener({ transport: 'tcp', address: '2001:db8::53', port: 5353 })
    const query = makeQuery('example.org', 'A', {
      client: '2001:db8::7',
      clientPort: 4242,
      listener,
    })
    loaded.next = async (asked) => {
      await clock.advance(1500)
      return asked.reply()
    }
    const cameMs = clock.wallNow()
    await askWhole(loaded, query, new Uint8Array([1, 2, 3]))
    await clock.advance(FLUSH_INTERVAL_MS)
    const ends = {
      2: 2,
      3: 2,
      4: '20010db8000000000000000000000007',
      5: '20010db8000000000000000000000053',
      6: 4242,
      7: 5353,
      8: cameMs / 1000,
      9: 0,
    }
    expect(messagesOf(network)).toEqual([
      { 1: QUERY, ...ends, 10: Buffer.from(query.wire).toString('hex') },
      { 1: RESPONSE, ...ends, 12: Math.floor(cameMs / 1000) + 1, 13: 500_000_000, 14: '010203' },
    ])
  })

  it.each([
    ['udp', 1],
    ['tcp', 2],
    ['tls', 3],
    ['https', 4],
  ] as const)('knows %s', async (transport, protocol) => {
    const { loaded, network, clock } = await load('dnstap /tap')
    await loaded.ask(makeQuery('a.test', 'A', { transport, client: '192.0.2.7' }))
    await clock.advance(FLUSH_INTERVAL_MS)
    expect(messagesOf(network)).toMatchObject([{ 2: 1, 3: protocol, 4: 'c0000207' }])
  })

  it('leaves out the octets of messages without full', async () => {
    const { loaded, network, clock } = await load('dnstap /tap')
    await askWhole(loaded)
    await clock.advance(FLUSH_INTERVAL_MS)
    const messages = messagesOf(network)
    expect(messages).toHaveLength(2)
    for (const message of messages)
      expect([message[10], message[14]]).toEqual([undefined, undefined])
  })

  it('says who it is, and what else is wanted', async () => {
    const textOf = (hex: unknown) => Buffer.from(String(hex ?? ''), 'hex').toString()
    const corefile =
      'dnstap /tap {\n identity me\n version 7\n extra "{type} {rcode}"\n}\ndnstap /other'
    const { loaded, network, clock, host } = await load(corefile)
    await askWhole(loaded)
    await clock.advance(FLUSH_INTERVAL_MS)
    const envelopes = network.messages.map(fieldsOf)
    expect(envelopes.map((one) => [one[1], one[2], one[3]].map(textOf))).toEqual([
      ['me', '7', 'A -'],
      ['me', '7', 'A NOERROR'],
      [host.identity.hostname, host.identity.program, ''],
      [host.identity.hostname, host.identity.program, ''],
    ])
    expect(envelopes.every((one) => one[15] === 1)).toBe(true)
  })

  it('tells of what a later seal made of the response, and of each message of a long one', async () => {
    const { loaded, network, clock } = await load(undefined, (query) => {
      query.seal = (wire) => new Uint8Array([...wire, 9])
      return query.reply()
    })
    const query = makeQuery('example.org', Type.AXFR)
    await loaded.ask(query)
    expect([...(query.seal?.(new Uint8Array([1])) ?? [])]).toEqual([1, 9])
    query.seal?.(new Uint8Array([2]))
    await clock.advance(FLUSH_INTERVAL_MS)
    const responses = messagesOf(network).filter((message) => message[1] === RESPONSE)
    expect(responses.map((message) => message[14])).toEqual(['0109', '0209'])
  })

  it('tells of queries that get no response', async () => {
    const { loaded, network, clock } = await load(undefined, (query) => query.drop())
    await askWhole(loaded)
    await clock.advance(FLUSH_INTERVAL_MS)
    expect(messagesOf(network)).toMatchObject([{ 1: QUERY }])
  })

  it('does not tell of lookups of plugins', async () => {
    const { loaded, network, clock } = await load()
    const query = makeQuery('example.org', 'A', { depth: 1 })
    await loaded.ask(query)
    expect(query.seal).toBeUndefined()
    await clock.advance(FLUSH_INTERVAL_MS)
    expect(network.messages).toEqual([])
  })

  it('tells of upstreams that were asked, and of what they said', async () => {
    const { loaded, network, clock } = await load()
    const query = makeQuery('example.org', 'A', { client: '192.0.2.7', clientPort: 4242 })
    const upstream = { address: '2001:db8::53', port: 853 }
    const exchange = { query, upstream, transport: 'tls', durationMs: 1500 } as const
    await clock.advance(2000)
    const { upstreamObserver } = loaded.handler.offers ?? {}
    upstreamObserver?.onExchange({ ...exchange, reply: undefined })
    upstreamObserver?.onExchange({ ...exchange, reply: new Uint8Array([1, 2, 3]) })
    const nowMs = clock.wallNow()
    await clock.advance(FLUSH_INTERVAL_MS)
    const ends = {
      ...{ 2: 1, 3: 3, 4: 'c0000207', 5: '20010db8000000000000000000000053', 6: 4242, 7: 853 },
      ...{ 8: Math.floor((nowMs - 1500) / 1000), 9: 500_000_000 },
    }
    const asked = { 1: 7, ...ends, 10: Buffer.from(query.wire).toString('hex') }
    expect(messagesOf(network)).toEqual([
      asked,
      asked,
      { 1: 8, ...ends, 12: nowMs / 1000, 13: 0, 14: '010203' },
    ])
  })

  it('answers at once what is answered at once', async () => {
    const { loaded } = await load(undefined, (query) => query.reply())
    expect(loaded.run(makeQuery('x.org', 'A'))).toBeInstanceOf(Message)
  })
})

describe('the connection to a collector', () => {
  it.each([
    ['dnstap /run/tap', { path: '/run/tap' }],
    ['dnstap tcp://192.0.2.1:6000', { address: '192.0.2.1', port: 6000 }],
    ['dnstap tls://192.0.2.1:6000', { address: '192.0.2.1', tls: { isUnverified: false } }],
    [
      'dnstap tls://tap.test:6000 {\n skipverify\n}',
      { address: 'tap.test', tls: { isUnverified: true, serverName: 'tap.test' } },
    ],
  ])('of %j is made so', async (corefile, options) => {
    const { network } = await load(corefile)
    expect(network.dialled).toMatchObject([options])
  })

  it('is tried again with growing pauses, and messages are kept meanwhile', async () => {
    const { loaded, network, clock, host } = await load(undefined, undefined, (one) => {
      one.connect = 'refuse'
    })
    await askWhole(loaded)
    await clock.advance(MIN_RETRY_MS)
    expect(network.dialled).toHaveLength(2)
    await clock.advance(MIN_RETRY_MS)
    expect(network.dialled).toHaveLength(2)
    network.connect = 'accept'
    await clock.advance(MIN_RETRY_MS)
    expect(network.frames).toEqual([Control.READY, Control.START, 'data', 'data'])
    expect(host.log.lines).toEqual([
      expect.stringMatching(/^\[ERROR\] plugin\/dnstap: unix:\/\/\/tap: ECONNREFUSED; /),
      '[INFO] plugin/dnstap: unix:///tap: connected',
    ])
  })

  it('is made anew when the collector ends it', async () => {
    const { loaded, network, clock } = await load()
    network.cut()
    await askWhole(loaded)
    await clock.advance(MIN_RETRY_MS)
    expect(network.dialled).toHaveLength(2)
    expect(network.messages).toHaveLength(2)
  })

  it.each([
    ['says nothing', undefined, /does not say that it accepts/],
    ['accepts something else', acceptOf('protobuf:other'), /accepts protobuf:other only/],
    ['speaks something else', new TextEncoder().encode('HTTP/1.1 400'), /Frame Streams/],
    ['sends a frame without end', Uint8Array.of(0, 0, 0, 0, 9, 9, 9, 9), /octets/],
    ['sends a frame that is cut short', cutShort(), /cut short/],
  ])('is given up with a collector that %s', async (_, greeting, reason) => {
    const { network, clock, host } = await load(undefined, undefined, (one) => {
      one.greeting = greeting
    })
    await clock.advance(HANDSHAKE_TIMEOUT_MS)
    expect(host.log.lines[0]).toMatch(reason)
    expect(network.frames).not.toContain(Control.START)
  })

  it('keeps a bounded number of messages, and counts the others', async () => {
    const { loaded, network, clock, host } = await load('dnstap /tap', undefined, (one) => {
      one.unsentSize = 2 ** 20
    })
    for (let i = 0; i < MAX_FRAMES + 3; i++) void loaded.run(makeQuery('x.test', 'A'))
    await clock.advance(FLUSH_INTERVAL_MS)
    expect(network.messages).toEqual([])
    const labels = { endpoint: '/tap' }
    const dropped = (): number => host.metrics.value('fingerpost_dnstap_dropped_total', labels)
    expect(dropped()).toBe(3)
    network.unsentSize = 0
    await clock.advance(FLUSH_INTERVAL_MS)
    expect(network.messages).toHaveLength(MAX_FRAMES)
    expect(dropped()).toBe(3)
  })

  it('ends with what is left, when the collector has it', async () => {
    const { loaded, network } = await load()
    await askWhole(loaded)
    await loaded.shutdown()
    expect(network.frames).toEqual([Control.READY, Control.START, 'data', 'data', Control.STOP])
    expect(network.openSockets).toBe(0)
  })

  it('ends without the collector when it says nothing', async () => {
    const { loaded, network, clock } = await load(undefined, undefined, (one) => {
      one.farewell = undefined
    })
    const ended = loaded.shutdown()
    await clock.advance(HANDSHAKE_TIMEOUT_MS)
    await ended
    expect([network.openSockets, clock.openTimers]).toEqual([0, 0])
  })
})

describe('the life of dnstap', () => {
  lifeCycleSuite(dnstap, 'dnstap tcp://192.0.2.1:6000 full', {
    it,
    next: (query) => query.reply(),
    host: () => {
      const clock = new FakeClock()
      return fakeHost({ plugin: 'dnstap', clock, network: new ScriptedCollector(clock) })
    },
    bad: { corefile: 'dnstap tcp://', at: 'tcp://' },
  })
})

function acceptOf(contentType: string): Uint8Array {
  const text = new TextEncoder().encode(contentType)
  const size = 12 + text.length
  return Uint8Array.of(
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    size,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    text.length,
    ...text,
  )
}

function cutShort(): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9)
}
