import {
  configErrorsOf,
  expectError,
  fakeHost,
  formatMessage,
  loadPlugin,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import forward from './index.ts'
import { POLL_MS, parseResolvConf } from './resolv-conf.ts'

describe('a file of upstreams', () => {
  it.each([
    ['', []],
    ['# none\nsearch example.org\noptions ndots:5', []],
    ['nameserver 192.0.2.1\n  nameserver\t2001:db8::1  # comment', ['192.0.2.1', '2001:db8::1']],
    ['nameserver\nnameserver x\nnameserver fe80::1%eth0\r\n', ['fe80::1%eth0']],
  ])('reads %j', (text, hosts) => {
    expect(parseResolvConf(text).map(({ host }) => host)).toEqual(hosts)
  })

  it('is read again when it changes, and an empty or missing one changes nothing', async () => {
    const host = fakeHost({ plugin: 'forward' })
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      host.network.udpUpstream(
        address,
        53,
        replyWith({ answer: [`a.test. 60 IN A ${address}`], flags: 'ra' }),
      )
    }
    host.files.set('resolv.conf', 'nameserver 192.0.2.1\n', 1)
    const loaded = await loadPlugin(forward, 'forward . resolv.conf', { host })
    const answer = async (): Promise<readonly string[]> =>
      formatMessage(await loaded.ask('a.test', 'A')).answer
    expect(await answer()).toEqual(['a.test. 60 IN A 192.0.2.1'])

    host.files.set('resolv.conf', 'nameserver 192.0.2.2\n', 2)
    await host.clock.advance(POLL_MS)
    expect(await answer()).toEqual(['a.test. 60 IN A 192.0.2.2'])

    host.files.set('resolv.conf', '# nothing\n', 3)
    await host.clock.advance(POLL_MS)
    expect(host.log.lines.at(-1)).toContain('the upstreams stay')
    host.files.remove('resolv.conf')
    await host.clock.advance(POLL_MS)
    host.files.fail('resolv.conf', 'EACCES')
    await host.clock.advance(POLL_MS)
    expect(await answer()).toEqual(['a.test. 60 IN A 192.0.2.2'])
    await loaded.shutdown()
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
  })

  it('is read at once when the system tells of a change, until the end', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.network.udpUpstream('192.0.2.2', 53, replyWith({ answer: ['a.test. 60 IN A 192.0.2.2'] }))
    host.files.set('resolv.conf', 'nameserver 192.0.2.1\n', 1)
    const loaded = await loadPlugin(forward, 'forward . resolv.conf', { host })
    host.files.set('resolv.conf', 'nameserver 192.0.2.2\n', 2)
    host.files.notify('resolv.conf')
    await host.clock.advance(0)
    const { answer } = formatMessage(await loaded.ask('a.test', 'A'))
    expect(answer).toEqual(['a.test. 60 IN A 192.0.2.2'])
    await loaded.shutdown()
    expect([...host.files.watchers.values()].map(({ size }) => size)).toEqual([0])
  })

  it.each([
    ['leaves out the address that the block listens on', ['dns://.:53'], ['192.0.2.1']],
    ['keeps it where the block has another port', ['.:1053'], ['192.0.2.9', '192.0.2.1']],
  ])('%s', async (_, keys, asked) => {
    const host = fakeHost({ plugin: 'forward', keys })
    host.settings.bindAddresses.push('192.0.2.9')
    const upstreams = ['192.0.2.9', '192.0.2.1'].map((address) => ({
      address,
      upstream: host.network.udpUpstream(address, 53, replyWith({ rcode: 'SERVFAIL' })),
    }))
    host.files.set('resolv.conf', 'nameserver 192.0.2.9\nnameserver 192.0.2.1\n')
    const text = 'forward . resolv.conf {\n policy sequential\n failover SERVFAIL\n}'
    const loaded = await loadPlugin(forward, text, { host })
    await loaded.ask('a.test', 'A')
    const reached = upstreams.filter(({ upstream }) => upstream.asked.length > 0)
    expect(reached.map(({ address }) => address)).toEqual(asked)
    const warnings = host.log.lines.filter((line) => line.includes('names 192.0.2.9, which this'))
    expect(warnings).toHaveLength(asked.length === 1 ? 1 : 0)
    await loaded.shutdown()
  })

  it.each([
    ['forward . empty.conf', /no nameservers found/, 'empty.conf'],
    ['forward . nosuch/file', /neither an IP address nor a file/, 'nosuch/file'],
    ['forward . 192.0.2.1 {\n tls nosuch.pem\n}', /cannot be read/, 'nosuch.pem'],
    ['forward . 192.0.2.1 {\n tls empty.conf\n}', /no PEM file/, 'empty.conf'],
  ])('refuses %j', async (text, error, at) => {
    const host = fakeHost({ plugin: 'forward' })
    host.files.set('empty.conf', '# none\n')
    expectError(await configErrorsOf(() => loadPlugin(forward, text, { host })), { error, at })
    expect(host.clock.openTimers).toBe(0)
  })

  it('is left out when it is empty and others name upstreams', async () => {
    const host = fakeHost({ plugin: 'forward' })
    host.files.set('empty.conf', '# none\n')
    host.network.udpUpstream('192.0.2.1', 53, replyWith({}))
    const loaded = await loadPlugin(forward, 'forward . empty.conf 192.0.2.1', { host })
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('NOERROR')
    await loaded.shutdown()
  })
})

describe('a host name as upstream', () => {
  const text = 'forward . dns.test:5300 {\n resolver 192.0.2.53\n}'

  it('is looked up once, IPv4 before IPv6', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const resolver = host.network.udpUpstream('192.0.2.53', 53, (query) =>
      query.qtype === 28
        ? replyWith({ answer: ['dns.test. 60 IN AAAA 2001:db8::1'] })(query)
        : replyWith({})(query),
    )
    const upstream = host.network.udpUpstream('2001:db8:0:0:0:0:0:1', 5300, replyWith({}))
    const loaded = await loadPlugin(forward, text, { host })
    expect(resolver.asked.map(({ qtype }) => qtype)).toEqual([1, 28])
    expect(formatMessage(await loaded.ask('a.test', 'A')).rcode).toBe('NOERROR')
    expect(upstream.asked).toHaveLength(1)
    await loaded.shutdown()
    expect(host.network.openSockets).toBe(0)
  })

  it('that nobody knows is refused', async () => {
    const host = fakeHost({ plugin: 'forward' })
    const errors = await configErrorsOf(() => loadPlugin(forward, text, { host }))
    expectError(errors, { error: /neither an IP address/, at: 'dns.test:5300' })
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
  })
})
