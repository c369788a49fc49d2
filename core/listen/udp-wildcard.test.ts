import type { NetworkInterface } from '@fingerpost/sdk'
import { FakeClock } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { Runtime } from '../runtime/runtime.ts'
import { selectRuntime } from '../runtime/select.ts'
import type { Serve } from './serve.ts'
import { echo, idOf, testListener, testQuery, UdpClient } from './test-peer.ts'
import { openUdp, type UdpListener } from './udp.ts'
import { SCAN_INTERVAL_MS, STRAY_SCAN_DELAY_MS } from './udp-wildcard.ts'

const system = await selectRuntime()
const opened: { close(): unknown }[] = []
const localAddresses = system.network.interfaces().flatMap(({ addresses }) => addresses)

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(
  runtime: Runtime = system,
  { address = '', port = 0, serve = echo as Serve } = {},
): Promise<UdpListener> {
  const udp = await openUdp(runtime, { address, port, listener: testListener('udp') }, serve)
  opened.push(udp)
  return udp
}

async function ask(address: string, port: number): Promise<{ id: number; from: string }> {
  const client = new UdpClient(address.includes(':') ? 'udp6' : 'udp4')
  opened.push(client)
  const { bytes, address: from } = await client.ask(testQuery(5), port, address)
  return { id: idOf(bytes), from }
}

/** The system with other interfaces: loopback addresses exist without being configured (Linux). */
function hostWith(addresses: readonly string[], clock = new FakeClock()) {
  const host = { addresses, binds: [] as string[] }
  const runtime: Runtime = {
    ...system,
    clock,
    network: {
      ...system.network,
      interfaces: (): NetworkInterface[] => [{ name: 'lo', addresses: host.addresses }],
    },
    bindUdp(options, receiver) {
      host.binds.push(options.address)
      return system.bindUdp(options, receiver)
    },
  }
  return { host, runtime, clock }
}

/** Waits for what happens in turns of the event loop to come. */
async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setImmediate(resolve))
}

describe('a UDP listener on the wildcard address', () => {
  it.each(['', '0.0.0.0', '::'])(
    'answers both families on %j from the address asked',
    async (address) => {
      const udp = await open(system, { address })
      for (const local of localAddresses) {
        const { id, from } = await ask(local, udp.port)
        expect([id, from.split('%')[0]]).toEqual([5, local.split('%')[0]])
      }
      expect(udp.address).toBe('')
    },
  )

  it('shows IPv4 clients as IPv4 and link-local ones without zone', async () => {
    const seen: string[] = []
    const serve: Serve = (wire, exchange) => {
      seen.push(exchange.clientAddress)
      return echo(wire, exchange)
    }
    // No address is known, so the wildcard socket itself gets the query.
    const udp = await open(hostWith([]).runtime, { serve })
    await ask('127.0.0.1', udp.port)
    const linkLocal = localAddresses.find((address) => address.startsWith('fe80'))
    if (linkLocal !== undefined) await ask(linkLocal, udp.port)
    expect(seen[0]).toBe('127.0.0.1')
    expect(seen.join()).not.toMatch(/%|ffff/)
  })

  it('follows addresses that come and go', async () => {
    if (!hasLoopbackNet) return
    const { host, runtime, clock } = hostWith(['127.0.0.1'])
    const udp = await open(runtime)
    host.addresses = ['127.0.0.1', '127.0.0.77']
    await clock.advance(SCAN_INTERVAL_MS)
    await eventually(async () => (await ask('127.0.0.77', udp.port)).from === '127.0.0.77')
    host.addresses = ['127.0.0.1']
    await clock.advance(SCAN_INTERVAL_MS)
    await eventually(async () => (await ask('127.0.0.77', udp.port)).from === '127.0.0.1')
  })

  it('looks addresses up soon after a query to one it doesn’t know', async () => {
    if (!hasLoopbackNet) return
    const { host, runtime, clock } = hostWith(['127.0.0.1'])
    const udp = await open(runtime)
    host.addresses = ['127.0.0.1', '127.0.0.78']
    expect((await ask('127.0.0.78', udp.port)).from).toBe('127.0.0.1')
    await clock.advance(STRAY_SCAN_DELAY_MS)
    await eventually(async () => (await ask('127.0.0.78', udp.port)).from === '127.0.0.78')
  })

  it('leaves an address to a listener of its own, and takes it back', async () => {
    const general = await open()
    const special = await openUdp(
      system,
      { address: '127.0.0.1', port: general.port, listener: testListener('udp') },
      () => testQuery(99),
    )
    await eventually(async () => (await ask('127.0.0.1', general.port)).id === 99)
    for (let i = 0; i < 5; i++) expect((await ask('127.0.0.1', general.port)).id).toBe(99)
    await special.close()
    expect(await ask('127.0.0.1', general.port)).toEqual({ id: 5, from: '127.0.0.1' })
  })

  it('opens beside a listener of its own process that holds one address', async () => {
    const special = await open(system, { address: '127.0.0.1', serve: () => testQuery(99) })
    await open(system, { port: special.port })
    expect((await ask('127.0.0.1', special.port)).id).toBe(99)
    await expect(open(system, { port: special.port })).rejects.toThrow('address already in use')
  })

  it('survives a host without IPv6', async () => {
    const runtime: Runtime = {
      ...hostWith(['127.0.0.1']).runtime,
      bindUdp(options, receiver) {
        if (!options.address.includes(':')) return system.bindUdp(options, receiver)
        return Promise.reject(Object.assign(new Error('no'), { code: 'EAFNOSUPPORT' }))
      },
    }
    const udp = await open(runtime)
    expect(await ask('127.0.0.1', udp.port)).toEqual({ id: 5, from: '127.0.0.1' })
  })
})

// All of 127.0.0.0/8 is local on Linux without configuration, which serves as a second address.
const hasLoopbackNet = process.platform === 'linux'
