import { loadPlugin, makeQuery } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import etcd from './index.ts'
import { type ScriptedEtcd, scriptedEtcd } from './scripted-etcd.ts'

const ZONE = '/skydns/test/skydns'
const keys = { [`${ZONE}/x`]: { host: '192.0.2.1' } }
const PEM = '-----BEGIN CERTIFICATE-----\n'

async function start(world: ScriptedEtcd, block = '') {
  const { ask, host, shutdown } = await loadPlugin(etcd, `etcd skydns.test {\n${block}\n}`, {
    host: world.host,
  }).then((loaded) => ({
    host: loaded.host,
    shutdown: () => loaded.shutdown(),
    /** The RCODE, and why. */
    ask: async () => {
      const response = await loaded.ask(makeQuery('x.skydns.test A'))
      const { cause } = response
      return cause instanceof Error ? `${response.rcode} ${cause.message}` : `${response.rcode}`
    },
  }))
  return { ask, host, shutdown, dialled: () => world.server.dialled.map(({ address }) => address) }
}

const credentials = 'credentials root secret'

describe('an etcd that is away', () => {
  it('means SERVFAIL until it is back', async () => {
    const world = scriptedEtcd(keys)
    const { ask } = await start(world)
    world.server.connect = 'refuse'
    expect(await ask()).toBe('2 http://localhost:2379: ECONNREFUSED')
    world.server.connect = 'accept'
    expect(await ask()).toBe('0')
    world.server.cutAll()
    expect(await ask()).toBe('0')
  })

  it('means SERVFAIL after five seconds when it is silent', async () => {
    const world = scriptedEtcd(keys)
    const { ask, host } = await start(world)
    world.server.answer = () => {}
    const answer = ask()
    await host.clock.advance(4999)
    expect(world.server.openSockets).toBe(1)
    await host.clock.advance(1)
    expect(await answer).toBe('2 http://localhost:2379: the server did not answer')
    expect([world.server.openSockets, host.clock.openTimers]).toEqual([0, 0])
  })

  it('gives way to the next, which is kept to', async () => {
    const world = scriptedEtcd(keys)
    const { ask, dialled } = await start(world, 'endpoint http://one:1 two:2 http://[::3]:3')
    const dial = world.server.dialStream.bind(world.server)
    world.server.dialStream = (options, handlers) => {
      if (options.address !== 'one') return dial(options, handlers)
      world.server.dialled.push(options)
      return Promise.reject(new Error('ECONNREFUSED'))
    }
    expect([await ask(), await ask()]).toEqual(['0', '0'])
    expect(dialled()).toEqual(['one', 'two'])
    const inner = world.server.answer
    world.server.answer = (request) => {
      if (request.fields.get('host') === 'two:2') {
        request.respond({ message: 'etcdserver: no leader', code: 14 }, 503)
      } else inner(request)
    }
    expect(await ask()).toBe('0')
    expect(dialled()).toEqual(['one', 'two', '::3'])
  })

  it('waits two seconds for one of several', async () => {
    const world = scriptedEtcd(keys)
    const { ask, host } = await start(world, 'endpoint one two')
    const inner = world.server.answer
    world.server.answer = (request) => {
      if (request.fields.get('host') !== 'one:2379') inner(request)
    }
    const answer = ask()
    await host.clock.advance(2000)
    expect(await answer).toBe('0')
  })

  it('fails with what it says', async () => {
    const world = scriptedEtcd(keys)
    const { ask } = await start(world)
    const says = (body: unknown, status: number): void => {
      world.server.answer = (request) => request.respond(body, status)
    }
    says({ error: 'x', message: 'etcdserver: permission denied', code: 7 }, 403)
    expect(await ask()).toBe('2 http://localhost:2379: etcdserver: permission denied')
    says('not found', 404)
    expect(await ask()).toContain('HTTP status 404: this is no etcd 3.4 or later')
    for (const body of ['', null, [], {}, { responses: 1 }, { responses: [{}] }]) {
      says(body, 200)
      expect(await ask()).toBe('2 what came is not what etcd answers')
    }
    says({ responses: [{ response_range: { kvs: [{ key: '%' }] } }] }, 200)
    expect(await ask()).toBe('2 what came is not what etcd answers')
  })

  it('fails when the answer has no end', async () => {
    const world = scriptedEtcd(keys)
    const { ask } = await start(world)
    const piece = 'x'.repeat(1024 * 1024)
    world.server.answer = (request) => {
      request.begin()
      for (let i = 0; i < 9; i++) request.chunk(piece)
    }
    expect(await ask()).toContain('the answer is longer than 8388608 octets')
    expect(world.server.openSockets).toBe(0)
  })

  it('is asked over sixteen connections, which are taken in turn', async () => {
    const world = scriptedEtcd(keys)
    const { ask, host } = await start(world)
    const { answer } = world.server
    world.server.answer = () => {}
    const answers = Array.from({ length: 18 }, () => ask())
    await host.clock.settle()
    expect(world.server.requests).toHaveLength(16)
    world.server.answer = answer
    for (const request of world.server.requests.splice(0)) answer(request)
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['0']))
    expect(world.server.openSockets).toBe(16)
  })

  it('gets a new connection after a minute of rest', async () => {
    const world = scriptedEtcd(keys)
    const { ask, host, dialled } = await start(world)
    await ask()
    await host.clock.advance(60_000)
    await ask()
    expect(dialled()).toHaveLength(1)
    await host.clock.advance(60_001)
    world.server.muteAll()
    expect(await ask()).toBe('0')
    expect(dialled()).toHaveLength(2)
  })

  it('lets a bounded number of questions wait', async () => {
    const world = scriptedEtcd(keys)
    const { ask, shutdown, host } = await start(world)
    world.server.answer = () => {}
    const answers = Array.from({ length: 16 + 256 + 1 }, () => ask())
    expect(await answers.at(-1)).toBe('2 http://localhost:2379: too many questions wait')
    await host.clock.settle()
    expect(world.server.openSockets).toBe(16)
    await shutdown()
    const ends = await Promise.all(answers.slice(0, -1))
    expect(new Set(ends)).toEqual(new Set(['2 http://localhost:2379: the connection was closed']))
    expect([world.server.openSockets, host.clock.openTimers]).toEqual([0, 0])
  })
})

describe('credentials', () => {
  it('are shown once, and again when the token is of no use any more', async () => {
    const world = scriptedEtcd(keys)
    world.password = 'secret'
    const { ask } = await start(world, credentials)
    expect([await ask(), await ask()]).toEqual(['0', '0'])
    const targets = () => world.server.takeTargets().map((target) => target.split('/').at(-1))
    expect(targets()).toEqual(['authenticate', 'txn', 'txn'])
    world.token = 'second'
    expect(await ask()).toBe('0')
    expect(targets()).toEqual(['txn', 'authenticate', 'txn'])
  })

  it('are not shown for a while after they were refused', async () => {
    const world = scriptedEtcd(keys)
    world.password = 'other'
    const { ask, host } = await start(world, credentials)
    const refused =
      '2 http://localhost:2379: user root: etcdserver: authentication failed, invalid user ID or password'
    expect([await ask(), await ask()]).toEqual([refused, refused])
    expect(world.server.requests).toHaveLength(1)
    world.password = 'secret'
    await host.clock.advance(5000)
    expect(await ask()).toBe('0')
  })

  it('are not needed while etcd has no users, and asked for when it has', async () => {
    const world = scriptedEtcd(keys)
    const { ask } = await start(world, credentials)
    expect(await ask()).toBe('0')
    world.password = 'secret'
    expect(await ask()).toBe('0')
  })

  it('are missed by who has none', async () => {
    const world = scriptedEtcd(keys)
    world.password = 'secret'
    const { ask } = await start(world)
    expect(await ask()).toBe('2 http://localhost:2379: etcdserver: user name is empty')
  })
})

describe('tls', () => {
  it('secures connections with the files as they are by then', async () => {
    const world = scriptedEtcd(keys)
    world.host.files.set('/cert', `${PEM}cert`)
    world.host.files.set('/key', `${PEM}key`)
    world.host.files.set('/ca', `${PEM}ca`)
    const { ask } = await start(world, 'endpoint one https://192.0.2.1\n tls /cert /key /ca')
    expect(await ask()).toBe('0')
    expect(world.server.dialled[0]?.tls).toEqual({
      cert: `${PEM}cert`,
      key: `${PEM}key`,
      ca: `${PEM}ca`,
      serverName: 'one',
      alpn: ['http/1.1'],
    })
    world.host.files.set('/cert', `${PEM}new`)
    world.server.cutAll()
    await ask()
    expect(world.server.dialled.at(-1)?.tls?.cert).toBe(`${PEM}new`)
  })

  it('is what https means, with the authorities of the system', async () => {
    const world = scriptedEtcd(keys)
    const { ask } = await start(world, 'endpoint https://192.0.2.1')
    await ask()
    expect(world.server.dialled[0]?.tls).toEqual({ alpn: ['http/1.1'] })
  })

  it.each([
    ['/nosuch', 'tls: /nosuch cannot be read'],
    ['/text', 'tls: /text is no PEM file'],
  ])('points at the file %s', async (path, message) => {
    const world = scriptedEtcd(keys)
    world.host.files.set('/text', 'text')
    await expect(start(world, `tls ${path}`)).rejects.toMatchObject({
      message,
      at: { text: path },
    })
  })
})
