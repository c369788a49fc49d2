import { Flag, Message, Opcode, type Query, Rcode, type Rr, Type } from '@fingerpost/sdk'
import {
  type FakeHost,
  fakeHost,
  formatMessage,
  type LoadedPlugin,
  lifeCycleSuite,
  loadPlugin,
  makeQuery,
  replyWith,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import secondary from './index.ts'
import { TestPrimary } from './test-primary.ts'

const { SOA, AXFR, IXFR } = Type
const COREFILE = 'secondary {\ntransfer from 192.0.2.1\n}'
const www = (address: string): string => `www.a.test. 60 IN A ${address}`

interface World {
  readonly host: FakeHost
  readonly primary: TestPrimary
  readonly loaded: LoadedPlugin
}

async function load(
  prepare: (primary: TestPrimary, host: FakeHost) => void = () => {},
  corefile = COREFILE,
): Promise<World> {
  const host = fakeHost({ plugin: 'secondary', zones: ['a.test'] })
  const primary = new TestPrimary(host)
  prepare(primary, host)
  const loaded = (await loadPlugin(secondary, corefile, { host })) as LoadedPlugin
  await host.clock.settle()
  return { host, primary, loaded }
}

/** The last word of the first answer; the RCODE without one. */
async function ask({ loaded }: Pick<World, 'loaded'>, name = 'www.a.test'): Promise<string> {
  const { rcode, answer } = formatMessage(await loaded.ask(name, 'A'))
  return answer?.[0]?.split(' ').at(-1) ?? rcode ?? ''
}

const logOf = ({ host }: World): string => host.log.lines.join('\n')

describe('secondary', () => {
  it('transfers its zones when the server has started, and serves them', async () => {
    const world = await load()
    expect(world.primary.asked).toEqual([AXFR])
    expect(await ask(world)).toBe('192.0.2.1')
    expect(await ask(world, 'nosuch.a.test')).toBe('NXDOMAIN')
    expect(logOf(world)).toContain('Transferred: a.test. from 192.0.2.1:53, serial 1')
    expect(world.host.metrics.value('fingerpost_zone_serial', { zone: 'a.test.' })).toBe(1)
    await world.loaded.shutdown()
  })

  it('refuses names outside of its zones', async () => {
    const world = await load()
    expect(await ask(world, 'www.b.test')).toBe('REFUSED')
    await world.loaded.shutdown()
  })

  it('takes a zone from many messages, however they are cut', async () => {
    const world = await load((primary) => {
      primary.records = Array.from({ length: 300 }, (_, i) => `n${i}.a.test. 60 IN A 192.0.2.9`)
      primary.messageSize = 7
      primary.upstream.chunkSize = 11
    })
    expect(await ask(world, 'n299.a.test')).toBe('192.0.2.9')
    expect(world.host.network.openSockets).toBe(0)
    await world.loaded.shutdown()
  })

  it('gives SERVFAIL until a first transfer is done, which it tries more and more rarely', async () => {
    const world = await load((primary) => {
      primary.upstream.connect = 'refuse'
    })
    expect(await ask(world)).toBe('SERVFAIL')
    await world.host.clock.advance(60_000)
    const failures = world.host.log.lines.filter((line) => line.includes('ECONNREFUSED')).length
    // 0.25 + 0.5 + 1 + 2 + 4 + 8 seconds, then every ten.
    expect(failures).toBe(11)
    world.primary.upstream.connect = 'accept'
    await world.host.clock.advance(10_000)
    expect(await ask(world)).toBe('192.0.2.1')
    await world.loaded.shutdown()
  })

  it('asks the next primary when one fails', async () => {
    const world = await load((_, host) => {
      new TestPrimary(host, '192.0.2.2').records = [www('192.0.2.22')]
      new TestPrimary(host, '192.0.2.1').upstream.connect = 'refuse'
    }, 'secondary {\ntransfer from 192.0.2.1 192.0.2.2\n}')
    expect(await ask(world)).toBe('192.0.2.22')
    await world.loaded.shutdown()
  })
})

describe('the times of the SOA', () => {
  it('make it ask for the serial every refresh, and transfer what is newer', async () => {
    const world = await load()
    await world.host.clock.advance(105_000)
    expect(world.primary.asked).toEqual([AXFR, SOA])
    world.primary.serial = 2
    world.primary.records = [www('192.0.2.2')]
    await world.host.clock.advance(105_000)
    expect(world.primary.asked).toEqual([AXFR, SOA, SOA, IXFR])
    expect(await ask(world)).toBe('192.0.2.2')
    await world.loaded.shutdown()
  })

  it('compare serials as RFC 1982 does', async () => {
    const world = await load((primary) => {
      primary.serial = 0xffffffff
    })
    world.primary.serial = 1
    world.primary.records = [www('192.0.2.2')]
    await world.host.clock.advance(105_000)
    expect(await ask(world)).toBe('192.0.2.2')
    world.primary.serial = 0
    await world.host.clock.advance(105_000)
    expect(world.primary.asked.at(-1)).toBe(SOA)
    await world.loaded.shutdown()
  })

  it('make it ask every retry when that failed', async () => {
    const world = await load()
    world.primary.upstream.connect = 'refuse'
    await world.host.clock.advance(100_000 + 5000)
    const failures = (): number =>
      world.host.log.lines.filter((line) => line.includes('Failed to transfer')).length
    expect(failures()).toBe(1)
    await world.host.clock.advance(36_000)
    expect(failures()).toBeGreaterThanOrEqual(4)
    expect(await ask(world)).toBe('192.0.2.1')
    await world.loaded.shutdown()
  })

  it('end the service of a zone that is too old, until a primary is there again', async () => {
    const world = await load()
    world.primary.upstream.connect = 'refuse'
    await world.host.clock.advance(999_000)
    expect(await ask(world)).toBe('192.0.2.1')
    await world.host.clock.advance(2000)
    expect(await ask(world)).toBe('SERVFAIL')
    expect(logOf(world)).toContain('Zone a.test. is expired')
    world.primary.upstream.connect = 'accept'
    await world.host.clock.advance(12_000)
    expect(await ask(world)).toBe('192.0.2.1')
    await world.loaded.shutdown()
  })

  it('that are nought do not make it ask without a pause', async () => {
    const world = await load((primary) => {
      primary.refreshSeconds = 0
    })
    await world.host.clock.advance(20_000)
    expect(world.primary.asked.length).toBeLessThan(22)
    await world.loaded.shutdown()
  })
})

describe('changes of a zone (RFC 1995)', () => {
  const change = async (...changes: string[]): Promise<World> => {
    const world = await load((primary) => {
      primary.records = [www('192.0.2.1'), 'old.a.test. 60 IN A 192.0.2.5']
    })
    world.primary.changes = changes
    world.primary.serial = 3
    world.primary.records = [www('192.0.2.77')]
    await world.host.clock.advance(105_000)
    return world
  }
  const soa = (serial: number): string =>
    `a.test. 60 IN SOA ns.a.test. m.a.test. ${serial} 100 10 1000 60`

  it('are applied in the order of their versions', async () => {
    const world = await change(
      soa(3),
      soa(1),
      www('192.0.2.1'),
      soa(2),
      www('192.0.2.2'),
      'passing.a.test. 60 IN A 192.0.2.6',
      soa(2),
      'passing.a.test. 60 IN A 192.0.2.6',
      soa(3),
      'new.a.test. 60 IN A 192.0.2.7',
      soa(3),
    )
    expect(await ask(world)).toBe('192.0.2.2')
    expect(await ask(world, 'old.a.test')).toBe('192.0.2.5')
    expect(await ask(world, 'new.a.test')).toBe('192.0.2.7')
    expect(await ask(world, 'passing.a.test')).toBe('NXDOMAIN')
    expect(world.primary.asked).toEqual([AXFR, SOA, IXFR])
    expect(world.host.metrics.value('fingerpost_zone_serial', { zone: 'a.test.' })).toBe(3)
    await world.loaded.shutdown()
  })

  it('are asked for with the SOA that there is', async () => {
    const world = await change(soa(3), www('192.0.2.3'), soa(3))
    const wire = world.primary.upstream.asked.find(({ qtype }) => qtype === IXFR)?.wire
    const { authority } = formatMessage(Message.parse(wire as Uint8Array) as Message)
    expect(authority).toEqual([soa(1)])
    expect(await ask(world)).toBe('192.0.2.3')
    await world.loaded.shutdown()
  })

  it.each([
    ['remove what is not there', [soa(3), soa(1), www('192.0.2.99'), soa(3), soa(3)]],
    ['skip a version', [soa(3), soa(1), soa(2), soa(1), soa(3), soa(3)]],
  ])('that %s make it transfer the whole zone', async (_, changes) => {
    const world = await change(...changes)
    expect(world.primary.asked).toEqual([AXFR, SOA, IXFR, AXFR])
    expect(await ask(world)).toBe('192.0.2.77')
    await world.loaded.shutdown()
  })
})

describe('a transfer is not taken', () => {
  const whole = (...answer: string[]) => replyWith({ answer })
  const soa = 'a.test. 60 IN SOA ns.a.test. m.a.test. 1 100 10 1000 60'
  const malformed = (query: Query): Message => {
    const [first] = replyWith({ answer: [soa] })(query).answer as [Rr]
    // The target of the HTTPS record would be longer than it is.
    const https = { ...first, type: Type.HTTPS, rdata: Uint8Array.of(0, 1, 40) }
    return query.reply({ answer: [first, https, first] })
  }
  it.each([
    ['that is refused', replyWith({ rcode: 'REFUSED' }), 'it says REFUSED'],
    [
      'that begins with something else',
      whole(www('192.0.2.1'), soa),
      'does not begin with the SOA',
    ],
    ['of another zone', whole(soa.replace('a.test.', 'b.test.')), 'does not begin with the SOA'],
    ['that ends with another serial', whole(soa, soa.replace(' 1 ', ' 2 ')), 'another serial'],
    ['with records after its end', whole(soa, soa, www('192.0.2.1')), 'records after the end'],
    ['with a malformed record', malformed, 'malformed'],
    ['of another class', whole(soa, 'x.a.test. 1 CH TXT x', soa), 'not of class IN'],
    ['that is cut short', replyWith({ answer: [soa], flags: 'aa tc' }), 'cut short'],
  ])('%s', async (_, reply, reason) => {
    const host = fakeHost({ plugin: 'secondary', zones: ['a.test'] })
    host.network.streamUpstream('192.0.2.1', 53, reply)
    const loaded = (await loadPlugin(secondary, COREFILE, { host })) as LoadedPlugin
    await host.clock.settle()
    expect(host.log.lines.join('\n')).toContain(reason)
    expect((await loaded.ask('www.a.test', 'A')).rcode).toBe(Rcode.SERVFAIL)
    expect(host.network.openSockets).toBe(0)
    await loaded.shutdown()
  })

  it('when the primary says no more in the middle of it', async () => {
    const world = await load((primary) => {
      primary.instead = (query) =>
        query.reply({ answer: replyWith({ answer: [soa] })(query).answer })
    })
    await world.host.clock.advance(20_000)
    expect(logOf(world)).toContain('nothing came for 20 seconds')
    await world.loaded.shutdown()
  })

  it('when the connection is closed', async () => {
    const world = await load((primary) => {
      primary.instead = () => 'close'
    })
    expect(logOf(world)).toContain('the connection was closed')
    await world.loaded.shutdown()
  })
})

describe('NOTIFY', () => {
  const notify = (client: string) =>
    makeQuery('a.test', 'SOA', { client, opcode: Opcode.NOTIFY, flags: 'aa' })

  it('of a primary is answered, and makes it look at once', async () => {
    const world = await load()
    world.primary.serial = 2
    world.primary.records = [www('192.0.2.2')]
    const reply = await world.loaded.ask(notify('192.0.2.1'))
    expect([reply.rcode, reply.isAuthoritative]).toEqual([Rcode.NOERROR, true])
    expect((reply.flags & Flag.OPCODE) >> 11).toBe(Opcode.NOTIFY)
    await world.host.clock.settle()
    expect(await ask(world)).toBe('192.0.2.2')
    await world.loaded.shutdown()
  })

  it('of somebody else gets nothing', async () => {
    const world = await load()
    expect((await world.loaded.ask(notify('192.0.2.9'))).isDropped).toBe(true)
    expect(world.primary.asked).toEqual([AXFR])
    await world.loaded.shutdown()
  })
})

it('keeps what it has when the configuration is reloaded', async () => {
  const world = await load()
  const next = (await world.loaded.reload()) as LoadedPlugin
  expect(await ask({ loaded: next })).toBe('192.0.2.1')
  expect(world.primary.asked).toEqual([AXFR])
  await next.shutdown()
})

describe('the life of secondary', () => {
  lifeCycleSuite(secondary, COREFILE, {
    it,
    query: 'www.a.test A',
    host: () => {
      const host = fakeHost({ plugin: 'secondary', zones: ['a.test'] })
      new TestPrimary(host)
      return host
    },
    bad: { corefile: 'secondary {\nnosuch\n}', at: 'nosuch' },
  })
})
