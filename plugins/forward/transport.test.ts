import { type Message, type Query, Rcode, Type } from '@fingerpost/sdk'
import {
  fakeHost,
  formatMessage,
  loadPlugin,
  makeQuery,
  replyWith,
  type UpstreamAnswer,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import forward from './index.ts'
import { answerOctets, answerWith, silent, timed } from './scripted-answers.ts'
import { MAX_IN_FLIGHT, MAX_UDP_SOCKETS, MAX_WAITING } from './udp-exchange.ts'
import { TICK_MS } from './upkeep.ts'

describe('forwarding over UDP', () => {
  it('passes on the reply of the upstream as it is', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    const message = await loaded.ask('WWW.example.org', 'A')
    expect(formatMessage(message)).toMatchObject({
      rcode: 'NOERROR',
      flags: 'rd ra',
      answer: ['WWW.example.org. 60 IN A 192.0.2.80'],
    })
    await loaded.shutdown()
  })

  it('sends the octets of the query under ids of its own', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    const query = makeQuery('www.example.org', 'A', { id: 7, edns: { size: 1400, do: true } })
    for (let i = 0; i < 20; i++) await loaded.ask(query)
    for (const asked of upstream.asked) expect(asked.wire.slice(2)).toEqual(query.wire.slice(2))
    expect(new Set(upstream.asked.map(({ id }) => id)).size).toBeGreaterThan(15)
    expect(query.id).toBe(7)
    expect(query.wire.slice(0, 2)).toEqual(new Uint8Array([0, 7]))
    await loaded.shutdown()
  })

  it('opens no more than 16 sockets, and replaces them over time', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    for (let i = 0; i < 100; i++) await loaded.ask('www.example.org', 'A')
    expect(host.network.openSockets).toBe(16)
    const before = new Set(upstream.sockets)
    for (let i = 0; i < 1000; i++) {
      await loaded.ask('www.example.org', 'A')
      await host.clock.advance(TICK_MS)
    }
    const open = upstream.sockets.filter(({ isOpen }) => isOpen)
    expect(open.length).toBeLessThanOrEqual(16)
    expect(open.some((socket) => before.has(socket))).toBe(false)
    await loaded.shutdown()
    expect(host.network.openSockets).toBe(0)
  })

  it('closes sockets that nobody uses, and stops its timer', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    await loaded.ask('www.example.org', 'A')
    await host.clock.advance(11_000)
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
    expect(formatMessage(await loaded.ask('www.example.org', 'A')).rcode).toBe('NOERROR')
    await loaded.shutdown()
  })

  it('ignores replies under another id until the time is over', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, (query) => {
      const wire = answerOctets(query)
      wire[0] = (wire[0] as number) ^ 0x55
      return wire
    })
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    expect(await timed(loaded, host)).toMatchObject({ rcode: 'SERVFAIL' })
    await loaded.shutdown()
  })

  it('has a limit of queries in flight, and recovers from it', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, silent)
    const text = 'forward . 192.0.2.1 {\n max_connect_attempts 1\n max_fails 0\n}'
    const loaded = await loadPlugin(forward, text, { host })
    const query = makeQuery('a.test', 'A')
    const causes: string[] = []
    const note = async (): Promise<void> => {
      causes.push(String((await loaded.ask(query)).cause))
    }
    const waiting = Array.from({ length: MAX_WAITING + 1 }, note)
    await host.clock.settle()
    expect(causes).toEqual([expect.stringContaining(`more than ${MAX_WAITING} queries wait`)])
    for (let i = 0; i < MAX_UDP_SOCKETS; i++) {
      waiting.push(note())
      await host.clock.settle()
    }
    const most = MAX_UDP_SOCKETS * MAX_IN_FLIGHT
    for (let i = 0; i < most; i++) waiting.push(note())
    await host.clock.settle()
    expect(causes.at(-1)).toContain(`more than ${most} queries wait`)
    await host.clock.advance(2100)
    await Promise.all(waiting)
    upstream.answer = answerWith('192.0.2.80')
    expect(formatMessage(await loaded.ask(query)).rcode).toBe('NOERROR')
    await loaded.shutdown()
  })

  it('takes no very late reply for that of the query that has its id by then', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, silent)
    const text = 'forward . 192.0.2.1 {\n max_fails 0\n max_connect_attempts 1\n}'
    const loaded = await loadPlugin(forward, text, { host })
    // Each socket has seen a query that was given up.
    for (let i = 0; i < 40; i++) void loaded.ask('slow.example.org', 'A')
    for (let i = 0; i < 100; i++) await host.clock.advance(TICK_MS)
    const late = makeQuery('slow.example.org', 'A')
    upstream.answer = (query) => {
      const octets = answerOctets(late)
      octets[0] = query.id >> 8
      octets[1] = query.id
      for (const socket of upstream.sockets) if (socket.isOpen) socket.send(octets.slice())
      return { afterMs: 10, reply: answerWith('192.0.2.80')(query) as Message }
    }
    const answer = loaded.ask('www.example.org', 'A')
    await host.clock.advance(10)
    expect(formatMessage(await answer).answer).toEqual(['www.example.org. 60 IN A 192.0.2.80'])
    await loaded.shutdown()
  })

  it('answers FORMERR when the question of the reply is another one', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, (query) =>
      query.with({ qtype: 28 }).reply({ rcode: Rcode.NOERROR }),
    )
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    expect(formatMessage(await loaded.ask('www.example.org', 'A')).rcode).toBe('FORMERR')
    await loaded.shutdown()
  })

  it('makes an empty truncated reply of one that is larger than the client allows', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const answer = Array.from({ length: 40 }, (_, i) => `a.test. 60 IN A 192.0.2.${i}`)
    host.network.udpUpstream('192.0.2.1', 53, replyWith({ answer }))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    const small = formatMessage(await loaded.ask('a.test', 'A'))
    expect(small.answer).toEqual([])
    expect(small.flags).toContain('tc')
    const large = formatMessage(await loaded.ask('a.test', 'A', { edns: 4096 }))
    expect(large.answer).toHaveLength(40)
    await loaded.shutdown()
  })
})

describe('damaged replies', () => {
  const cut = (query: Query): Uint8Array => answerOctets(query).slice(0, -3)
  // Priority 1, target ".", alpn=h2, and a parameter whose length is cut in two.
  const rdata = new Uint8Array([0, 1, 0, 0, 1, 0, 3, 2, 0x68, 0x32, 0, 0, 0])
  const brokenParams: UpstreamAnswer = (query) =>
    query.reply({
      answer: [{ owner: query.qname, type: Type.HTTPS, class: 1, ttlSeconds: 5, rdata }],
    })

  it.each([
    ['A', cut],
    ['HTTPS', brokenParams],
  ] as const)('become empty and truncated over UDP: %s', async (type, answer) => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, answer)
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    const message = formatMessage(await loaded.ask('a.test', type))
    expect(message).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(message.flags).toContain('tc')
    await loaded.shutdown()
  })

  it.each([
    ['A', cut],
    ['HTTPS', brokenParams],
  ] as const)('are a fault of the upstream over TCP: %s', async (type, answer) => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.streamUpstream('192.0.2.1', 53, answer)
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    const message = await loaded.ask('a.test', type, { transport: 'tcp' })
    expect(formatMessage(message).rcode).toBe('SERVFAIL')
    expect(String(message.cause)).toContain('malformed')
    await loaded.shutdown()
  })

  it('never crash, wherever they are cut', async () => {
    const host = fakeHost({ plugin: 'forward' })
    let size = 0
    host.network.udpUpstream('192.0.2.1', 53, (query) => answerOctets(query).slice(0, size))
    const text = 'forward . 192.0.2.1 {\n max_connect_attempts 1\n read_timeout 100ms\n}'
    const loaded = await loadPlugin(forward, text, { host })
    for (; size < 40; size++) {
      const { rcode } = await timed(loaded, host, 'a.test')
      expect(rcode).toBe(size < 12 ? 'SERVFAIL' : size < 24 ? 'FORMERR' : 'NOERROR')
    }
    await loaded.shutdown()
  })
})

describe('transports', () => {
  it('asks over TCP what was asked over TCP', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const udp = host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const tcp = host.network.streamUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    await loaded.ask('a.test', 'A')
    await loaded.ask('a.test', 'A', { transport: 'tcp' })
    expect([udp.asked.length, tcp.asked.length]).toEqual([1, 1])
    await loaded.shutdown()
  })

  it('repeats a truncated reply over TCP with prefer_udp', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const udp = host.network.udpUpstream('192.0.2.1', 53, replyWith({ flags: 'tc' }))
    const tcp = host.network.streamUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1 {\n prefer_udp\n}', { host })
    const message = await loaded.ask('a.test', 'A', { transport: 'tcp' })
    expect(formatMessage(message).answer).toHaveLength(1)
    expect([udp.asked.length, tcp.asked.length]).toEqual([1, 1])
    await loaded.shutdown()
  })

  it('sends what is large for a datagram over TCP', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const tcp = host.network.streamUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1 {\n prefer_udp\n}', { host })
    const options = [{ code: 12, data: new Uint8Array(60_000) }]
    const edns = { size: 1232, options }
    const message = await loaded.ask('a.test', 'A', { transport: 'tcp', edns })
    expect(formatMessage(message).answer).toHaveLength(1)
    expect(tcp.asked).toHaveLength(1)
    await loaded.shutdown()
  })

  it('uses TLS and its server name for tls:// upstreams', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.files.set('ca.pem', '-----BEGIN CERTIFICATE-----\n')
    const upstream = host.network.streamUpstream('192.0.2.1', 853, answerWith('192.0.2.80'))
    const text = 'forward . tls://192.0.2.1 {\n tls ca.pem\n tls_servername dns.test\n}'
    const loaded = await loadPlugin(forward, text, { host })
    await loaded.ask('a.test', 'A')
    expect(upstream.asked[0]?.listener.transport).toBe('tls')
    expect(upstream.sockets[0]?.options).toMatchObject({
      tls: { serverName: 'dns.test', ca: '-----BEGIN CERTIFICATE-----\n' },
    })
    await loaded.shutdown()
  })

  it('asks an https:// upstream by POST or GET with id 0', async () => {
    for (const method of ['POST', 'GET']) {
      const asked: { url: string; init: RequestInit | undefined }[] = []
      const answer: typeof fetch = Object.assign(
        async (url: string | URL | Request, init?: RequestInit) => {
          asked.push({ url: String(url), init })
          const reply = answerOctets(makeQuery('a.test', 'A', { id: 0 }))
          return new Response(reply as Uint8Array<ArrayBuffer>)
        },
        { preconnect: () => {} },
      )
      const host = fakeHost({ plugin: 'forward', fetch: answer })
      const text = `forward . https://192.0.2.1 {\n doh_method ${method}\n}`
      const loaded = await loadPlugin(forward, text, { host })
      const message = await loaded.ask('a.test', 'A', { id: 77 })
      expect(formatMessage(message).rcode).toBe('NOERROR')
      expect(asked[0]?.init?.method).toBe(method)
      const url = 'https://192.0.2.1:443/dns-query'
      const get = `${url}?dns=AAABAAABAAAAAAAAAWEEdGVzdAAAAQAB`
      expect(asked[0]?.url).toBe(method === 'GET' ? get : url)
      await loaded.shutdown()
    }
  })

  it('gives up an https:// upstream that does not answer', async () => {
    const hang: typeof fetch = Object.assign(() => new Promise<Response>(() => {}), {
      preconnect: () => {},
    })
    const host = fakeHost({ plugin: 'forward', fetch: hang })
    const loaded = await loadPlugin(forward, 'forward . https://192.0.2.1', { host })
    expect(await timed(loaded, host)).toMatchObject({ rcode: 'SERVFAIL' })
    await loaded.shutdown()
  })
})
