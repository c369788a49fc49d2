import type { ClientHttp2Session } from 'node:http2'
import { Agent, request as requestTls } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Clock, parseQuery, type Query, type Transport } from '@fingerpost/sdk'
import { FakeClock, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import { openHttps } from './https.ts'
import type { Serve } from './serve.ts'
import type { TcpListener } from './tcp.ts'
import type { TcpLimits } from './tcp-limits.ts'
import {
  type Ask,
  type Asked,
  openSession,
  overHttp1,
  overHttp2,
  overSession,
} from './test-http-peer.ts'
import { TcpClient, testFile, testListener, testTls } from './test-peer.ts'
import { loadTls } from './tls-identity.ts'

const system = await selectRuntime()
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const QUERY = makeQuery('x.test', 'A', { id: 0 }).wire
const IN_URL = `/dns-query?dns=${Buffer.from(QUERY).toString('base64url')}`

/** Answers with a TTL of 300 seconds. */
const answer: Serve = (wire, exchange) => {
  const query = parseQuery(wire, exchange) as Query
  const { wire: reply, size } = replyWith({ answer: ['x.test. 300 IN A 192.0.2.1'] })(query)
  return reply.slice(0, size)
}

interface Given {
  readonly serve?: Serve
  readonly limits?: Partial<TcpLimits>
  readonly clock?: Clock
  readonly isPlain?: boolean
  readonly clientAuth?: 'nocert' | 'require'
}

interface Opened {
  readonly https: TcpListener
  readonly port: number
  readonly statuses: number[]
}

async function open(given: Given = {}): Promise<Opened> {
  const { serve = answer, limits, clock = system.clock, isPlain, clientAuth = 'nocert' } = given
  const statuses: number[] = []
  const where = {
    address: '127.0.0.1',
    port: 0,
    listener: testListener('https' as Transport),
    onHttpResponse: (_: unknown, status: number) => void statuses.push(status),
  }
  const identity = isPlain ? undefined : await loadTls(system.files(''), testTls({ clientAuth }))
  const https = await openHttps({ ...system, clock }, where, serve, limits, identity)
  opened.push({ close: () => https.close(0) })
  return { https, port: https.port, statuses }
}

function session(port: number): ClientHttp2Session {
  const client = openSession(port)
  opened.push({ close: () => client.destroy() })
  return client
}

const GET = { path: IN_URL }
const POST = { method: 'POST', path: '/dns-query' }
const padded = (size: number): Uint8Array => {
  const wire = new Uint8Array(size)
  wire.set(QUERY)
  return wire
}

const versions: readonly [string, boolean, Ask][] = [
  ['HTTP/1.1', false, overHttp1(false)],
  ['HTTP/2', false, overHttp2],
  ['plain HTTP/1.1', true, overHttp1(true)],
]

describe.each(versions)('openHttps over %s', (_, isPlain, ask) => {
  it('answers a GET', async () => {
    const { port, statuses } = await open({ isPlain })
    const { status, headers, body } = await ask(port, GET)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'application/dns-message',
      'cache-control': 'max-age=300',
      'content-length': String(body.length),
    })
    expect([...body.subarray(-4)]).toEqual([192, 0, 2, 1])
    expect(statuses).toEqual([200])
  })

  it('answers a POST, whatever type its body claims', async () => {
    const { port } = await open({ isPlain })
    const headers = { 'content-type': 'text/plain' }
    const { status, body } = await ask(port, { ...POST, body: QUERY, headers })
    expect([status, ...body.subarray(-4)]).toEqual([200, 192, 0, 2, 1])
  })

  it('names the client, its port and the transport', async () => {
    const seen: unknown[] = []
    const { port } = await open({
      isPlain,
      serve: (wire, exchange) => {
        const { listener, clientAddress, clientPort } = exchange
        seen.push([listener.transport, clientAddress, clientPort > 0])
        return answer(wire, exchange)
      },
    })
    await ask(port, GET)
    expect(seen).toEqual([['https', '127.0.0.1', true]])
  })

  it('answers when the answer takes its time', async () => {
    const { port } = await open({
      isPlain,
      serve: (wire, exchange) => {
        const reply = answer(wire, exchange)
        return new Promise((resolve) => void setImmediate(() => resolve(reply as Uint8Array)))
      },
    })
    expect((await ask(port, GET)).status).toBe(200)
  })

  const bad: readonly [string, Asked, number][] = [
    ['another path', { path: '/' }, 404],
    ['a path below', { path: '/dns-query/x' }, 404],
    ['no dns parameter', { path: '/dns-query' }, 400],
    ['another parameter', { path: '/dns-query?name=x.test' }, 400],
    ['two dns parameters', { path: `${IN_URL}&dns=AAAA` }, 400],
    ['padding', { path: '/dns-query?dns=AAA=' }, 400],
    ['plain base64', { path: '/dns-query?dns=AA/A' }, 400],
    ['an impossible length', { path: '/dns-query?dns=AAAAA' }, 400],
    ['an empty message', { path: '/dns-query?dns=' }, 400],
    ['a message without a question', { path: `/dns-query?dns=${'A'.repeat(16)}` }, 400],
    ['a message cut short', { ...POST, body: QUERY.subarray(0, 15) }, 400],
    ['a response', { ...POST, body: QUERY.map((octet, i) => (i === 2 ? 0x80 : octet)) }, 400],
    ['an empty body', { ...POST, body: new Uint8Array(0) }, 400],
    ['a body too large', { ...POST, body: padded(65_537) }, 400],
    ['a body much too large', { ...POST, body: padded(3_000_000) }, 400],
    ['PUT', { method: 'PUT', path: '/dns-query', body: QUERY }, 400],
    ['DELETE', { ...GET, method: 'DELETE' }, 400],
    ['OPTIONS', { ...GET, method: 'OPTIONS' }, 400],
  ]
  it.each(bad)('refuses %s', async (_, asked, status) => {
    const { port, statuses } = await open({ isPlain })
    // A client that still sends may see the end of the connection before the response.
    const isLong = (asked.body?.length ?? 0) > 1_000_000
    const got = await ask(port, asked).then(
      (reply) => reply.status,
      () => (isLong ? status : -1),
    )
    expect([got, statuses]).toEqual([status, [status]])
    expect((await ask(port, GET)).status).toBe(200)
  })

  it('refuses HEAD', async () => {
    const { port } = await open({ isPlain })
    expect((await ask(port, { ...GET, method: 'HEAD' })).status).toBe(400)
  })

  it('says 500 when nothing shall be answered, and when answering failed', async () => {
    const silent = await open({ isPlain, serve: () => undefined })
    expect((await ask(silent.port, GET)).status).toBe(500)
    const failing = await open({ isPlain, serve: () => Promise.reject(new Error('no')) })
    expect((await ask(failing.port, GET)).status).toBe(500)
    expect(failing.https.counts.errors).toBe(1)
  })

  it('takes the largest body', async () => {
    const { port } = await open({ isPlain })
    expect((await ask(port, { ...POST, body: padded(65_536) })).status).toBe(200)
  })

  it('takes a long GET', async () => {
    const { port } = await open({ isPlain })
    const dns = Buffer.from(padded(9000)).toString('base64url')
    expect((await ask(port, { path: `/dns-query?dns=${dns}` })).status).toBe(200)
  })
})

describe('openHttps', () => {
  it('answers many requests in one connection over HTTP/2', async () => {
    const { port, https } = await open()
    const client = session(port)
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        overSession(client, i % 2 === 0 ? GET : { ...POST, body: QUERY }),
      ),
    )
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(https.counts.accepted).toBe(1)
  })

  it('keeps a connection over HTTP/1.1', async () => {
    const { port, https } = await open({ isPlain: true })
    const client = await TcpClient.open(port)
    opened.push({ close: () => client.socket.destroy() })
    const get = `GET ${IN_URL} HTTP/1.1\r\nHost: x\r\n\r\n`
    await client.write(new TextEncoder().encode(get))
    await expect.poll(() => count(client, 'HTTP/1.1 200')).toBe(1)
    await client.write(new TextEncoder().encode(get + get))
    await expect.poll(() => count(client, 'HTTP/1.1 200')).toBe(3)
    expect(https.counts.accepted).toBe(1)
  })

  it('keeps a connection over HTTP/1.1 and TLS', async () => {
    const { port, https } = await open()
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    opened.push({ close: () => agent.destroy() })
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve, reject) => {
        const request = requestTls({ host: '127.0.0.1', port, path: IN_URL, agent })
        request.on('response', (response) => response.resume().on('end', resolve))
        request.on('error', reject).end()
      })
    }
    expect(https.counts.accepted).toBe(1)
  })

  it('shows a new certificate to new connections and drops none', async () => {
    const { port, https } = await open()
    const before = session(port)
    expect((await overSession(before, GET)).status).toBe(200)
    const files = { certPath: testFile('client.crt'), keyPath: testFile('client.key') }
    https.identity = await loadTls(system.files(''), testTls(files))
    const after = session(port)
    expect((await overSession(after, GET)).status).toBe(200)
    expect((await overSession(before, GET)).status).toBe(200)
    const name = await new Promise<unknown>((resolve) => {
      // Deno's client shows the certificate of the session it resumes, which goes by the name.
      const servername = 'fresh.test'
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false, servername }
      const tls: TLSSocket = connectTls(options)
      tls.on('secureConnect', () => resolve(tls.getPeerCertificate().subject.CN))
      opened.push({ close: () => tls.destroy() })
    })
    expect(name).toBe('client.test')
  })

  it('answers nobody without the certificate that clients must have', async () => {
    const { port, statuses } = await open({ clientAuth: 'require' })
    await expect(overHttp1(false)(port, GET)).rejects.toThrow()
    await expect(overHttp2(port, GET)).rejects.toThrow()
    expect(statuses).toEqual([])
  })

  it('closes connections that send nothing, or no whole request', async () => {
    const clock = new FakeClock()
    const { port, https } = await open({ clock })
    const silent = await TcpClient.open(port)
    const plain = await open({ clock, isPlain: true })
    const slow = await TcpClient.open(plain.port)
    await slow.write(new TextEncoder().encode('GET /dns-query HTTP/1.1\r\nHost:'))
    await expect.poll(() => https.connectionCount + plain.https.connectionCount).toBe(2)
    await clock.advance(4000)
    await Promise.all([silent.closed, slow.closed])
    expect(https.connectionCount + plain.https.connectionCount).toBe(0)
  })

  it('refuses a body that does not arrive in time, over HTTP/1.1', async () => {
    const clock = new FakeClock()
    const { port, statuses } = await open({ clock, isPlain: true })
    const slow = await TcpClient.open(port)
    const head = 'POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nabc'
    await slow.write(new TextEncoder().encode(head))
    await turns(clock, statuses)
    await slow.closed
    expect(count(slow, 'HTTP/1.1 408')).toBe(1)
  })

  it('refuses a body that does not arrive in time, over HTTP/2', async () => {
    const clock = new FakeClock()
    const { port, statuses } = await open({ clock })
    const client = session(port)
    const slow = client.request({ ':method': 'POST', ':path': '/dns-query' })
    slow.on('error', () => {})
    slow.write('abc')
    const status = new Promise((resolve) => slow.on('response', (got) => resolve(got[':status'])))
    await turns(clock, statuses)
    expect(await status).toBe(408)
    expect((await overSession(client, GET)).status).toBe(200)
  })

  it('closes connections that are idle', async () => {
    const clock = new FakeClock()
    const { port, https } = await open({ clock, limits: { idleTimeoutMs: 10_000 } })
    const client = session(port)
    const closed = new Promise((resolve) => client.on('close', resolve))
    expect((await overSession(client, GET)).status).toBe(200)
    await expect
      .poll(async () => {
        await clock.advance(1000)
        return https.connectionCount
      })
      .toBe(0)
    await closed
  })

  it('closes the connection that waits longest when there are too many', async () => {
    const { port, https } = await open({ limits: { maxConnections: 2 } })
    const silent = await TcpClient.open(port)
    const client = session(port)
    expect((await overSession(client, GET)).status).toBe(200)
    expect((await overHttp2(port, GET)).status).toBe(200)
    await silent.closed
    expect(https.connectionCount).toBeLessThanOrEqual(2)
    expect((await overSession(client, GET)).status).toBe(200)
  })

  it('answers what is under way before it closes', async () => {
    let release = (): void => {}
    const begun = new Promise<void>((resolve) => {
      release = resolve
    })
    let finish = (_: Uint8Array): void => {}
    const { port, https } = await open({
      serve: (wire, exchange) => {
        const reply = answer(wire, exchange) as Uint8Array
        release()
        return new Promise((resolve) => {
          finish = () => resolve(reply)
        })
      },
    })
    const client = session(port)
    const reply = overSession(client, GET)
    await begun
    const closed = https.close()
    finish(new Uint8Array(0))
    expect((await reply).status).toBe(200)
    await closed
    expect(https.connectionCount).toBe(0)
  })

  it('says what is no HTTP', async () => {
    const { port } = await open({ isPlain: true })
    const client = await TcpClient.open(port)
    await client.write(new TextEncoder().encode('\x00\x01\x02 no HTTP\r\n\r\n'))
    await client.closed
    expect(count(client, 'HTTP/1.1 400')).toBe(1)
    const { port: secure } = await open()
    const reset = connect(secure, '127.0.0.1', () => reset.resetAndDestroy())
    reset.on('error', () => {})
    expect((await overHttp2(secure, GET)).status).toBe(200)
  })

  it('bounds headers', async () => {
    const { port } = await open({ isPlain: true })
    const headers = { 'x-long': 'x'.repeat(150_000) }
    const status = await overHttp1(true)(port, { ...GET, headers }).then(
      (reply) => reply.status,
      () => 431,
    )
    expect(status).toBe(431)
    expect((await overHttp1(true)(port, GET)).status).toBe(200)
  })
})

/** How often a text came over a connection. */
function count(client: TcpClient, text: string): number {
  return new TextDecoder().decode(client.received()).split(text).length - 1
}

/** Lets time pass until there is a response. */
async function turns(clock: FakeClock, statuses: readonly number[]): Promise<void> {
  await expect
    .poll(async () => {
      await clock.advance(500)
      return statuses.length
    })
    .toBe(1)
}
