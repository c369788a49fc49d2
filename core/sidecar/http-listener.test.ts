import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { answerFaults, limitBody, readBody, route } from './http-fault.ts'
import { defaultHttpLimits, type HttpLimits } from './http-limits.ts'
import { type HttpFetch, HttpListener } from './http-listener.ts'
import { RawClient } from './test-client.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function listen(fetch: HttpFetch, limits: Partial<HttpLimits> = {}): Promise<HttpListener> {
  const all = { ...defaultHttpLimits, ...limits }
  const place = { address: '127.0.0.1', port: 0 }
  const listener = await HttpListener.open(place, fetch, systemClock, all)
  open.push(listener)
  return listener
}

async function connect(listener: HttpListener): Promise<RawClient> {
  const client = await RawClient.connect(listener.port)
  open.push(client)
  return client
}

function testApp(): HttpFetch {
  const app = new Hono()
  answerFaults(app, () => {})
  app.use(limitBody(1024))
  route(app, '/text', { GET: (c) => c.text('hello') })
  route(app, '/count', { POST: async (c) => c.text(`${(await readBody(c, 1024)).length}`) })
  return (request) => app.fetch(request)
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`
const post = (path: string, headers: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a.test\r\n${headers}\r\n\r\n`
const soon: Partial<HttpLimits> = { requestTimeoutMs: 400 }

describe('an HTTP listener', () => {
  it('answers one request after the other on a connection', async () => {
    const client = await connect(await listen(testApp()))
    await client.send(get('/text'))
    await client.until(/hello$/)
    await client.send(get('/text'))
    await client.until(/hello[\s\S]*hello$/)
    expect(client.isClosed).toBe(false)
  })

  it('answers requests that are sent at once, in their order', async () => {
    const client = await connect(await listen(testApp()))
    await client.send(get('/text') + get('/nothing') + get('/text'))
    const text = await client.until(/(hello[\s\S]*){2}$/)
    expect(text.match(/HTTP\/1.1 \d+/g)?.map((line) => line.slice(9))).toEqual([
      '200',
      '404',
      '200',
    ])
  })

  it.each([
    ['a length', 'Content-Length: 5', 'abcde', '5'],
    ['no octets', 'Content-Length: 0', '', '0'],
    ['neither length nor body', 'A: a', '', '0'],
    ['chunks', 'Transfer-Encoding: chunked', '2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n', '5'],
  ])('reads a body with %s', async (_, headers, body, size) => {
    const client = await connect(await listen(testApp()))
    await client.send(post('/count', headers) + body)
    expect(await client.until(/\r\n\r\n./)).toMatch(
      new RegExp(`^HTTP/1.1 200 [\\s\\S]*\\n${size}$`),
    )
  })

  it('works on few requests at a time, however many are sent at once', async () => {
    let busy = 0
    let most = 0
    const listener = await listen(async (request) => {
      most = Math.max(most, ++busy)
      await new Promise((resolve) => setImmediate(resolve))
      busy--
      return new Response(request.url.slice(-4))
    })
    const client = await connect(listener)
    await client.send(get('/').repeat(1000) + get('/last'))
    await client.until(/last$/)
    expect(most).toBeLessThan(100)
  })

  it('tells who asks', async () => {
    const listener = await listen((_, { client }) => Response.json(client))
    const response = await fetch(`http://127.0.0.1:${listener.port}/`)
    expect(await response.json()).toEqual({ address: '127.0.0.1', port: expect.any(Number) })
  })

  it('listens on all addresses without one', async () => {
    const place = { address: '', port: 0 }
    const listener = await HttpListener.open(place, testApp(), systemClock, defaultHttpLimits)
    open.push(listener)
    const response = await fetch(`http://127.0.0.1:${listener.port}/text`)
    expect(await response.text()).toBe('hello')
  })

  it('names the address that it can not have', async () => {
    const { port } = await listen(testApp())
    const again = HttpListener.open(
      { address: '127.0.0.1', port },
      testApp(),
      systemClock,
      defaultHttpLimits,
    )
    await expect(again).rejects.toThrow(`listen tcp 127.0.0.1:${port}: address already in use`)
  })

  it('answers who had connected before it closes, and asks now', async () => {
    const listener = await listen(testApp())
    const [slow, answered, silent] = [
      await connect(listener),
      await connect(listener),
      await connect(listener),
    ]
    await answered.send(get('/text'))
    await answered.until(/hello$/)
    await expect.poll(() => listener.connectionCount).toBe(3)
    const closed = listener.close()
    await slow.send(get('/text'))
    expect(await slow.closed()).toMatch(/^HTTP\/1.1 200 OK[\s\S]*hello$/)
    expect(await answered.closed()).toMatch(/hello$/)
    expect(await silent.closed()).toBe('')
    await closed
  })

  it('sends what is under way before it closes', async () => {
    let finish = (): void => {}
    const answer = new Promise<Response>((resolve) => {
      finish = () => resolve(new Response('late'))
    })
    let asked = (): void => {}
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    const listener = await listen(() => {
      asked()
      return answer
    })
    const [busy, idle] = [await connect(listener), await connect(listener)]
    await busy.send(get('/'))
    await isAsked
    const closed = listener.close()
    await idle.closed()
    finish()
    expect(await busy.closed()).toMatch(/^HTTP\/1.1 200 OK[\s\S]*late$/)
    await closed
    await expect(RawClient.connect(listener.port)).rejects.toThrow()
  })
})

describe('a bad request', () => {
  it.each([
    ['no HTTP at all', 'HELO there\r\n\r\n', 400],
    ['DNS over TCP', '\x00\x1d\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['no host', 'GET /text HTTP/1.1\r\n\r\n', 400],
    ['a host that is none', 'GET /text HTTP/1.1\r\nHost: a b/c?\r\n\r\n', 400],
    ['a header without a colon', 'GET /text HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n', 400],
    ['a length that is none', post('/count', 'Content-Length: ten'), 400],
    ['a length below 0', post('/count', 'Content-Length: -1'), 400],
    ['two lengths', post('/count', 'Content-Length: 1\r\nContent-Length: 2'), 400],
    ['a length and chunks', post('/count', 'Content-Length: 3\r\nTransfer-Encoding: chunked'), 400],
    ['a chunk that is none', `${post('/count', 'Transfer-Encoding: chunked')}zz\r\n`, 400],
    ['headers that are too large', `GET /text HTTP/1.1\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a path that is too long', get(`/${'a'.repeat(20_000)}`), 431],
    ['headers without end', `GET /text HTTP/1.1\r\n${'A: a\r\n'.repeat(100_000)}`, 431],
    ['a body said to be too large', post('/count', 'Content-Length: 1025'), 413],
    [
      'a body that turns out too large',
      `${post('/count', 'Transfer-Encoding: chunked')}401\r\n${'x'.repeat(0x401)}\r\n`,
      413,
    ],
    ['the wrong method', get('/count'), 405],
    ['an unknown path', get('/other'), 404],
  ])('with %s is refused, and the listener goes on', async (_, request, status) => {
    const listener = await listen(testApp())
    const client = await connect(listener)
    await client.send(request)
    expect(await client.until(/\r\n\r\n/)).toMatch(`HTTP/1.1 ${status} `)
    const other = await connect(listener)
    await other.send(get('/text'))
    await other.until(/hello$/)
  })

  it('says in JSON what is wrong', async () => {
    const client = await connect(await listen(testApp()))
    await client.send('HELO\r\n\r\n')
    const body = (await client.closed()).split('\r\n\r\n')[1]
    expect(JSON.parse(body ?? '')).toEqual({
      error: { code: 'bad-request', message: 'this is not HTTP/1.1' },
    })
  })

  it('that goes on and on is answered once and cut off', async () => {
    const client = await connect(await listen(testApp(), soon))
    await client.send(post('/count', 'Transfer-Encoding: chunked'))
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    while (!client.isClosed) await client.send(chunk)
    const statuses = client.text.match(/HTTP\/1.1 \d+/g) ?? []
    // What was said may be lost: the connection ends while more is on its way.
    expect([[], ['HTTP/1.1 413']]).toContainEqual(statuses)
  })
})

describe('a slow client', () => {
  it('that says nothing is closed without a word', async () => {
    const client = await connect(await listen(testApp(), soon))
    expect(await client.closed()).toBe('')
  })

  it.each([
    ['headers', 'GET /text HTTP/1.1\r\nHost: a.test\r\nA: '],
    ['its body', `${post('/count', 'Content-Length: 100')}`],
    ['chunks', `${post('/count', 'Transfer-Encoding: chunked')}`],
  ])('that drips %s gets 408', async (what, start) => {
    const client = await connect(await listen(testApp(), soon))
    await client.send(start)
    const drip = setInterval(() => void client.send(what === 'chunks' ? '1\r\na\r\n' : 'a'), 50)
    try {
      expect(await client.closed()).toMatch('HTTP/1.1 408 Request Timeout')
    } finally {
      clearInterval(drip)
    }
  })

  it('is closed when it asks nothing more', async () => {
    const client = await connect(await listen(testApp(), soon))
    await client.send(get('/text'))
    expect(await client.closed()).toMatch(/hello$/)
  })

  it('that does not read its response is closed', async () => {
    const large = 'x'.repeat(32 * 1024 * 1024)
    const limits = { requestTimeoutMs: 300, responseTimeoutMs: 300 }
    const listener = await listen(() => new Response(large), limits)
    const client = await connect(listener)
    client.stopReading()
    await client.send(get('/'))
    while (listener.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  })
})

describe('too many connections', () => {
  it('push out those that wait longest, silent ones too', async () => {
    const listener = await listen(testApp(), { maxConnections: 3 })
    const clients: RawClient[] = []
    for (let i = 0; i < 5; i++) clients.push(await connect(listener))
    await clients[0]?.closed()
    await clients[1]?.closed()
    await clients[4]?.send(get('/text'))
    await clients[4]?.until(/hello$/)
    expect(clients.map(({ isClosed }) => isClosed)).toEqual([true, true, false, false, false])
    expect(listener.connectionCount).toBe(3)
  })

  it('do not push out requests that are worked on', async () => {
    let asked = 0
    const listener = await listen(
      () => {
        asked++
        return new Promise(() => {})
      },
      { maxConnections: 2, closeGraceMs: 0 },
    )
    const [first, second] = [await connect(listener), await connect(listener)]
    await first.send(get('/'))
    await second.send(get('/'))
    while (asked < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    const third = await connect(listener)
    expect(await third.closed()).toBe('')
    expect([first.isClosed, second.isClosed]).toEqual([false, false])
  })
})
