import process from 'node:process'
import { describe, expect, it } from 'vitest'
import type { Libc } from './bun-libc.ts'
import { BatchReceiver } from './bun-udp-receiver.ts'
import { selectRuntime } from './select.ts'

const runtime = await selectRuntime()
const nothing = (): void => {}

/** Datagrams that wait at one time: Bun reads the first of them, and we the rest. All fit into a buffer. */
const WAITING = 100
const bytes = (i: number, size: number): Uint8Array => {
  const made = new Uint8Array(size).map((_, at) => i + at)
  new DataView(made.buffer).setUint16(0, i)
  return made
}

/** Sizes among those of a batch: the usual ones, and those that do not fit into a slot. */
const sizeOf = (i: number): number => (i % 50 === 25 ? 5000 + i : 12 + (i % 90))

describe('reading many datagrams at once', () => {
  it.each(['127.0.0.1', '::1', '::'])(
    'gets each whole, with its client, at %s',
    async (address) => {
      const got: { bytes: Uint8Array; port: number; address: string }[] = []
      const server = await runtime.bindUdp(
        { address, port: 0, isShared: false },
        {
          onDatagram: (bytes, port, address) => got.push({ bytes, port, address }),
          onDrain: nothing,
          onLongTurn: nothing,
          onDropped: nothing,
          onError: nothing,
        },
      )
      const to = address === '::' ? '127.0.0.1' : address
      const handlers = { onMessage: nothing, onError: nothing }
      const clients = await Promise.all(
        [0, 1, 2].map(() => runtime.network.dialUdp({ address: to, port: server.port }, handlers)),
      )
      for (let i = 0; i < WAITING; i++) clients[i % 3]?.send(bytes(i, sizeOf(i)))
      await expect.poll(() => got.length).toBe(WAITING)
      // They may come in another order.
      const seen = new Map(got.map((one) => [new DataView(one.bytes.buffer).getUint16(0), one]))
      expect(seen.size).toBe(WAITING)
      for (const [i, { bytes: octets, port, address: from }] of seen) {
        expect(octets).toEqual(bytes(i, sizeOf(i)))
        expect(octets.buffer.byteLength).toBeLessThan(octets.length + 1024)
        expect(port).toBe(clients[i % 3]?.localPort)
        expect(from).toBe(address === '::' ? '::ffff:127.0.0.1' : address)
      }
      for (const client of clients) client.close()
      await server.close()
    },
  )

  it('gets the replies of one server whole', async () => {
    const received = new Map<number, Uint8Array>()
    const sent: (Uint8Array | number | string)[] = []
    const server = await runtime.bindUdp(
      { address: '127.0.0.1', port: 0, isShared: false },
      {
        onDatagram(_, port, address) {
          for (let i = 0; i < WAITING; i++) sent.push(bytes(i, sizeOf(i)), port, address)
        },
        onDrain: nothing,
        onLongTurn: nothing,
        onDropped: nothing,
        onError: nothing,
      },
    )
    const client = await runtime.network.dialUdp(
      { address: '127.0.0.1', port: server.port },
      {
        onMessage: (octets) => received.set(new DataView(octets.buffer).getUint16(0), octets),
        onError: nothing,
      },
    )
    expect(client.send(new Uint8Array(12))).toBe(true)
    await expect.poll(() => sent.length).toBe(3 * WAITING)
    for (let at = 0; at < sent.length; ) {
      at += 3 * server.sendMany(sent.slice(at, at + 3 * 32))
    }
    await expect.poll(() => received.size).toBe(WAITING)
    for (const [i, octets] of received) expect(octets).toEqual(bytes(i, sizeOf(i)))
    client.close()
    await server.close()
  })
})

describe.skipIf(process.versions.bun === undefined)('a connected socket of Bun', () => {
  it('tells that nobody listens', async () => {
    const nobody = await runtime.bindUdp(
      { address: '127.0.0.1', port: 0, isShared: false },
      {
        onDatagram: nothing,
        onDrain: nothing,
        onLongTurn: nothing,
        onDropped: nothing,
        onError: nothing,
      },
    )
    const { port } = nobody
    await nobody.close()
    const codes: unknown[] = []
    const client = await runtime.network.dialUdp(
      { address: '127.0.0.1', port },
      { onMessage: nothing, onError: (error) => codes.push((error as { code?: unknown }).code) },
    )
    await expect
      .poll(() => {
        client.send(new Uint8Array(12))
        return codes.length
      })
      .toBeGreaterThan(0)
    expect(new Set(codes)).toEqual(new Set(['ECONNREFUSED']))
    client.close()
  })
})

describe('BatchReceiver', () => {
  /** Of a system where so many empty datagrams wait. */
  const receiverOf = (count: number) =>
    new BatchReceiver({
      ptr: () => 0,
      reserve: () => undefined,
      recvmmsg: () => count,
    } as unknown as Libc)

  it('hands on the others when one makes a fault, and tells of it then', () => {
    const receiver = receiverOf(3)
    let taken = 0
    const take = (): void => {
      if (++taken === 2) throw new Error('of the second')
    }
    expect(() => receiver.receive(1, take)).toThrow('of the second')
    expect(taken).toBe(3)
    expect(receiver.receive(1, take)).toBe(3)
  })

  it('gets nothing while it hands on', () => {
    const receiver = receiverOf(2)
    const counts: number[] = []
    expect(receiver.receive(1, () => counts.push(receiver.receive(1, nothing)))).toBe(2)
    expect(counts).toEqual([0, 0])
  })

  it('gets nothing where there is a fault', () => {
    expect(receiverOf(-1).receive(1, nothing)).toBe(0)
  })
})
