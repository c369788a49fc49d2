import { fakeHost } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import type { ApiRequest } from './scripted-server.ts'
import { addressOf, open, openWatching, service } from './test-world.ts'

describe('a list', () => {
  it('is read page by page, and what is not in it is gone at its end', async () => {
    const { clock, server, source, sink, calls } = await open()
    await source.start(sink)
    await clock.settle()
    server.last.list([service('one', '1'), service('two', '2')], '100', 'next page')
    await clock.settle()
    expect(calls).toEqual(['upsert Service demo/one', 'upsert Service demo/two'])
    expect(source.isSynced).toBe(false)
    server.last.list([service('three', '3'), { metadata: {} }, null], '100')
    await clock.settle()
    expect(calls.slice(2)).toEqual([
      'upsert Service demo/three',
      'retain 3 of Service',
      'synced Service',
    ])
    expect(source.isSynced).toBe(true)
    expect(server.takeTargets()).toEqual([
      '/api/v1/services?limit=500',
      '/api/v1/services?limit=500&continue=next page',
      expect.stringMatching(
        /^\/api\/v1\/services\?watch=1&resourceVersion=100&allowWatchBookmarks=true&timeoutSeconds=\d\d$/,
      ),
    ])
    expect(server.dialled).toHaveLength(1)
    source.close()
  })

  it('is begun anew in one piece when its pages are forgotten', async () => {
    const { clock, server, source, sink, calls } = await open()
    await source.start(sink)
    await clock.settle()
    server.last.list([service('one', '1')], '100', 'x')
    await clock.settle()
    server.last.refuse(410, 'the provided continue parameter is too old')
    await clock.settle()
    expect(server.last.target).toBe('/api/v1/services')
    server.last.list([service('two', '2')], '120')
    await clock.settle()
    expect(calls).toEqual([
      'upsert Service demo/one',
      'upsert Service demo/two',
      'retain 1 of Service',
      'synced Service',
    ])
    expect(server.last.parameters.get('resourceVersion')).toBe('120')
    source.close()
  })

  it('asks for what is selected, from where each kind is', async () => {
    const { clock, server, source, sink } = await open({
      url: 'http://192.0.2.1/prefix/',
      kinds: ['Service', 'EndpointSlice', 'Namespace', 'Pod', 'ServiceImport'],
      selectors: { labels: 'a in (b,c)', namespaceLabels: 'env=prod' },
    })
    await source.start(sink)
    await clock.settle()
    expect(server.last.fields.get('host')).toBe('192.0.2.1')
    expect(server.takeTargets()).toEqual([
      '/prefix/api/v1/services?labelSelector=a in (b,c)&limit=500',
      '/prefix/apis/discovery.k8s.io/v1/endpointslices?labelSelector=a in (b,c)&limit=500',
      '/prefix/api/v1/namespaces?labelSelector=env=prod&limit=500',
      '/prefix/api/v1/pods?labelSelector=a in (b,c)' +
        '&fieldSelector=status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown' +
        '&limit=500',
      '/prefix/apis/multicluster.x-k8s.io/v1alpha1/serviceimports?labelSelector=a in (b,c)&limit=500',
    ])
    source.close()
  })

  it.each([
    ['no JSON', 'nonsense'],
    ['no list', {}],
    ['a list without a version', { items: [], metadata: {} }],
  ])('that is %s is asked for again', async (_, body) => {
    const { clock, server, source, sink, calls } = await open()
    await source.start(sink)
    await clock.settle()
    server.last.respond(body)
    await clock.advance(300)
    expect(server.requests).toHaveLength(2)
    server.last.list([], '1')
    await clock.settle()
    expect(calls).toEqual(['retain 0 of Service', 'synced Service'])
    source.close()
  })
})

describe('a server that is not there', () => {
  it.each(['refuse', 'hang'] as const)('(%s) is tried until it is back', async (connect) => {
    const { clock, server, source, watch, calls, known, host } = await openWatching()
    server.connect = connect
    watch.cut()
    await clock.advance(120_000)
    expect(server.dialled.length).toBeGreaterThan(20)
    expect(server.dialled.length).toBeLessThan(90)
    expect([calls, addressOf(known, 'one'), source.isSynced]).toEqual([[], '10.0.0.1', true])
    expect(host.log.lines.filter((line) => line.startsWith('[WARNING]')).length).toBeLessThan(6)
    server.connect = 'accept'
    await clock.advance(5500)
    expect(server.last.parameters.get('resourceVersion')).toBe('100')
    server.last.begin()
    server.last.event('DELETED', service('one', '101'))
    await clock.settle()
    expect(calls).toEqual(['remove Service demo/one'])
    expect(host.log.lines.at(-1)).toContain('is back')
    source.close()
  })

  it('is left alone for as long as it asks', async () => {
    const { clock, server, source, watch } = await openWatching()
    server.answer = (request) => request.refuse(429, 'too many requests', ['retry-after: 7'])
    watch.cut()
    await clock.advance(6000)
    expect(server.requests).toHaveLength(1)
    await clock.advance(2000)
    expect(server.requests).toHaveLength(2)
    source.close()
  })

  it('does not keep the start waiting', async () => {
    const { server, source, sink, clock } = await open()
    server.connect = 'hang'
    await source.start(sink)
    expect(source.isSynced).toBe(false)
    source.close()
    await clock.advance(5000)
    expect(server.openSockets).toBe(0)
  })
})

describe('credentials', () => {
  it('are read again once a minute, and when they are refused', async () => {
    const host = fakeHost({ plugin: 'kubernetes' })
    host.files.set('/token', 'first\n')
    const credentials = { tokenPath: '/token' }
    const { clock, server, source, watch } = await openWatching({ host, credentials })
    expect(watch.fields.get('authorization')).toBe('Bearer first')
    host.files.set('/token', 'second\n')
    watch.cut()
    await clock.advance(300)
    expect(server.last.fields.get('authorization')).toBe('Bearer first')
    server.last.refuse(401, 'Unauthorized')
    await clock.advance(1000)
    expect(server.last.fields.get('authorization')).toBe('Bearer second')
    expect(server.dialled).toHaveLength(3)
    server.last.begin()
    await clock.advance(20_000)
    server.last.end()
    host.files.set('/token', 'third\n')
    await clock.advance(41_000)
    server.last.cut()
    await clock.advance(300)
    expect(server.last.fields.get('authorization')).toBe('Bearer third')
    source.close()
  })

  it('that are missing keep the source from starting', async () => {
    const { source, sink } = await open({ credentials: { tokenPath: '/none' } })
    await expect(source.start(sink)).rejects.toMatchObject({ name: 'ConfigError', code: 'file' })
  })
})

describe('metrics', () => {
  it('count requests by status and say when the server was heard last', async () => {
    const { clock, server, source, watch, host } = await openWatching()
    const { metrics } = host
    const requests = (code: string) =>
      metrics.value('coredns_kubernetes_rest_client_requests_total', { code })
    expect(requests('200')).toBe(1)
    const heardMs = source.lastSyncMs('Service')
    expect(heardMs).toBe(clock.now())
    await clock.advance(2000)
    expect(source.lastSyncMs('Service')).toBe(heardMs)
    watch.event('BOOKMARK', { metadata: { resourceVersion: '101' } })
    expect(source.lastSyncMs('Service')).toBe(clock.now())
    const labels = { host: '192.0.2.1:6443', kind: 'Service' }
    expect(metrics.value('fingerpost_kubernetes_last_sync_seconds', labels)).toBe(
      clock.wallNow() / 1000,
    )
    server.connect = 'refuse'
    watch.cut()
    await clock.advance(250)
    expect([requests('200'), requests('<error>')]).toEqual([2, 1])
    const duration = 'coredns_kubernetes_rest_client_request_duration_seconds'
    expect(metrics.value(duration, { verb: 'GET', host: '192.0.2.1:6443' })).toBe(2)
    source.close()
  })
})

describe('what an operator sees', () => {
  const labels = { host: '192.0.2.1:6443', kind: 'Service' }

  it.each([
    ['gone', (watch: ApiRequest) => watch.event('ERROR', { code: 410 })],
    ['refused', (watch: ApiRequest) => watch.event('ERROR', { code: 500 })],
    ['garbage', (watch: ApiRequest) => watch.chunk('nonsense\n')],
    ['garbage', (watch: ApiRequest) => watch.event('ADDED', { kind: 'Pod' })],
    ['garbage', (watch: ApiRequest) => watch.chunk('x'.repeat(9 * 2 ** 20))],
    ['lost', (watch: ApiRequest) => watch.cut()],
  ])('says that a watch was %s', async (reason, fail) => {
    const { clock, source, watch, host } = await openWatching()
    const value = (name: string, more = {}) =>
      host.metrics.value(`fingerpost_kubernetes_${name}`, { ...labels, ...more })
    expect([value('connected'), value('lists_total', { reason: 'start' })]).toEqual([1, 1])
    fail(watch)
    await clock.settle()
    expect([value('connected'), value('watch_restarts_total', { reason })]).toEqual([0, 1])
    source.close()
    expect(value('last_sync_seconds')).toBe(0)
  })

  it('says that a half-open connection was silent, within a minute', async () => {
    const { clock, server, source, host } = await openWatching()
    server.muteAll()
    await clock.advance(60_000)
    const restarts = 'fingerpost_kubernetes_watch_restarts_total'
    expect(host.metrics.value(restarts, { ...labels, reason: 'silent' })).toBe(1)
    expect(server.openSockets).toBe(1)
    source.close()
  })

  it('tells a regular end, and a list after 410, from faults', async () => {
    const { clock, server, source, watch, host } = await openWatching()
    await clock.advance(20_000)
    watch.end()
    await clock.settle()
    server.last.refuse(410, 'x'.repeat(100_000))
    await clock.advance(300)
    server.last.list([], '200')
    await clock.settle()
    const count = (name: string, reason: string) =>
      host.metrics.value(`fingerpost_kubernetes_${name}`, { ...labels, reason })
    expect(count('watch_restarts_total', 'ended')).toBe(1)
    expect(count('lists_total', 'gone')).toBe(1)
    source.close()
  })
})

it('lists within five seconds of a return where connections hang while they are made', async () => {
  const { clock, server, source, sink } = await open()
  await source.start(sink)
  for (let round = 0; round < 20; round++) {
    server.connect = 'hang'
    server.cutAll()
    await clock.advance(30_000)
    // It is back just after an attempt began that will hang: the worst moment.
    for (const { length } = server.dialled; server.dialled.length === length; ) {
      await clock.advance(10)
    }
    server.connect = 'accept'
    server.takeTargets()
    await clock.advance(5000)
    expect(server.requests.length).toBeGreaterThan(0)
  }
  source.close()
})

it('gives up a list that never ends', async () => {
  const { clock, server, source, sink, calls, host } = await open()
  server.answer = (request) => request.list([], '1', 'and so on')
  await source.start(sink)
  for (let i = 0; i < 1000 && !/pages/.test(host.log.lines.join()); i++) await clock.settle()
  expect(host.log.lines.join()).toContain('more than 2000 pages')
  expect(calls).toEqual([])
  source.close()
})

it('keeps several clusters apart', async () => {
  const host = fakeHost({ plugin: 'kubernetes' })
  const one = await openWatching({ host, url: 'http://192.0.2.1' })
  const other = await openWatching({ host, url: 'http://192.0.2.2' })
  one.watch.event('DELETED', service('one', '101'))
  await host.clock.settle()
  expect([one.known.size, other.known.size]).toEqual([0, 1])
  one.source.close()
  other.source.close()
})

it('ends all timers and connections when it is closed, and says no more', async () => {
  for (const waitMs of [0, 1, 150, 1000, 5000]) {
    const { clock, server, source, watch, calls } = await openWatching()
    server.connect = waitMs > 0 ? 'refuse' : 'accept'
    if (waitMs > 0) watch.cut()
    await clock.advance(waitMs)
    source.close()
    watch.event('DELETED', service('one', '101'))
    await clock.settle()
    expect([clock.openTimers, server.openSockets, calls]).toEqual([0, 0, []])
    await clock.advance(60_000)
    expect(calls).toEqual([])
  }
})
