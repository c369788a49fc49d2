import { createServer } from 'node:net'
import type { Clock } from '@fingerpost/sdk'
import { FakeClock } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import type { Serve } from './serve.ts'
import { openTcp, type TcpListener } from './tcp.ts'
import type { TcpLimits } from './tcp-limits.ts'
import { echo, framed, idOf, TcpClient, testListener, testQuery } from './test-peer.ts'

const system = await selectRuntime()
const opened: { close(): unknown }[] = []
const faults: unknown[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  faults.length = 0
})

async function open(
  serve: Serve,
  limits: Partial<TcpLimits> = {},
  { address = '127.0.0.1', port = 0, clock = system.clock as Clock } = {},
): Promise<TcpListener> {
  const tcp = await openTcp(
    { ...system, clock },
    { address, port, listener: testListener('tcp'), onFault: (fault) => void faults.push(fault) },
    serve,
    limits,
  )
  opened.push({ close: () => tcp.close(0) })
  return tcp
}

async function connect(tcp: TcpListener, host = '127.0.0.1'): Promise<TcpClient> {
  const client = await TcpClient.open(tcp.port, host)
  opened.push({ close: () => client.socket.destroy() })
  return client
}

const queries = (count: number, from = 0): Uint8Array =>
  framed(...Array.from({ length: count }, (_, i) => testQuery(from + i)))
const ids = (messages: readonly Uint8Array[]): number[] => messages.map(idOf)
const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i)
const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('openTcp', () => {
  it('answers pipelined queries in their order, whatever takes long', async () => {
    const waiting = new Map<number, () => void>()
    const tcp = await open((wire, exchange) => {
      const reply = echo(wire, exchange) as Uint8Array
      if (idOf(wire) % 2 === 0) return reply
      return new Promise((resolve) => waiting.set(idOf(wire), () => resolve(reply)))
    })
    const client = await connect(tcp)
    await client.write(queries(4))
    expect(ids(await client.receive(1))).toEqual([0])
    // Both slow ones are worked on at the same time; the later one finishes first.
    waiting.get(3)?.()
    await turns()
    expect(ids(client.messages())).toEqual([0])
    waiting.get(1)?.()
    expect(ids(await client.receive(4))).toEqual([0, 1, 2, 3])
  })

  it('reads queries that come octet by octet', async () => {
    const tcp = await open(echo)
    const client = await connect(tcp)
    for (const octet of queries(2)) await client.write(new Uint8Array([octet]))
    expect(ids(await client.receive(2))).toEqual([0, 1])
  })

  it('sends nothing for a query that gets no answer, and goes on', async () => {
    const tcp = await open((wire, exchange) =>
      idOf(wire) === 0
        ? undefined
        : idOf(wire) === 1
          ? Promise.resolve(undefined)
          : echo(wire, exchange),
    )
    const client = await connect(tcp)
    await client.write(queries(3))
    expect(ids(await client.receive(1))).toEqual([2])
  })

  it('drops queries that the server fails on, and goes on', async () => {
    const tcp = await open((wire, exchange) => {
      if (idOf(wire) === 0) throw new Error('thrown')
      if (idOf(wire) === 1) return Promise.reject(new Error('rejected'))
      return echo(wire, exchange)
    })
    const client = await connect(tcp)
    await client.write(queries(3))
    expect(ids(await client.receive(1))).toEqual([2])
    expect(faults.map(String)).toEqual(['Error: thrown', 'Error: rejected'])
  })

  it('answers both families on the wildcard address and shows IPv4 as IPv4', async () => {
    const seen: string[] = []
    const tcp = await open(
      (wire, exchange) => {
        seen.push(exchange.clientAddress)
        return echo(wire, exchange)
      },
      {},
      { address: '' },
    )
    const hosts = system.network
      .interfaces()
      .flatMap(({ addresses }) => addresses)
      .filter((address) => address === '127.0.0.1' || address === '::1')
    for (const host of hosts) {
      const client = await connect(tcp, host)
      await client.write(queries(1))
      await client.receive(1)
    }
    expect(seen).toEqual(hosts)
  })

  it('answers what was asked before the client closed its side, then closes', async () => {
    const tcp = await open(
      async (wire, exchange) => {
        await turns(1)
        return echo(wire, exchange)
      },
      { maxInFlight: 3 },
    )
    const client = await connect(tcp)
    await client.write(queries(20))
    client.socket.end()
    expect(ids(await client.receive(20))).toEqual(range(20))
    await client.closed
  })

  it('works on no more queries of a connection than allowed', async () => {
    let working = 0
    let most = 0
    const tcp = await open(
      async (wire, exchange) => {
        most = Math.max(most, ++working)
        await turns(1)
        working--
        return echo(wire, exchange)
      },
      { maxInFlight: 4 },
    )
    const client = await connect(tcp)
    await client.write(queries(50))
    expect(ids(await client.receive(50))).toEqual(range(50))
    expect(most).toBe(4)
  })

  it('closes after the number of queries allowed, all of them answered', async () => {
    const tcp = await open(async (wire, exchange) => echo(wire, exchange), { maxQueries: 2 })
    const client = await connect(tcp)
    await client.write(queries(5))
    expect(ids(await client.receive(2))).toEqual([0, 1])
    await client.closed
    expect(tcp.counts.received).toBe(2)
  })

  it('closes the longest idle connection for a new one when there are too many', async () => {
    const tcp = await open(echo, { maxConnections: 2 })
    const [first, second] = [await connect(tcp), await connect(tcp)]
    await first.write(queries(1))
    await first.receive(1)
    const third = await connect(tcp)
    await second.closed
    await third.write(queries(1))
    await third.receive(1)
    await first.write(queries(1))
    expect(ids(await first.receive(2))).toEqual([0, 0])
    expect(tcp.counts).toMatchObject({ accepted: 3, refused: 1 })
  })

  it('refuses a connection when all others are at work', async () => {
    const tcp = await open(() => new Promise(() => {}), { maxConnections: 1 })
    const first = await connect(tcp)
    await first.write(queries(1))
    await turns()
    const second = await connect(tcp)
    await second.closed
    expect(first.socket.destroyed).toBe(false)
  })

  it('stops reading from a client that doesn’t read, and ends it in time', async () => {
    const clock = new FakeClock()
    const tcp = await open((wire) => wire, { maxOutputBytes: 100_000 }, { clock })
    const client = await connect(tcp)
    client.socket.pause()
    // More than the kernel's buffers take.
    let areQueriesTaken = false
    const many = framed(testQuery(1, 60_000))
    for (let i = 0; i < 500; i++) client.socket.write(many)
    client.socket.write(many, (error) => (areQueriesTaken = !error))
    let [received, unsent] = [-1, -1]
    while (received !== tcp.counts.received || unsent !== client.socket.writableLength) {
      ;[received, unsent] = [tcp.counts.received, client.socket.writableLength]
      await turns(200)
    }
    expect(received).toBeGreaterThan(0)
    expect(received).toBeLessThan(500)
    expect(areQueriesTaken).toBe(false)
    await clock.advance(6000)
    // The client would only see it by reading on.
    while (tcp.connectionCount > 0) await turns(1)
  })

  it('lets a reset in the middle of a query pass', async () => {
    const tcp = await open(echo)
    for (let i = 0; i < 10; i++) {
      const client = await connect(tcp)
      await client.write(queries(2).slice(0, 20))
      client.socket.resetAndDestroy()
    }
    const client = await connect(tcp)
    await client.write(queries(1))
    expect(ids(await client.receive(1))).toEqual([0])
  })

  it('closes a connection that ends before its answer', async () => {
    let answer = (_: Uint8Array): void => {}
    const tcp = await open(() => new Promise((resolve) => (answer = resolve)))
    const client = await connect(tcp)
    await client.write(queries(1))
    while (tcp.counts.received === 0) await turns(1)
    client.socket.resetAndDestroy()
    await client.closed
    answer(testQuery(0))
    while (tcp.connectionCount > 0) await turns(1)
  })

  it('answers what is under way when it closes', async () => {
    let answer = (_: Uint8Array): void => {}
    const tcp = await open(() => new Promise((resolve) => (answer = resolve)))
    const [busy, idle] = [await connect(tcp), await connect(tcp)]
    await busy.write(queries(1))
    while (tcp.counts.received === 0) await turns(1)
    const closed = tcp.close()
    await idle.closed
    answer(testQuery(4))
    expect(ids(await busy.receive(1))).toEqual([4])
    await closed
    await expect(connect(tcp)).rejects.toThrow()
  })

  it('hands the connections to another server', async () => {
    const tcp = await open(() => testQuery(1))
    const client = await connect(tcp)
    await client.write(queries(1))
    await client.receive(1)
    tcp.serve = () => testQuery(2)
    await client.write(queries(1))
    expect(ids(await client.receive(2))).toEqual([1, 2])
  })

  it('opens one address beside its own wildcard listener, which Node can from 23 on', async () => {
    const general = await open(() => testQuery(1), {}, { address: '' })
    const opening = open(() => testQuery(2), {}, { port: general.port })
    if (system.name === 'node' && Number.parseInt(system.version, 10) < 23) {
      await expect(opening).rejects.toMatchObject({ code: 'EADDRINUSE' })
      return
    }
    const special = await opening
    const ask = async (): Promise<number[]> => {
      const client = await connect(general)
      await client.write(queries(1))
      return ids(await client.receive(1))
    }
    expect(await ask()).toEqual([2])
    await special.close(0)
    expect(await ask()).toEqual([1])
  })

  it('keeps half of the file descriptors for others', async () => {
    const tcp = await openTcp(
      { ...system, maxOpenFiles: 4 },
      { address: '127.0.0.1', port: 0, listener: testListener('tcp') },
      echo,
    )
    opened.push({ close: () => tcp.close(0) })
    const [first] = [await connect(tcp), await connect(tcp)]
    await connect(tcp)
    await first.closed
    expect(tcp.counts.refused).toBe(1)
  })

  it('frees the port when closed', async () => {
    const tcp = await open(echo)
    await tcp.close(0)
    const again = await open(echo, {}, { port: tcp.port })
    expect(again.port).toBe(tcp.port)
  })

  it('names address and port when the port is taken, by this process or another', async () => {
    const other = createServer()
    opened.push(other)
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    for (const address of ['127.0.0.1', '']) {
      await expect(open(echo, {}, { address, port })).rejects.toMatchObject({
        code: 'EADDRINUSE',
        message: `listen tcp ${address}:${port}: address already in use`,
      })
    }
    const tcp = await open(echo)
    await expect(open(echo, {}, { port: tcp.port })).rejects.toMatchObject({
      name: 'ListenError',
      code: 'EADDRINUSE',
      message: `listen tcp 127.0.0.1:${tcp.port}: address already in use`,
    })
  })
})

describe('the time limits of TCP', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['half a query', queries(1).slice(0, 7)],
  ])('ends a connection that sends %s for the first 3 s', async (_, bytes) => {
    const clock = new FakeClock()
    const tcp = await open(echo, {}, { clock })
    const client = await connect(tcp)
    await client.write(bytes)
    await turns()
    await clock.advance(2900)
    await turns()
    expect(tcp.connectionCount).toBe(1)
    await clock.advance(1000)
    await client.closed
  })

  it('isn’t impressed by an octet per second', async () => {
    const clock = new FakeClock()
    const tcp = await open(echo, {}, { clock })
    const client = await connect(tcp)
    for (const octet of queries(1).slice(0, 4)) {
      await client.write(new Uint8Array([octet]))
      await turns()
      await clock.advance(1000)
    }
    await client.closed
    expect(tcp.counts.received).toBe(0)
  })

  it('leaves an idle connection open for 10 s after an answer', async () => {
    const clock = new FakeClock()
    const tcp = await open(echo, {}, { clock })
    const client = await connect(tcp)
    await client.write(queries(1))
    await client.receive(1)
    await turns()
    await clock.advance(9500)
    await client.write(queries(1))
    await client.receive(2)
    await turns()
    await clock.advance(9500)
    await turns()
    expect(tcp.connectionCount).toBe(1)
    await clock.advance(1100)
    await client.closed
  })

  it('doesn’t end a connection whose query takes long', async () => {
    const clock = new FakeClock()
    let answer = (_: Uint8Array): void => {}
    const tcp = await open(() => new Promise((resolve) => (answer = resolve)), {}, { clock })
    const client = await connect(tcp)
    await client.write(queries(1))
    while (tcp.counts.received === 0) await turns(1)
    await clock.advance(60_000)
    answer(testQuery(3))
    expect(ids(await client.receive(1))).toEqual([3])
  })
})
