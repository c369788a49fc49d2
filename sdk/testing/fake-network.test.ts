import { describe, expect, it } from 'vitest'
import { FakeClock, FakeNetwork, makeQuery } from './index.ts'

describe('FakeNetwork over UDP', () => {
  const target = { address: '192.0.2.1', port: 53 }
  async function dial(network: FakeNetwork) {
    const seen: string[] = []
    const socket = await network.dialUdp(target, {
      onMessage: (bytes) => seen.push(`message of ${bytes.length}`),
      onError: (error) => seen.push(error.message),
    })
    return { socket, seen }
  }

  it('answers after the upstream took its time', async () => {
    const clock = new FakeClock()
    const network = new FakeNetwork(clock)
    const upstream = network.udpUpstream('192.0.2.1', 53, (query) => query.reply())
    upstream.delayMs = 10
    const { socket, seen } = await dial(network)
    socket.send(makeQuery('a.example').wire)
    await clock.advance(9)
    expect(seen).toEqual([])
    await clock.advance(1)
    expect(seen).toEqual(['message of 27'])
    expect(upstream.asked.map(String)).toEqual(['a.example. IN A'])
    expect([clock.openTimers, network.openSockets]).toEqual([0, 1])
    socket.close()
    expect(network.openSockets).toBe(0)
  })

  it('refuses where nothing was scripted, and where the script says so', async () => {
    const clock = new FakeClock()
    const network = new FakeNetwork(clock)
    const nobody = await dial(network)
    nobody.socket.send(makeQuery('a').wire)
    network.udpUpstream('192.0.2.1', 53, () => 'refused')
    const closed = await dial(network)
    closed.socket.send(makeQuery('a').wire)
    await clock.settle()
    expect(nobody.seen).toEqual(['ECONNREFUSED: 192.0.2.1:53'])
    expect(closed.seen).toEqual(['ECONNREFUSED: 192.0.2.1:53'])
  })
})

describe('FakeNetwork over streams', () => {
  const target = { address: '192.0.2.1', port: 853, timeoutMs: 2000 }
  const framed = (name: string) => {
    const { wire } = makeQuery(name)
    return Uint8Array.of(0, wire.length, ...wire)
  }

  it('answers several queries of one connection in pieces, and closes it', async () => {
    const clock = new FakeClock()
    const network = new FakeNetwork(clock)
    const upstream = network.streamUpstream('192.0.2.1', 853, (query) =>
      query.qname.labelCount === 1 ? query.reply() : 'close',
    )
    upstream.chunkSize = 10
    const sizes: number[] = []
    let isClosed = false
    const socket = await network.dialStream(
      { ...target, tls: {} },
      { onData: (bytes) => sizes.push(bytes.length), onClose: () => (isClosed = true) },
    )
    const bytes = Uint8Array.of(...framed('a'), ...framed('b'), ...framed('c.d'))
    for (const octet of bytes) socket.write(Uint8Array.of(octet))
    await clock.settle()
    expect(upstream.asked.map((query) => query.listener.transport)).toEqual(['tls', 'tls', 'tls'])
    expect(sizes).toEqual([10, 10, 1, 10, 10, 1])
    expect(isClosed).toBe(true)
    expect(network.openSockets).toBe(0)
  })

  it('refuses or hangs as it is told', async () => {
    const clock = new FakeClock()
    const network = new FakeNetwork(clock)
    const handlers = { onData: () => {}, onClose: () => {} }
    await expect(network.dialStream(target, handlers)).rejects.toThrow('ECONNREFUSED')
    network.streamUpstream('192.0.2.1', 853, () => undefined).connect = 'hang'
    const dialled = network.dialStream(target, handlers).catch((error: Error) => error.message)
    await clock.advance(2000)
    expect(await dialled).toBe('ETIMEDOUT: 192.0.2.1:853')
    expect(network.openSockets).toBe(0)
  })
})
