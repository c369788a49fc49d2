import { type ChainObserver, Message, Metadata, type Query } from '@fingerpost/sdk'
import {
  FakeClock,
  fakeHost,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  type NextAnswer,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { EXPORT_TIMEOUT_MS } from './exporter.ts'
import trace from './index.ts'

const INTERVAL_MS = 1000

/** An endpoint that takes spans, and what it was sent. */
class Receiver {
  readonly bodies: unknown[] = []
  readonly urls: string[] = []
  answer: (signal: AbortSignal) => Promise<Response> = async () => new Response('{}')
  readonly fetch: typeof fetch = Object.assign(
    (input: string | URL | Request, init?: RequestInit) => {
      this.urls.push(String(input))
      this.bodies.push(JSON.parse(String(init?.body)))
      return this.answer(init?.signal as AbortSignal)
    },
    { preconnect() {} },
  )
}

async function load(corefile: string, next: NextAnswer = (query) => query.reply()) {
  const clock = new FakeClock()
  const receiver = new Receiver()
  const host = fakeHost({ plugin: 'trace', clock, fetch: receiver.fetch })
  const loaded = await loadPlugin(trace, corefile, { host, next })
  const observer = loaded.handler.offers?.chainObserver as ChainObserver
  return { loaded, clock, receiver, host, observer }
}

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: { key: string; value: { stringValue: string } }[]
  readonly status?: { code: number; message: string }
}

interface OtlpBody {
  readonly resourceSpans: {
    resource: unknown
    scopeSpans: { spans: OtlpSpan[] }[]
  }[]
}

function otlpSpans(receiver: Receiver): OtlpSpan[] {
  return (receiver.bodies as OtlpBody[]).flatMap(
    (body) => body.resourceSpans[0]?.scopeSpans[0]?.spans ?? [],
  )
}

describe('trace', () => {
  it('sends a span of the query and one of each plugin, below the one that asked it', async () => {
    const { loaded, clock, receiver, observer } = await load('trace otlp c.test {\n service dns\n}')
    const startMs = clock.wallNow()
    loaded.next = async (query) => {
      observer.enter('pass', query)?.end(undefined)
      const own = observer.enter('own', query)
      const other = query.with({ id: 1 })
      own?.asksOn(other)
      const inner = observer.enter('inner', other)
      await clock.advance(20)
      inner?.end(undefined, new Error('broken'))
      own?.end(query.reply())
      return query.reply()
    }
    await loaded.ask('Example.org', 'AAAA', { client: '192.0.2.7' })
    await clock.advance(INTERVAL_MS)
    expect(receiver.urls).toEqual(['http://c.test:4318/v1/traces'])
    const spans = otlpSpans(receiver)
    const root = spans.find(({ name }) => name === 'servedns')
    const own = spans.find(({ name }) => name === 'own')
    expect(spans.map(({ name, parentSpanId, kind }) => [name, parentSpanId, kind])).toEqual([
      ['pass', root?.spanId, 1],
      ['inner', own?.spanId, 1],
      ['own', root?.spanId, 1],
      ['servedns', undefined, 2],
    ])
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(root?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(4)
    expect(root?.spanId).toMatch(/^[0-9a-f]{16}$/)
    expect([root?.startTimeUnixNano, root?.endTimeUnixNano]).toEqual([
      `${startMs}000000`,
      `${startMs + 20}000000`,
    ])
    expect(
      Object.fromEntries(root?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? []),
    ).toEqual({
      'coredns.io/name': 'example.org.',
      'coredns.io/type': 'AAAA',
      'coredns.io/proto': 'udp',
      'coredns.io/remote': '192.0.2.7',
      'coredns.io/rcode': 'NOERROR',
    })
    expect(spans[1]?.status).toEqual({ code: 2, message: 'broken' })
    expect((receiver.bodies[0] as OtlpBody).resourceSpans[0]?.resource).toEqual({
      attributes: [{ key: 'service.name', value: { stringValue: 'dns' } }],
    })
  })

  it("speaks Zipkin's API", async () => {
    const { loaded, clock, receiver, observer } = await load('trace z.test')
    const startMs = clock.wallNow()
    loaded.next = (query) => {
      observer.enter('inner', query)?.end(query.reply())
      return query.reply()
    }
    await loaded.ask('example.org')
    await clock.advance(INTERVAL_MS)
    expect(receiver.urls).toEqual(['http://z.test:9411/api/v2/spans'])
    const [inner, root] = receiver.bodies[0] as [{ parentId: string }, { id: string }]
    expect(root).toMatchObject({
      name: 'servedns',
      kind: 'SERVER',
      timestamp: startMs * 1000,
      duration: 1,
      localEndpoint: { serviceName: 'coredns' },
      tags: { 'coredns.io/name': 'example.org.' },
    })
    expect(inner).toMatchObject({ name: 'inner', parentId: root.id })
  })

  it.each([
    ['trace', 4, 4],
    ['trace {\n every 0\n}', 4, 4],
    ['trace {\n every 3\n}', 7, 2],
  ])('%j traces of %i queries %i', async (corefile, asked, traced) => {
    const { loaded, clock, receiver } = await load(corefile)
    for (let i = 0; i < asked; i++) await loaded.ask('example.org')
    await clock.advance(INTERVAL_MS)
    expect(receiver.bodies.flat()).toHaveLength(traced)
  })

  it('watches no plugin of a query that is not traced', async () => {
    let visit: unknown = 'none'
    const { loaded, observer } = await load('trace {\n every 2\n}', (query: Query) => query.reply())
    loaded.next = (query) => {
      visit = observer.enter('inner', query)
      return query.reply()
    }
    await loaded.ask('example.org')
    expect(visit).toBeUndefined()
    await loaded.ask('example.org')
    expect(visit).toBeDefined()
    expect(observer.enter('late', makeQuery('example.org'))).toBeUndefined()
  })

  it('does not trace lookups of plugins by themselves', async () => {
    const { loaded, clock, receiver } = await load('trace')
    await loaded.ask('example.org', 'A', { depth: 1 })
    await clock.advance(INTERVAL_MS)
    expect(receiver.bodies).toEqual([])
  })

  it('tells other plugins the id of the trace', async () => {
    const { loaded, clock, receiver } = await load('trace otlp')
    const query = makeQuery('example.org')
    query.metadata = new Metadata([], query)
    await loaded.ask(query)
    await clock.advance(INTERVAL_MS)
    expect(query.metadata.get('trace/traceid')).toBe(otlpSpans(receiver)[0]?.traceId)
  })

  it('answers at once what is answered at once', async () => {
    const { loaded } = await load('trace')
    expect(loaded.run(makeQuery('x.org', 'A'))).toBeInstanceOf(Message)
  })
})

describe('the spans of trace', () => {
  const dropped = (host: ReturnType<typeof fakeHost>): number =>
    host.metrics.value('fingerpost_trace_dropped_total')

  it('are sent as soon as a batch is full', async () => {
    const { loaded, clock, receiver } = await load('trace {\n zipkin_max_batch_size 2\n}')
    for (let i = 0; i < 5; i++) await loaded.ask('example.org')
    await clock.settle()
    expect(receiver.bodies.map((body) => (body as unknown[]).length)).toEqual([2, 2])
    await clock.advance(INTERVAL_MS)
    expect(receiver.bodies.map((body) => (body as unknown[]).length)).toEqual([2, 2, 1])
  })

  it('are dropped and counted when too many wait', async () => {
    const { loaded, clock, receiver, host } = await load('trace {\n zipkin_max_backlog_size 3\n}')
    for (let i = 0; i < 5; i++) await loaded.ask('example.org')
    await clock.advance(INTERVAL_MS)
    expect(receiver.bodies.flat()).toHaveLength(3)
    expect(dropped(host)).toBe(2)
  })

  it.each([
    ['refuses the connection', () => Promise.reject(new Error('ECONNREFUSED')), /ECONNREFUSED/],
    ['says no', async () => new Response('', { status: 404 }), /it says 404/],
    [
      'says nothing',
      (signal: AbortSignal) =>
        new Promise<Response>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
      /no response within 5 seconds/,
    ],
  ])(
    'are dropped and counted when the receiver %s, which is told once',
    async (_, answer, reason) => {
      const { loaded, clock, receiver, host } = await load('trace')
      receiver.answer = answer
      await loaded.ask('example.org')
      await clock.advance(INTERVAL_MS + EXPORT_TIMEOUT_MS)
      await loaded.ask('example.org')
      await clock.advance(INTERVAL_MS + EXPORT_TIMEOUT_MS)
      expect(dropped(host)).toBe(2)
      expect(host.log.lines).toEqual([expect.stringMatching(reason)])
      receiver.answer = async () => new Response('{}')
      await loaded.ask('example.org')
      await clock.advance(INTERVAL_MS)
      expect(host.log.lines.at(-1)).toMatch(/taken again/)
      expect(dropped(host)).toBe(2)
    },
  )

  it('are sent before the end', async () => {
    const { loaded, receiver, clock } = await load('trace {\n zipkin_max_batch_size 2\n}')
    for (let i = 0; i < 3; i++) await loaded.ask('example.org')
    await loaded.shutdown()
    expect(receiver.bodies.flat()).toHaveLength(3)
    expect(clock.openTimers).toBe(0)
  })
})

describe('the life of trace', () => {
  lifeCycleSuite(trace, 'trace otlp', {
    it,
    next: (query) => query.reply(),
    bad: { corefile: 'trace datadog', at: 'datadog' },
  })
})
