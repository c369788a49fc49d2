import type { Exchange } from '@fingerpost/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import type { Serve } from './serve.ts'
import { echo, idOf, testListener, testQuery, UdpClient } from './test-peer.ts'
import { openUdp, type UdpListener } from './udp.ts'

const runtime = await selectRuntime()
const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const { close } of opened.splice(0).map((one) => ({ close: () => one.close() }))) {
    await close()
  }
})

async function open(
  serve: Serve,
  { address = '127.0.0.1', port = 0, onFault = (_: unknown): void => {} } = {},
): Promise<UdpListener> {
  const listener = testListener('udp')
  const udp = await openUdp(runtime, { address, port, listener, onFault }, serve)
  opened.push(udp)
  return udp
}

function client(family: 'udp4' | 'udp6' = 'udp4'): UdpClient {
  const one = new UdpClient(family)
  opened.push(one)
  return one
}

describe('openUdp', () => {
  it('answers at once, later, or not at all', async () => {
    const udp = await open((wire, exchange) => {
      if (idOf(wire) === 1) return undefined
      return idOf(wire) === 2 ? Promise.resolve(echo(wire, exchange)) : echo(wire, exchange)
    })
    const from = client()
    await from.send(testQuery(1), udp.port)
    expect(idOf((await from.ask(testQuery(2), udp.port)).bytes)).toBe(2)
    const { bytes, port } = await from.ask(testQuery(3), udp.port)
    expect([idOf(bytes), bytes[2], port]).toEqual([3, 0x80, udp.port])
    expect(udp.counts).toEqual({ received: 3, dropped: 0, errors: 0 })
  })

  it('tells who asked and on which listener', async () => {
    const seen: Exchange[] = []
    const udp = await open((wire, exchange) => {
      seen.push({ ...exchange })
      return echo(wire, exchange)
    })
    const from = client()
    const port = await from.bind('127.0.0.1')
    await from.ask(testQuery(1), udp.port)
    expect(seen).toEqual([{ listener: udp.listener, clientAddress: '127.0.0.1', clientPort: port }])
    expect(udp.listener.port).toBe(udp.port)
  })

  it('receives datagrams of 4,096 octets and more whole, each in a buffer of its own', async () => {
    const seen: Uint8Array[] = []
    const udp = await open((wire, exchange) => {
      seen.push(wire)
      return echo(wire, exchange)
    })
    const from = client()
    for (const size of [12, 513, 4096, 9000]) {
      expect((await from.ask(testQuery(size, size), udp.port)).bytes.length).toBe(size)
    }
    expect(seen.map((wire) => [wire.length, idOf(wire)])).toEqual(
      [12, 513, 4096, 9000].map((size) => [size, size]),
    )
    expect(new Set(seen.map((wire) => wire.buffer)).size).toBe(4)
    expect(seen.every((wire) => wire.constructor === Uint8Array)).toBe(true)
  })

  it('answers a burst from several clients, each with its own replies', async () => {
    const udp = await open(echo)
    const clients = Array.from({ length: 5 }, () => client())
    await Promise.all(
      clients.map(async (from, at) => {
        for (let id = 0; id < 20; id++) await from.send(testQuery(at * 100 + id), udp.port)
        const ids = new Set<number>()
        for (let id = 0; id < 20; id++) ids.add(idOf((await from.next()).bytes))
        expect([...ids].sort((a, b) => a - b)).toEqual(
          Array.from({ length: 20 }, (_, id) => at * 100 + id),
        )
      }),
    )
  })

  it('goes on when the server throws or rejects', async () => {
    const faults: unknown[] = []
    const serve: Serve = (wire, exchange) => {
      if (idOf(wire) === 1) throw new Error('thrown')
      if (idOf(wire) === 2) return Promise.reject(new Error('rejected'))
      return echo(wire, exchange)
    }
    const udp = await open(serve, { onFault: (fault) => void faults.push(fault) })
    const from = client()
    await from.send(testQuery(1), udp.port)
    await from.send(testQuery(2), udp.port)
    expect(idOf((await from.ask(testQuery(3), udp.port)).bytes)).toBe(3)
    expect(faults.map(String).sort()).toEqual(['Error: rejected', 'Error: thrown'])
    expect(udp.counts.errors).toBe(2)
  })

  it('goes on when clients are gone before their replies', async () => {
    const replies: (() => void)[] = []
    const udp = await open((wire, exchange) => {
      const reply = echo(wire, exchange) as Uint8Array
      if (idOf(wire) === 9) return reply
      return new Promise((resolve) => replies.push(() => resolve(reply)))
    })
    for (let id = 1; id <= 3; id++) {
      const from = new UdpClient()
      await from.send(testQuery(id), udp.port)
      await from.close()
    }
    const from = client()
    expect(idOf((await from.ask(testQuery(9), udp.port)).bytes)).toBe(9)
    for (const reply of replies) reply()
    expect(idOf((await from.ask(testQuery(9), udp.port)).bytes)).toBe(9)
    expect(idOf((await from.ask(testQuery(9), udp.port)).bytes)).toBe(9)
  })

  it('hands the socket to another server; replies under way still leave', async () => {
    let finish = (_: Uint8Array): void => {}
    const udp = await open(() => new Promise((resolve) => (finish = resolve)))
    const from = client()
    await from.send(testQuery(1), udp.port)
    while (udp.counts.received === 0) await new Promise((resolve) => setImmediate(resolve))
    const other = client()
    udp.serve = (wire, exchange) => {
      finish(testQuery(7))
      return echo(wire, exchange)
    }
    expect(idOf((await other.ask(testQuery(2), udp.port)).bytes)).toBe(2)
    expect(idOf((await from.next()).bytes)).toBe(7)
  })

  it('names address and port when the port is taken', async () => {
    const udp = await open(echo)
    await expect(open(echo, { port: udp.port })).rejects.toThrow(
      `listen udp 127.0.0.1:${udp.port}: address already in use`,
    )
    const other = client()
    const port = await other.bind('127.0.0.1')
    for (const address of ['127.0.0.1', '']) {
      await expect(open(echo, { address, port })).rejects.toMatchObject({
        name: 'ListenError',
        code: 'EADDRINUSE',
        message: `listen udp ${address}:${port}: address already in use`,
      })
    }
  })

  it('says so when the address is not the host’s', async () => {
    await expect(open(echo, { address: '203.0.113.1' })).rejects.toThrow(
      'listen udp 203.0.113.1:0: cannot assign requested address',
    )
  })

  it('frees the port when closed', async () => {
    const udp = await open(echo)
    await udp.close()
    const again = await open(echo, { port: udp.port })
    expect(idOf((await client().ask(testQuery(5), again.port)).bytes)).toBe(5)
  })
})
