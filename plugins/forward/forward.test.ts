import type { UpstreamExchange } from '@fingerpost/sdk'
import {
  fakeHost,
  formatMessage,
  lifeCycleSuite,
  loadPlugin,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { MAX_QUERY_MS } from './forward.ts'
import forward from './index.ts'
import { answerWith, countOf, refused, silent, timed } from './scripted-answers.ts'
import { TICK_MS } from './upkeep.ts'

describe('lines', () => {
  const text = `forward corp.test 192.0.2.2 {
    except a.corp.test
  }
  forward test 192.0.2.1`

  it.each([
    ['www.test', '192.0.2.1'],
    ['test', '192.0.2.1'],
    ['x.corp.test', '192.0.2.2'],
    ['CORP.test', '192.0.2.2'],
    ['b.a.corp.test', '192.0.2.1'],
    ['xcorp.test', '192.0.2.1'],
  ])('sends %s to %s', async (name, address) => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.1'))
    host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const loaded = await loadPlugin(forward, text, { host })
    const message = await loaded.ask(name, 'A')
    expect(formatMessage(message).answer).toEqual([`${name}. 60 IN A ${address}`])
    await loaded.shutdown()
  })

  it('tells an observer of each upstream that was asked', async () => {
    const seen: [string, string, number | undefined][] = []
    const onExchange = ({ upstream, transport, reply }: UpstreamExchange): void => {
      seen.push([upstream.address, transport, reply?.length])
    }
    const offers = { dnstap: { upstreamObserver: { onExchange } } }
    const host = fakeHost({ plugin: 'forward', offers })
    host.network.udpUpstream('192.0.2.1', 53, refused)
    host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const text = 'forward . 192.0.2.1 192.0.2.2 {\n policy sequential\n}'
    const loaded = await loadPlugin(forward, text, { host })
    const answer = await loaded.ask('a.test', 'A')
    const size = answer.toBytes().length
    expect(seen).toEqual([
      ['192.0.2.1', 'udp', undefined],
      ['192.0.2.2', 'udp', size],
    ])
    await loaded.shutdown()
  })

  it('passes what no line takes', async () => {
    const loaded = await loadPlugin(forward, text)
    await loaded.ask('example.org', 'A')
    expect(loaded.passed).toHaveLength(1)
    await loaded.shutdown()
  })

  it('goes on to the next line for the RCODEs of next and for empty answers', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const first = host.network.udpUpstream('192.0.2.1', 53, replyWith({ rcode: 'NXDOMAIN' }))
    host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const lines =
      'forward . 192.0.2.1 {\n next NXDOMAIN\n next_on_nodata\n}\nforward test 192.0.2.2'
    const loaded = await loadPlugin(forward, lines, { host })
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('NOERROR')
    first.answer = replyWith({})
    expect(formatMessage(await loaded.ask('a.test', 'A')).answer).toHaveLength(1)
    first.answer = replyWith({ rcode: 'SERVFAIL' })
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('SERVFAIL')
    // The next line does not take the name: the query leaves the plugin.
    first.answer = replyWith({ rcode: 'NXDOMAIN' })
    await loaded.ask('example.org', 'A')
    expect(loaded.passed).toHaveLength(1)
    await loaded.shutdown()
  })

  it('keeps the reply when next has no line to go on to', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, replyWith({ rcode: 'NXDOMAIN' }))
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1 {\n next NXDOMAIN\n}', { host })
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('NXDOMAIN')
    await loaded.shutdown()
  })

  it('refuses queries above max_concurrent and serves again afterwards', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    upstream.delayMs = 100
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1 {\n max_concurrent 2\n}', {
      host,
    })
    const asked = ['a.test', 'b.test', 'c.test'].map((name) => loaded.ask(name, 'A'))
    await host.clock.advance(200)
    const rcodes = (await Promise.all(asked)).map((message) => formatMessage(message).rcode)
    expect(rcodes).toEqual(['NOERROR', 'NOERROR', 'REFUSED'])
    upstream.delayMs = 0
    expect(formatMessage(await loaded.ask('d.test', 'A')).rcode).toBe('NOERROR')
    expect(host.metrics.value('coredns_forward_max_concurrent_rejects_total')).toBe(1)
    await loaded.shutdown()
  })
})

describe('upstreams that fail', () => {
  it('asks the next upstream when one refuses', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, refused)
    host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const loaded = await loadPlugin(forward, sequential, { host })
    expect(formatMessage(await loaded.ask('a.test', 'A')).answer).toHaveLength(1)
    await loaded.shutdown()
  })

  it('asks the next upstream when one keeps silent for read_timeout', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, silent)
    host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const loaded = await loadPlugin(forward, sequential, { host })
    const { rcode, tookMs } = await timed(loaded, host)
    expect(rcode).toBe('NOERROR')
    expect(tookMs).toBeGreaterThanOrEqual(2000)
    expect(tookMs).toBeLessThanOrEqual(2000 + TICK_MS)
    await loaded.shutdown()
  })

  it.each([
    ['', 4100],
    ['max_connect_attempts 1', 2050],
    ['max_connect_attempts 0', MAX_QUERY_MS + TICK_MS],
    ['read_timeout 10s', MAX_QUERY_MS + TICK_MS],
    ['max_fails 0', 4100],
    ['force_tcp', 4100],
  ])('ends a query with SERVFAIL in time when nobody answers: %s', async (option, limitMs) => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, silent)
    host.network.streamUpstream('192.0.2.1', 53, silent)
    const loaded = await loadPlugin(forward, `forward . 192.0.2.1 {\n ${option}\n}`, { host })
    const { rcode, tookMs, cause } = await timed(loaded, host)
    expect(rcode).toBe('SERVFAIL')
    expect(tookMs).toBeLessThanOrEqual(limitMs)
    expect(tookMs).toBeLessThan(4500)
    expect(String(cause)).toMatch(/read (udp|tcp) .*->192\.0\.2\.1:53: i\/o timeout$/)
    await loaded.shutdown()
  })

  it('does not spin when every attempt fails at once and there is no limit of attempts', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, refused)
    const text = 'forward . 192.0.2.1 {\n max_connect_attempts 0\n max_fails 0\n}'
    const loaded = await loadPlugin(forward, text, { host })
    const { rcode, cause } = await timed(loaded, host)
    expect(rcode).toBe('SERVFAIL')
    expect(String(cause)).toContain('connection refused')
    expect(upstream.asked.length).toBeLessThan(100)
    await loaded.shutdown()
  })

  it('marks an upstream down after failed checks, skips it, and takes it back', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const first = host.network.udpUpstream('192.0.2.1', 53, refused)
    host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const loaded = await loadPlugin(forward, sequential, { host })
    await loaded.ask('a.test', 'A')
    await host.clock.advance(3000)
    const checks = first.asked.filter(({ qname }) => qname.isRoot)
    expect(checks.length).toBeGreaterThanOrEqual(6)
    expect(checks[0]?.isRecursionDesired).toBe(true)
    const before = countOf(first, 'b.test.')
    await loaded.ask('b.test', 'A')
    expect(countOf(first, 'b.test.')).toBe(before)
    const failures = 'coredns_proxy_healthcheck_failures_total'
    expect(host.metrics.value(failures, { to: '192.0.2.1:53' })).toBe(checks.length)

    first.answer = answerWith('192.0.2.1')
    await host.clock.advance(1000)
    await loaded.ask('c.test', 'A')
    expect(countOf(first, 'c.test.')).toBe(1)
    await loaded.shutdown()
    expect(host.clock.openTimers).toBe(0)
  })

  it('fails fast when told so and all are down', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, refused)
    const text = `forward . 192.0.2.1 {
      failfast_all_unhealthy_upstreams
      max_fails 1
      health_check 100ms no_rec domain probe.test
    }`
    const loaded = await loadPlugin(forward, text, { host })
    await loaded.ask('a.test', 'A')
    await host.clock.advance(500)
    const message = await loaded.ask('b.test', 'A')
    expect(formatMessage(message).rcode).toBe('SERVFAIL')
    expect(String(message.cause)).toContain('no healthy proxies')
    expect(countOf(upstream, 'b.test.')).toBe(0)
    expect(upstream.asked.find(({ qname }) => `${qname}` === 'probe.test.')?.flags).toBe(0)
    expect(host.metrics.value('coredns_forward_healthcheck_broken_total')).toBe(1)
    await loaded.shutdown()
  })

  it('tries one upstream by chance when all are down', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const upstream = host.network.udpUpstream('192.0.2.1', 53, refused)
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    await loaded.ask('a.test', 'A')
    await host.clock.advance(3000)
    await loaded.ask('b.test', 'A')
    expect(countOf(upstream, 'b.test.')).toBe(1)
    await loaded.shutdown()
  })

  it('fails over for the RCODEs of failover and keeps the last reply', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const first = host.network.udpUpstream('192.0.2.1', 53, replyWith({ rcode: 'SERVFAIL' }))
    const second = host.network.udpUpstream('192.0.2.2', 53, replyWith({ rcode: 'REFUSED' }))
    const text = `forward . 192.0.2.1 192.0.2.2 {
      policy sequential
      failover SERVFAIL REFUSED
    }`
    const loaded = await loadPlugin(forward, text, { host })
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('REFUSED')
    second.answer = answerWith('192.0.2.2')
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('NOERROR')
    second.answer = refused
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('SERVFAIL')
    expect(first.asked).toHaveLength(3)
    await loaded.shutdown()
  })
})

describe('reload', () => {
  it('hands sockets and health to the same upstream of the next generation', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const first = host.network.udpUpstream('192.0.2.1', 53, refused)
    const second = host.network.udpUpstream('192.0.2.2', 53, answerWith('192.0.2.2'))
    const loaded = await loadPlugin(forward, sequential, { host })
    await loaded.ask('a.test', 'A')
    await host.clock.advance(3000)
    const sockets = second.sockets.length
    const next = await loaded.reload(sequential)
    await next.ask('b.test', 'A')
    expect(countOf(first, 'b.test.')).toBe(0)
    expect(second.sockets.some(({ isOpen }) => isOpen)).toBe(true)
    expect(second.sockets.length).toBeLessThanOrEqual(sockets + 1)
    const third = await next.reload('forward . 192.0.2.9')
    expect(host.network.openSockets).toBe(0)
    await third.shutdown()
    expect(host.clock.openTimers).toBe(0)
  })

  it('answers SERVFAIL to what is on the way when it is shut down for good', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, silent)
    const loaded = await loadPlugin(forward, 'forward . 192.0.2.1', { host })
    const asked = loaded.ask('a.test', 'A')
    await host.clock.settle()
    await loaded.shutdown()
    expect(formatMessage(await asked).rcode).toBe('SERVFAIL')
  })
})

lifeCycleSuite(forward, 'forward . 192.0.2.1', {
  it,
  query: 'example.org A',
  bad: { corefile: 'forward . 192.0.2.1:x', at: '192.0.2.1:x' },
  host: () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.1', 53, answerWith('192.0.2.80'))
    return host
  },
})

const sequential = 'forward . 192.0.2.1 192.0.2.2 {\n policy sequential\n}'
