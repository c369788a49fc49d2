import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type ProxyProtocolSettings, parseCidr } from '@fingerpost/sdk'
import { FakeClock } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import { openPlace, type Place, type PlaceOptions } from './open-place.ts'
import { DatagramProxy } from './proxy-policy.ts'
import type { MutableExchange, Serve } from './serve.ts'
import { overSession } from './test-http-peer.ts'
import { echo, framed, idOf, testListener, testQuery, testTls, UdpClient } from './test-peer.ts'
import { loadTls } from './tls-identity.ts'

const system = await selectRuntime()
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const everyone: ProxyProtocolSettings = {
  networks: [],
  otherwise: 'use',
  udpSessionMs: 0,
  maxUdpSessions: 2,
}
const CLIENT = { address: '192.0.2.1', port: 12345 }
const HEADER = 'PROXY TCP4 192.0.2.1 198.51.100.1 12345 53\r\n'
const loopback = { networks: [parseCidr('127.0.0.0/8')!], otherwise: 'reject' } as const

/** A place that notes whom it answers. */
async function open(
  transport: 'dns' | 'tls' | 'https',
  settings: Partial<ProxyProtocolSettings> = {},
  options: Partial<PlaceOptions> = {},
): Promise<{ place: Place; seen: { address: string; port: number }[] }> {
  const seen: { address: string; port: number }[] = []
  const serve: Serve = (wire, exchange) => {
    seen.push({ address: exchange.clientAddress, port: exchange.clientPort })
    return echo(wire, exchange)
  }
  const tls = transport === 'dns' ? undefined : await loadTls(system.files(''), testTls())
  const where: PlaceOptions = {
    transport,
    address: '127.0.0.1',
    port: 0,
    listener: (one, port) => testListener(one)(port),
    tls,
    ...options,
  }
  const place = await openPlace(system, where, serve)
  place.configure({ ...where, proxy: { ...everyone, ...settings } })
  opened.push({ close: () => place.close(0) })
  return { place, seen }
}

/** A connection that has sent `start`. */
function dial(port: number, ...start: readonly (string | Uint8Array)[]): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, async () => {
      for (const piece of start) {
        socket.write(piece)
        // Each is a segment of its own.
        await new Promise((sent) => setTimeout(sent, 5))
      }
      resolve(socket)
    })
    socket.on('error', () => {})
    opened.push({ close: () => socket.destroy() })
  })
}

function secure(socket: Socket, protocol: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { socket, rejectUnauthorized: false, ALPNProtocols: [protocol] }
    const tls = connectTls(options, () => resolve(tls))
    tls.on('error', reject)
  })
}

/** A query for the root's addresses, for HTTP. */
function encodedQuery(id: number): string {
  const query = testQuery(id, 17)
  query.set([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], 4)
  return Buffer.from(query).toString('base64url')
}

/** What comes until there are `size` octets, or the end. */
function take(socket: Socket | TLSSocket, size = Number.POSITIVE_INFINITY): Promise<Buffer> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      if (held.length >= size) resolve(held)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(held))
    if (socket.closed) resolve(held)
    socket.on('end', () => resolve(held))
    socket.resume()
  })
}

describe('behind a balancer, a connection', () => {
  it.each([
    ['in one segment', [Buffer.concat([Buffer.from(HEADER), framed(testQuery(7))])]],
    ['in pieces', ['PROXY TC', HEADER.slice(8), framed(testQuery(7))]],
  ])('over TCP is its client’s, %s', async (_, pieces) => {
    const { place, seen } = await open('dns', loopback)
    const socket = await dial(place.port, ...pieces)
    expect(idOf((await take(socket, 14)).subarray(2))).toBe(7)
    expect(seen).toEqual([CLIENT])
  })

  it('over TCP goes on, is answered to the end, and closes', async () => {
    const { place, seen } = await open('dns')
    const socket = await dial(place.port, HEADER, framed(testQuery(1)), framed(testQuery(2)))
    socket.end(framed(testQuery(3)))
    expect((await take(socket)).length).toBe(3 * 14)
    expect(seen).toEqual([CLIENT, CLIENT, CLIENT])
  })

  it('over TLS is its client’s', async () => {
    const { place, seen } = await open('tls')
    const tls = await secure(await dial(place.port, HEADER), 'dot')
    tls.write(framed(testQuery(7)))
    expect(idOf((await take(tls, 14)).subarray(2))).toBe(7)
    expect(seen).toEqual([CLIENT])
  })

  it('over HTTP/1.1, with TLS and without, is its client’s', async () => {
    const request = `GET /dns-query?dns=${encodedQuery(7)} HTTP/1.1\r\nHost: a\r\n\r\n`
    for (const options of [{}, { tls: undefined }]) {
      const { place, seen } = await open('https', {}, options)
      const raw = await dial(place.port, HEADER)
      const socket = 'tls' in options ? raw : await secure(raw, 'http/1.1')
      socket.write(request)
      expect(String(await take(socket, 15))).toMatch(/^HTTP\/1.1 200/)
      expect(seen).toEqual([CLIENT])
    }
  })

  it('over HTTP/2 is its client’s, each of several', async () => {
    const { place, seen } = await open('https')
    for (const port of [1, 2]) {
      const header = HEADER.replace('12345', String(port))
      const tls = await secure(await dial(place.port, header), 'h2')
      const session = connectHttp2('https://localhost', { createConnection: () => tls })
      opened.push({ close: () => session.destroy() })
      const path = `/dns-query?dns=${encodedQuery(port)}`
      expect((await overSession(session, { path })).status).toBe(200)
    }
    expect(seen).toEqual([1, 2].map((port) => ({ ...CLIENT, port })))
  })

  it('without a header is served as its own', async () => {
    const { place, seen } = await open('dns')
    await take(await dial(place.port, framed(testQuery(7))), 14)
    expect(seen).toMatchObject([{ address: '127.0.0.1' }])
  })

  it.each([
    ['ignore', 1],
    ['reject', 0],
    ['skip', 0],
  ] as const)('that nobody allowed: %s', async (otherwise, answers) => {
    const { place, seen } = await open('dns', { networks: [], otherwise })
    const socket = await dial(place.port, HEADER, framed(testQuery(7)))
    socket.end()
    expect((await take(socket)).length).toBe(answers * 14)
    expect(seen.filter(({ address }) => address === '127.0.0.1').length).toBe(answers)
    expect(seen).not.toContainEqual(CLIENT)
  })

  it.each(['tls', 'dns', 'https'] as const)('with nonsense as a header ends: %s', async (kind) => {
    const { place, seen } = await open(kind)
    await take(await dial(place.port, 'PROXY nonsense\r\n'))
    expect(seen).toEqual([])
  })

  it('that tells nothing is closed in time', async () => {
    const { place } = await open('dns', {}, { limits: { firstQueryTimeoutMs: 10 } })
    expect((await take(await dial(place.port, 'PROXY '))).length).toBe(0)
  })
})

describe('behind a balancer, a datagram', () => {
  it('is its client’s, and the answer goes the way back', async () => {
    const { place, seen } = await open('dns')
    const client = new UdpClient()
    opened.push(client)
    const datagram = Buffer.concat([Buffer.from(HEADER), testQuery(7)])
    expect(idOf((await client.ask(datagram, place.port)).bytes)).toBe(7)
    expect(idOf((await client.ask(testQuery(8), place.port)).bytes)).toBe(8)
    expect(seen).toMatchObject([CLIENT, { address: '127.0.0.1' }])
  })
})

describe('the headers of datagrams', () => {
  const at = (address: string, port = 1): MutableExchange => ({
    listener: testListener('udp')(53),
    clientAddress: address,
    clientPort: port,
  })
  const header = new TextEncoder().encode(HEADER)
  const query = testQuery(1)
  const whole = Uint8Array.from([...header, ...query])
  const BALANCER = '10.0.0.1'
  const rules = { ...everyone, networks: [parseCidr('10.0.0.0/8')!] }

  it.each([
    ['use', BALANCER, CLIENT.address],
    ['use', '::ffff:10.0.0.1', CLIENT.address],
    ['use', '192.0.2.9', CLIENT.address],
    ['ignore', '192.0.2.9', '192.0.2.9'],
    ['ignore', 'fe80::1%eth0', 'fe80::1%eth0'],
  ] as const)('where others are told to %s, from %s', (otherwise, from, client) => {
    const exchange = at(from)
    const proxy = new DatagramProxy({ ...rules, otherwise }, () => 0)
    expect(proxy.open(whole, exchange)).toEqual(query)
    expect(exchange.clientAddress).toBe(client)
  })

  it('that are not to be used or make no sense', () => {
    const proxy = new DatagramProxy({ ...rules, otherwise: 'reject' }, () => 0)
    expect(proxy.open(whole, at('192.0.2.9'))).toBeUndefined()
    expect(proxy.open(query, at('192.0.2.9'))).toBe(query)
    expect(proxy.open(header.subarray(0, 20), at(BALANCER))).toBeUndefined()
    proxy.settings = { ...rules, otherwise: 'skip' }
    expect(proxy.open(whole, at('192.0.2.9'))).toBe(whole)
  })

  it('may hold for those that follow, for a time, for the newest clients', async () => {
    const clock = new FakeClock()
    const proxy = new DatagramProxy({ ...rules, udpSessionMs: 1000 }, () => clock.now())
    const clientAt = (port: number): string => {
      const exchange = at(BALANCER, port)
      proxy.open(query, exchange)
      return exchange.clientAddress
    }
    expect(proxy.open(header, at(BALANCER, 1))).toBeUndefined()
    expect([clientAt(1), clientAt(2)]).toEqual([CLIENT.address, BALANCER])
    await clock.advance(900)
    expect(clientAt(1)).toBe(CLIENT.address)
    await clock.advance(900)
    expect(clientAt(1)).toBe(CLIENT.address)
    for (const port of [2, 3]) proxy.open(header, at(BALANCER, port))
    expect([1, 2, 3].map(clientAt)).toEqual([BALANCER, CLIENT.address, CLIENT.address])
    await clock.advance(1001)
    expect(clientAt(3)).toBe(BALANCER)
  })
})
