import { ConfigError } from '@fingerpost/sdk'
import { fakeHost } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { ScriptedServer } from '../api/scripted-server.ts'
import { openConfigMap } from './open-config-map.ts'

const PATH = '/api/v1/namespaces/kube-system/configmaps'
const KUBECONFIG = `
current-context: test
contexts: [{ name: test, context: { cluster: test, user: test } }]
clusters: [{ name: test, cluster: { server: http://192.0.2.1:6443 } }]
users: [{ name: test, user: { token: secret } }]
`

const configMap = (Corefile: string, resourceVersion: string, name = 'extra') => ({
  metadata: { namespace: 'kube-system', name, uid: 'u-1', resourceVersion },
  data: { Corefile },
})

/** A ConfigMap that is followed, the server it comes from, and what is heard of it. */
async function open(options: { answer?: (server: ScriptedServer) => void } = {}) {
  const host = fakeHost()
  host.files.set('/etc/kubeconfig', KUBECONFIG)
  const server = new ScriptedServer(host.clock)
  options.answer?.(server)
  const heard: unknown[] = []
  const faults: string[] = []
  const place = { namespace: 'kube-system', name: 'extra', kubeconfig: '/etc/kubeconfig' }
  const connection = await openConfigMap(
    place,
    { ...host, network: server },
    { onData: (data) => heard.push(data), onFault: (reason) => faults.push(reason) },
  )
  await host.clock.settle()
  return { host, clock: host.clock, server, heard, faults, connection }
}

/** One that was listed at version 100 and is watched. */
async function openWatching() {
  const opened = await open()
  opened.server.last.list([configMap('a', '90')], '100')
  await opened.clock.settle()
  opened.server.last.begin()
  opened.heard.length = 0
  const watch = opened.server.last
  opened.server.takeTargets()
  return { ...opened, watch }
}

describe('a ConfigMap that is followed', () => {
  it('is listed by its name, then watched, with the credentials given', async () => {
    const { server, heard, connection, clock } = await open()
    expect(server.last.fields.get('authorization')).toBe('Bearer secret')
    server.last.list([configMap('a', '90')], '100')
    await clock.settle()
    expect(heard).toEqual([{ Corefile: 'a' }])
    const [list, watch] = server.takeTargets()
    expect(list).toBe(`${PATH}?fieldSelector=metadata.name=extra`)
    expect(watch).toContain(`${PATH}?watch=1&fieldSelector=metadata.name=extra&resourceVersion=100`)
    connection.close()
    expect(server.openSockets).toBe(0)
  })

  it('tells of changes of its data alone, and of its end', async () => {
    const { watch, heard, connection, clock } = await openWatching()
    watch.event('MODIFIED', configMap('b', '101'))
    watch.event('MODIFIED', configMap('b', '102'))
    watch.event('MODIFIED', configMap('other', '103', 'another'))
    watch.event('BOOKMARK', { metadata: { resourceVersion: '104' } })
    watch.event('DELETED', configMap('b', '105'))
    watch.event('ADDED', { metadata: { name: 'extra', resourceVersion: '106' } })
    await clock.settle()
    expect(heard).toEqual([{ Corefile: 'b' }, undefined, {}])
    connection.close()
  })

  it('that is missing is told of as such', async () => {
    const { server, heard, connection, clock } = await open()
    server.last.list([], '100')
    await clock.settle()
    expect(heard).toEqual([undefined])
    connection.close()
  })

  it('goes on from the last version when a watch ends', async () => {
    const { server, watch, connection, clock } = await openWatching()
    watch.event('BOOKMARK', { metadata: { resourceVersion: '140' } })
    await clock.advance(1000)
    watch.end()
    await clock.settle()
    expect(server.last.parameters.get('resourceVersion')).toBe('140')
    connection.close()
  })

  it.each<[string, (world: Awaited<ReturnType<typeof openWatching>>) => void]>([
    ['is cut', ({ watch }) => watch.cut(new Error('ECONNRESET'))],
    ['is gone', ({ watch }) => watch.event('ERROR', { code: 410, message: 'too old' })],
    ['says nonsense', ({ watch }) => watch.chunk('"type":\n')],
  ])('is listed again when a watch %s; what it said last stands', async (_, fail) => {
    const world = await openWatching()
    const { server, heard, connection, clock } = world
    fail(world)
    await clock.advance(300)
    expect(server.last.isWatch).toBe(false)
    expect(heard).toEqual([])
    server.last.list([configMap('c', '150')], '150')
    await clock.settle()
    expect(heard).toEqual([{ Corefile: 'c' }])
    connection.close()
  })

  it('is asked for patiently while the server is away, and the log says so once', async () => {
    const { server, heard, faults, connection, clock, host } = await open({
      answer: (one) => {
        one.connect = 'refuse'
      },
    })
    expect(faults).toEqual(['ECONNREFUSED'])
    await clock.advance(60_000)
    expect(server.dialled.length).toBeGreaterThan(10)
    expect(server.dialled.length).toBeLessThan(60)
    expect(host.log.lines.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1)
    server.connect = 'accept'
    await clock.advance(3000)
    server.last.list([configMap('a', '90')], '100')
    await clock.settle()
    expect(heard).toEqual([{ Corefile: 'a' }])
    connection.close()
  })

  it('is left alone for a while when it may not be read', async () => {
    const { server, faults, connection, clock } = await open()
    server.last.refuse(403, 'configmaps "extra" is forbidden')
    await clock.settle()
    expect(faults).toEqual(['status 403: configmaps "extra" is forbidden'])
    server.takeTargets()
    await clock.advance(29_000)
    expect(server.takeTargets()).toEqual([])
    await clock.advance(2000)
    expect(server.takeTargets()).toHaveLength(1)
    connection.close()
  })

  it('needs a way to the API', async () => {
    const host = fakeHost()
    const sink = { onData() {}, onFault() {} }
    const place = { namespace: 'a', name: 'b', kubeconfig: '' }
    await expect(openConfigMap(place, host, sink)).rejects.toThrow(ConfigError)
    const missing = { ...place, kubeconfig: '/none' }
    await expect(openConfigMap(missing, host, sink)).rejects.toThrow('kubeconfig /none')
  })
})

describe('an Event', () => {
  const event = { type: 'Warning', reason: 'ExtraConfigQuarantined', message: 'why' } as const

  it('is posted about the ConfigMap as it was', async () => {
    const { server, connection, clock } = await openWatching()
    connection.record(event)
    await clock.settle()
    expect(server.last.method).toBe('POST')
    expect(server.last.target).toBe('/api/v1/namespaces/kube-system/events')
    const posted = JSON.parse(server.last.body)
    expect(posted).toMatchObject({
      kind: 'Event',
      metadata: { namespace: 'kube-system', name: expect.stringMatching(/^extra\.[0-9a-f]{16}$/) },
      involvedObject: { kind: 'ConfigMap', name: 'extra', uid: 'u-1', resourceVersion: '90' },
      ...event,
    })
    server.last.respond(posted, 201)
    await clock.settle()
    connection.close()
  })

  it('has the same name where it says the same, and one that is there already will do', async () => {
    const { server, connection, clock, host } = await openWatching()
    const names: string[] = []
    for (const message of ['why', 'why', 'why else']) {
      connection.record({ ...event, message })
      await clock.settle()
      names.push(JSON.parse(server.last.body).metadata.name)
      server.last.refuse(409, 'already exists')
      await clock.settle()
    }
    expect(names[0]).toBe(names[1])
    expect(names[0]).not.toBe(names[2])
    expect(host.log.lines).toEqual([])
    connection.close()
  })

  it('that is not permitted is logged once and otherwise forgotten', async () => {
    const { server, connection, clock, host } = await openWatching()
    for (const message of ['one', 'two']) {
      connection.record({ ...event, message })
      await clock.settle()
      server.last.refuse(403, 'events is forbidden')
      await clock.settle()
    }
    await clock.advance(5000)
    expect(server.requests).toHaveLength(2)
    const warnings = host.log.lines.filter((line) => line.includes('WARNING'))
    expect(warnings).toEqual([
      expect.stringContaining('no Event can be written about ConfigMap kube-system/extra'),
    ])
    connection.close()
  })

  it('is tried three times when the server fails', async () => {
    const { server, connection, clock } = await openWatching()
    server.answer = (request) => request.refuse(500, 'etcd is unwell')
    connection.record(event)
    await clock.advance(20_000)
    const posts = server.requests.filter(({ method }) => method === 'POST')
    expect(posts).toHaveLength(3)
    connection.close()
  })

  it('of those that wait the latest are kept', async () => {
    const { server, connection, clock } = await openWatching()
    for (let i = 0; i < 40; i++) connection.record({ ...event, message: `${i}` })
    server.answer = (request) => {
      if (request.method === 'POST') request.respond({}, 201)
    }
    await clock.settle()
    server.requests[0]?.respond({}, 201)
    await clock.settle()
    const told = server.requests.map(({ body }) => JSON.parse(body).message)
    expect(told).toHaveLength(17)
    expect(told.at(-1)).toBe('39')
    connection.close()
  })

  it('is clipped to what the API takes', async () => {
    const { server, connection, clock } = await openWatching()
    connection.record({ ...event, message: 'x'.repeat(5000) })
    await clock.settle()
    expect(JSON.parse(server.last.body).message).toHaveLength(1024)
    connection.close()
  })
})
