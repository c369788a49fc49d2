import { Class, type Listener, type Message, type Query, Type } from '@fingerpost/sdk'
import {
  fakeHost,
  fakeListener,
  lifeCycleSuite,
  loadPlugin,
  testOptions,
  testPlugin,
} from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import loop from './index.ts'

interface World {
  readonly zones?: string[]
  readonly listener?: Listener
  /** Where the probe should arrive. */
  readonly address?: string
  /** How many probes find no server yet. */
  readonly refusals?: number
  /** What the rest of the server does with the probe. */
  readonly next: (query: Query) => Message | Promise<Message>
}

/** A server that reaches itself: what is sent to its address goes through the plugin. */
async function start(world: World) {
  const { zones = ['.'], listener = fakeListener(), address = '127.0.0.1', next } = world
  let refusals = world.refusals ?? 0
  const host = fakeHost({ plugin: 'loop', zones, listeners: [listener] })
  const loaded = await loadPlugin(loop, 'loop', { host, start: false, next })
  const self = host.network.udpUpstream(address, listener.port, (query) =>
    refusals-- > 0 ? 'refused' : loaded.run(query),
  )
  host.listen()
  let isOver = false
  const started = Promise.resolve(loaded.handler.started?.()).then(() => {
    isOver = true
  })
  await host.clock.settle()
  return { host, loaded, self, started, isOver: () => isOver }
}

const silence = (): Promise<Message> => new Promise(() => {})

describe('loop', () => {
  it('sends itself one HINFO query with two random labels below the first zone', async () => {
    const { self, host } = await start({
      zones: ['a.test.', 'b.test.'],
      next: (query) => query.reply(),
    })
    await host.clock.advance(60_000)
    expect(self.asked).toHaveLength(1)
    const [probe] = self.asked
    expect(probe?.qname.toString()).toMatch(/^\d{20}\.\d{20}\.a\.test\.$/)
    expect(probe?.qtype).toBe(Type.HINFO)
    expect(probe?.qclass).toBe(Class.IN)
    expect(probe?.isRecursionDesired).toBe(true)
  })

  it.each([
    ['', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
    ['192.0.2.53', '192.0.2.53'],
  ])('reaches a listener on "%s" at %s', async (bound, address) => {
    const listener = fakeListener({ address: bound, port: 1053 })
    const { self } = await start({ listener, address, next: (query) => query.reply() })
    expect(self.asked).toHaveLength(1)
  })

  it("ends the process in CoreDNS's words when the query comes in for the third time", async () => {
    const listener = fakeListener({ port: 1053 })
    const { host, self, loaded } = await start({ listener, next: (query) => query.reply() })
    const probe = self.asked[0] as Query
    await loaded.ask(probe)
    expect(host.fatals).toEqual([])
    await loaded.ask(probe)
    await loaded.ask(probe)
    expect(host.fatals).toEqual([
      'Loop (127.0.0.1:49153 -> :1053) detected for zone ".", see ' +
        'https://coredns.io/plugins/loop#troubleshooting. ' +
        `Query: "HINFO ${probe.qname}"`,
    ])
  })

  it('puts IPv6 addresses in brackets', async () => {
    const listener = fakeListener({ address: '2001:db8::53', port: 1053 })
    const next = (query: Query): Message => query.reply()
    const { host, self, loaded } = await start({ listener, address: '2001:db8::53', next })
    const name = String(self.asked[0]?.qname)
    const options = { client: '2001:db8::1', clientPort: 5 }
    for (let i = 0; i < 3; i++) await loaded.ask(name, 'HINFO', options)
    expect(host.fatals[0]).toContain('Loop ([2001:db8::1]:5 -> [2001:db8::53]:1053) detected')
  })

  it('finds out that its upstream is itself, and leaves nothing open', async () => {
    const host = fakeHost({ plugin: 'loop' })
    let hops = 0
    const forward = async (query: Query): Promise<Message> => {
      const { network } = host
      // A loop has no end; this one must have one to be a test.
      if (++hops > 5) return silence()
      const socket = await network.dialUdp(
        { address: '127.0.0.1', port: 53 },
        { onMessage() {}, onError() {} },
      )
      socket.send(query.wire)
      socket.close()
      return silence()
    }
    const loaded = await loadPlugin(loop, 'loop', { host, start: false, next: forward })
    host.network.udpUpstream('127.0.0.1', 53, (query) => loaded.run(query))
    host.listen()
    const started = loaded.handler.started?.()
    await host.clock.settle()
    expect(hops).toBeGreaterThan(2)
    expect(host.fatals).toHaveLength(1)
    await started
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
  })

  it('takes a silent upstream for no loop, however often it asks, and gives up after 30 s', async () => {
    const { host, self, loaded, isOver } = await start({ next: silence })
    await host.clock.advance(29_000)
    expect(isOver()).toBe(false)
    expect(host.network.openSockets).toBeLessThanOrEqual(1)
    await host.clock.advance(3000)
    expect(isOver()).toBe(true)
    expect(self.asked).toHaveLength(10)
    expect(host.fatals).toEqual([])
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
    for (let i = 0; i < 5; i++) void loaded.run(self.asked[0] as Query)
    expect(host.fatals).toEqual([])
  })

  it('asks again a second after it was refused', async () => {
    const { host, self, loaded } = await start({ refusals: 2, next: (query) => query.reply() })
    await host.clock.advance(1999)
    expect(self.asked).toHaveLength(2)
    await host.clock.advance(10_000)
    expect(self.asked).toHaveLength(3)
    await loaded.shutdown()
  })

  it('forgets what earlier attempts saw', async () => {
    // Two copies of the first probe, which is not answered in time; then one of the second.
    const { host, self, loaded } = await start({ next: silence })
    void loaded.run(self.asked[0] as Query)
    await host.clock.advance(3000)
    expect(self.asked).toHaveLength(2)
    expect(host.fatals).toEqual([])
    await loaded.shutdown()
  })

  it('is over 2 s after any answer, be it a failure', async () => {
    const { host, loaded, self, isOver } = await start({
      next: (query) => query.reply({ rcode: 2 }),
    })
    const [probe] = self.asked
    await host.clock.advance(1999)
    expect(isOver()).toBe(false)
    await host.clock.advance(1)
    expect(isOver()).toBe(true)
    for (let i = 0; i < 5; i++) await loaded.ask(probe as Query)
    expect(host.fatals).toEqual([])
  })

  it('counts neither other names nor other types', async () => {
    const { host, loaded, self } = await start({ next: (query) => query.reply() })
    const name = String(self.asked[0]?.qname)
    for (let i = 0; i < 5; i++) {
      await loaded.ask(name, 'A')
      await loaded.ask(`x.${name}`, 'HINFO')
      await loaded.ask('example.org', 'HINFO')
    }
    expect(host.fatals).toEqual([])
  })

  it.each([
    ['waits for an answer', silence],
    ['waits for late copies', (query: Query) => query.reply()],
  ])('ends at once at a shutdown while it %s', async (_, next) => {
    const { host, loaded, started } = await start({ next })
    await loaded.shutdown()
    await started
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
  })

  it('closes a socket that opens only after the shutdown, and sends nothing', async () => {
    const host = fakeHost({ plugin: 'loop' })
    const self = host.network.udpUpstream('127.0.0.1', 53, () => undefined)
    const dial = host.network.dialUdp.bind(host.network)
    let open: () => void = () => {}
    host.network.dialUdp = async (...parts) => {
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return dial(...parts)
    }
    const loaded = await loadPlugin(loop, 'loop', { host })
    await loaded.shutdown()
    open()
    await host.clock.settle()
    expect(self.asked).toEqual([])
    expect(host.network.openSockets).toBe(0)
    expect(host.clock.openTimers).toBe(0)
  })

  it('does nothing in a block that is not reached over UDP', async () => {
    const host = fakeHost({ plugin: 'loop', listeners: [fakeListener({ transport: 'tls' })] })
    await loadPlugin(loop, 'loop', { host })
    expect(host.clock.openTimers).toBe(0)
    expect(host.network.asked).toEqual([])
  })

  it('says that the name of a zone is too long for it', async () => {
    const zone = `${'x'.repeat(60)}.`.repeat(4)
    const host = fakeHost({ plugin: 'loop', zones: [zone] })
    await loadPlugin(loop, 'loop', { host })
    expect(host.log.lines).toEqual([expect.stringMatching(/^\[WARNING\] .* has no room/)])
  })

  testPlugin(loop, 'loop', [{ query: 'example.org HINFO', expect: { passed: true } }], { it })
  testOptions(
    loop,
    [
      { text: 'loop x', error: /./, at: 'x' },
      { text: 'loop\nloop', error: /once per Server Block/, at: 'loop' },
    ],
    { it },
  )
  lifeCycleSuite(loop, 'loop', { it, bad: { corefile: 'loop x', at: 'x' } })
})
