import { describe, expect, it } from 'vitest'
import { addressOf, open, openWatching, service } from './test-world.ts'

describe('a watch', () => {
  it('hands over what is added, changed and deleted, however the stream is cut', async () => {
    for (const chunkSize of [1, 2, 3, 7, 50, Number.POSITIVE_INFINITY]) {
      const { clock, server, source, watch, calls, known } = await openWatching()
      server.chunkSize = chunkSize
      watch.event('ADDED', service('two', '101', '10.0.0.2'))
      watch.event('MODIFIED', service('one', '102', '10.0.0.3'))
      watch.event('DELETED', service('two', '103'))
      await clock.settle()
      expect(calls).toEqual([
        'upsert Service demo/two',
        'upsert Service demo/one',
        'remove Service demo/two',
      ])
      expect(addressOf(known, 'one')).toBe('10.0.0.3')
      source.close()
    }
  })

  it('goes on from the last version when it ends, over the same connection', async () => {
    const { clock, server, source, watch, calls } = await openWatching()
    watch.event('ADDED', service('two', '105'))
    await clock.advance(1000)
    watch.end()
    await clock.settle()
    expect(server.last.parameters.get('resourceVersion')).toBe('105')
    expect(server.dialled).toHaveLength(1)
    server.last.begin()
    server.last.event('BOOKMARK', { metadata: { resourceVersion: '140' } })
    await clock.advance(1000)
    server.last.end()
    await clock.settle()
    expect(server.last.parameters.get('resourceVersion')).toBe('140')
    expect(calls).toEqual(['upsert Service demo/two'])
    source.close()
  })

  it('that is cut within an object goes on before that object', async () => {
    const { clock, server, source, watch, calls } = await openWatching()
    watch.event('ADDED', service('two', '101'))
    const line = JSON.stringify({ type: 'ADDED', object: service('three', '102') })
    watch.chunk(line.slice(0, 40))
    watch.cut(new Error('ECONNRESET'))
    await clock.advance(300)
    expect(server.last.parameters.get('resourceVersion')).toBe('101')
    expect(calls).toEqual(['upsert Service demo/two'])
    source.close()
  })

  it.each([
    ['in the answer', true],
    ['in an event', false],
  ])('from a version that is gone, said %s, is followed by a list', async (_, isAnswer) => {
    const { clock, server, source, watch, calls, known } = await openWatching()
    if (isAnswer) {
      await clock.advance(1000)
      watch.end()
      await clock.settle()
      server.last.refuse(410, 'too old resource version')
    } else {
      watch.event('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' })
    }
    await clock.advance(300)
    expect(server.last.target).toBe('/api/v1/services?limit=500')
    expect(addressOf(known, 'one')).toBe('10.0.0.1')
    server.last.list([service('two', '150')], '200')
    await clock.settle()
    expect(calls).toEqual(['upsert Service demo/two', 'retain 1 of Service', 'synced Service'])
    expect(server.last.parameters.get('resourceVersion')).toBe('200')
    source.close()
  })

  it('does not list again and again when every watch is refused', async () => {
    const { clock, server, source, watch } = await openWatching()
    server.answer = (request) =>
      request.isWatch ? request.refuse(410, 'gone') : request.list([], '200')
    watch.event('ERROR', { code: 410 })
    await clock.advance(20_000)
    expect(server.requests.length).toBeLessThan(30)
    source.close()
  })

  it('lists again after three refusals, or when versions went back', async () => {
    const { clock, server, source, watch } = await openWatching()
    server.answer = (request) => request.isWatch && request.refuse(500, 'etcd is unwell')
    watch.cut()
    await clock.advance(10_000)
    expect(server.requests.map(({ isWatch }) => isWatch)).toEqual([true, true, true, false])
    server.answer = () => {}
    server.last.list([], '300')
    await clock.settle()
    server.last.begin()
    server.last.event('BOOKMARK', { metadata: { resourceVersion: '20' } })
    await clock.advance(3000)
    expect(server.last.isWatch).toBe(false)
    source.close()
  })

  it('passes over events that come again or were overtaken', async () => {
    const { clock, source, watch, calls, known } = await openWatching()
    watch.event('MODIFIED', service('one', '80', '10.9.9.9'))
    watch.event('ADDED', service('two', '110', '10.0.0.2'))
    watch.event('ADDED', service('two', '110', '10.0.0.2'))
    watch.event('MODIFIED', service('two', '105', '10.9.9.9'))
    watch.event('DELETED', service('two', '104'))
    watch.event('DELETED', service('one', '120'))
    watch.event('MODIFIED', service('one', '119', '10.9.9.9'))
    watch.event('ADDED', service('three', '118'))
    await clock.settle()
    expect(calls).toEqual([
      'upsert Service demo/two',
      'remove Service demo/one',
      'upsert Service demo/three',
    ])
    expect(addressOf(known, 'two')).toBe('10.0.0.2')
    source.close()
  })

  it('passes over what has no name or an unknown type', async () => {
    const { clock, source, watch, calls, server } = await openWatching()
    watch.event('ADDED', {})
    watch.event('ADDED', null)
    watch.event('RENAMED', service('one', '101'))
    watch.event('ADDED', { metadata: { namespace: 'demo', name: 'bare' } })
    await clock.settle()
    expect(calls).toEqual(['upsert Service demo/bare'])
    expect(server.openSockets).toBe(1)
    source.close()
  })

  it('leaves a pod that is leaving as it is, and removes one that has ended', async () => {
    const { clock, source, sink, server, calls } = await open({ kinds: ['Pod'] })
    const pod = (name: string, resourceVersion: string, more = {}, phase = 'Running') => ({
      metadata: { namespace: 'demo', name, resourceVersion, ...more },
      status: { phase, podIP: '10.1.0.1' },
    })
    const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    await source.start(sink)
    await clock.settle()
    server.last.list([pod('a', '1'), pod('b', '2', leaving)], '10')
    await clock.settle()
    server.last.begin()
    server.last.event('MODIFIED', pod('a', '11', leaving))
    server.last.event('MODIFIED', pod('a', '12', {}, 'Failed'))
    await clock.settle()
    expect(calls).toEqual([
      'upsert Pod demo/a',
      'retain 1 of Pod',
      'synced Pod',
      'remove Pod demo/a',
    ])
    source.close()
  })

  it('that is silent beyond its end is taken for dead within a minute', async () => {
    const { clock, server, source } = await openWatching()
    await clock.advance(60_000)
    expect(server.dialled.length).toBeGreaterThan(1)
    expect(server.requests[0]?.parameters.get('resourceVersion')).toBe('100')
    expect(server.openSockets).toBe(1)
    source.close()
  })

  it('that ends as soon as it begins is not begun in a busy loop', async () => {
    const { clock, server, source, watch } = await openWatching()
    server.answer = (request) => {
      request.begin()
      request.end()
    }
    watch.end()
    await clock.advance(10_000)
    expect(server.requests.length).toBeLessThan(12)
    source.close()
  })
})
