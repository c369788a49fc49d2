import { DnsError, Message, type Query } from '@fingerpost/sdk'
import {
  configErrorsOf,
  fakeHost,
  fakeListener,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import prometheus from './index.ts'

const server = 'dns://:53'
const requests = 'coredns_dns_requests_total'
const responses = 'coredns_dns_responses_total'
const durations = 'coredns_dns_request_duration_seconds'

/** Answers as a chain does, which notes who answered. */
const answeredBy =
  (plugin: string, rcode = 0) =>
  (query: Query): Message => {
    const message = query.reply({ rcode })
    message.answeredBy = plugin
    return message
  }

describe('prometheus', () => {
  lifeCycleSuite(prometheus, 'prometheus', {
    it,
    next: replyWith(),
    bad: { corefile: 'prometheus nohost', at: 'nohost' },
  })

  it.each([
    ['prometheus', '127.0.0.1', 9153],
    ['prometheus localhost:9253', '127.0.0.1', 9253],
    ['prometheus :9153', '', 9153],
    ['prometheus [::1]:0', '::1', 0],
  ])("asks core for an endpoint: '%s'", async (corefile, address, port) => {
    const { host } = await loadPlugin(prometheus, corefile)
    expect(host.settings.endpoints).toEqual([
      { kind: 'metrics', address, port, hasRuntimeMetrics: false, at: host.block.at },
    ])
  })

  it('tells core when metrics of the runtime are wanted', async () => {
    const { host } = await loadPlugin(prometheus, 'prometheus {\n runtime_metrics\n}')
    expect(host.settings.endpoints).toMatchObject([{ hasRuntimeMetrics: true }])
  })

  it('refuses HTTPS rather than to serve without it', async () => {
    const errors = await configErrorsOf(() =>
      loadPlugin(prometheus, 'prometheus {\n tls web.yml\n}'),
    )
    expect(errors.map(({ at }) => at?.text)).toEqual(['web.yml'])
  })
})

describe('queries that prometheus counts', () => {
  it('have server, zone, protocol, family and type', async () => {
    const { host, ask } = await load()
    await ask('x.test A')
    await ask('x.test A', { client: '2001:db8::1' })
    await ask('x.test A', { client: '::1' })
    await ask('x.test A', { transport: 'tcp' })
    await ask('x.test AAAA', { client: '10.0.0.1' })
    await ask('x.test HTTPS', { client: '1.2.3.4' })
    await ask('x.test TYPE65280')
    await ask('x.test CAA')
    const of = (labels: Record<string, string>): number =>
      host.metrics.value(requests, { server, zone: '.', view: '', ...labels })
    expect(of({})).toBe(8)
    expect(of({ proto: 'udp', family: '1', type: 'A' })).toBe(1)
    expect(of({ proto: 'udp', family: '2', type: 'A' })).toBe(2)
    expect(of({ proto: 'tcp', family: '1', type: 'A' })).toBe(1)
    expect(of({ family: '1', type: 'AAAA' })).toBe(1)
    expect(of({ type: 'HTTPS' })).toBe(1)
    expect(of({ type: 'other' })).toBe(2)
  })

  it.each([
    ['udp', 'dns://:53', 'udp'],
    ['tcp', 'dns://:53', 'tcp'],
    ['tls', 'tls://:853', 'tcp'],
    ['https', 'https://:443', 'tcp'],
  ] as const)('over %s belong to %s and protocol %s', async (transport, label, proto) => {
    const { host, ask } = await load()
    await ask('x.test A', { transport })
    expect(host.metrics.value(requests, { server: label, proto })).toBe(1)
  })

  it('belong to the longest zone of the block', async () => {
    const { host, ask } = await load(['test', 'a.test'])
    for (const name of ['test', 'A.TEST', 'b.a.test', 'ba.test']) await ask(`${name} A`)
    expect(host.metrics.value(requests, { zone: 'test.' })).toBe(2)
    expect(host.metrics.value(requests, { zone: 'a.test.' })).toBe(2)
  })

  it('are told apart by DO', async () => {
    const { host, ask } = await load()
    await ask('x.test A')
    await ask('x.test A', { edns: true })
    expect(() => host.metrics.value('coredns_dns_do_requests_total')).not.toThrow()
    expect(host.metrics.value('coredns_dns_do_requests_total')).toBe(0)
    await ask('x.test A', { edns: { do: true } })
    expect(host.metrics.value('coredns_dns_do_requests_total', { server, zone: '.' })).toBe(1)
  })

  it('have the size they came in', async () => {
    const { host, ask } = await load()
    await ask('x.test A')
    await ask('x.test A', { edns: true, transport: 'tcp' })
    const sizes = (proto: string): number[] =>
      host.metrics.observations('coredns_dns_request_size_bytes', { server, zone: '.', proto })
    expect(sizes('udp')).toEqual([24])
    expect(sizes('tcp')).toEqual([35])
  })

  it('are counted also when nothing is sent, but not their response', async () => {
    const { host, loaded, ask } = await load()
    loaded.next = (query) => query.drop()
    await ask('x.test A')
    expect(host.metrics.value(requests)).toBe(1)
    expect(host.metrics.value(durations)).toBe(1)
    expect(host.metrics.value(responses)).toBe(0)
    expect(host.metrics.value('coredns_dns_response_size_bytes')).toBe(0)
  })
})

describe('responses that prometheus counts', () => {
  it('have RCODE and plugin', async () => {
    const { host, loaded, ask } = await load()
    const answers = [
      answeredBy('cache'),
      answeredBy('hosts'),
      answeredBy('cache', 3),
      answeredBy('cache'),
      answeredBy('acl', 5),
    ]
    for (const answer of answers) {
      loaded.next = answer
      await ask('x.test A')
    }
    const of = (rcode: string, plugin: string): number =>
      host.metrics.value(responses, { server, zone: '.', view: '', rcode, plugin })
    expect(of('NOERROR', 'cache')).toBe(2)
    expect(of('NOERROR', 'hosts')).toBe(1)
    expect(of('NXDOMAIN', 'cache')).toBe(1)
    expect(of('REFUSED', 'acl')).toBe(1)
    expect(host.metrics.value(responses)).toBe(5)
  })

  it.each([
    [16, 'BADVERS'],
    [23, 'BADCOOKIE'],
    [3841, 'RCODE3841'],
  ])('have RCODE %d, whose upper bits are in OPT', async (rcode, label) => {
    const { host, loaded, ask } = await load()
    loaded.next = (query) => query.reply({ rcode })
    await ask('x.test A', { edns: true })
    await ask('x.test A', { edns: true })
    expect(host.metrics.value(responses, { rcode: label })).toBe(2)
  })

  it('have no plugin when a failure made them', async () => {
    const { host, loaded, ask } = await load()
    loaded.next = () => {
      throw new DnsError('upstream-timeout', 'nobody there')
    }
    await ask('x.test A')
    loaded.next = (query) => {
      const message = query.reply({ rcode: 2, cause: new Error('broken') })
      message.answeredBy = 'log'
      return message
    }
    await ask('x.test A')
    expect(host.metrics.value(responses, { rcode: 'SERVFAIL', plugin: '' })).toBe(2)
  })

  it('have their size before the server adds its OPT', async () => {
    const { host, ask } = await load()
    await ask('x.test A', { edns: true })
    expect(host.metrics.observations('coredns_dns_response_size_bytes')).toEqual([24])
  })

  it('took the time from question to answer, in seconds', async () => {
    const { host, loaded, ask } = await load()
    loaded.next = (query) =>
      new Promise((resolve) => {
        host.clock.after(250, () => resolve(query.reply()))
      })
    const asked = ask('x.test A')
    await host.clock.advance(250)
    await asked
    expect(host.metrics.observations(durations, { server, zone: '.', view: '' })).toEqual([0.25])
  })

  it('are no promise when the rest of the chain answers at once', async () => {
    const { loaded } = await load()
    expect(loaded.run(makeQuery('x.test A'))).toBeInstanceOf(Message)
  })

  it('go on being counted by the next instance', async () => {
    const { host, loaded, ask } = await load()
    await ask('x.test A')
    const next = await loaded.reload()
    await next.ask('x.test', 'A')
    expect(host.metrics.value(requests)).toBe(2)
  })
})

async function load(zones: readonly string[] = ['.']) {
  const host = fakeHost({ plugin: 'prometheus', zones })
  const loaded = await loadPlugin(prometheus, 'prometheus', { host, next: replyWith() })
  const ask = (question: string, options: Parameters<typeof makeQuery>[2] = {}) => {
    const listener = fakeListener({ transport: options.transport ?? 'udp' })
    return loaded.ask(makeQuery(question, undefined, { listener, ...options }))
  }
  return { host, loaded, ask }
}
