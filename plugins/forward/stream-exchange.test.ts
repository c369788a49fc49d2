import { type DnsError, FrameReader, Message, type Query } from '@fingerpost/sdk'
import { type FakeHost, fakeHost, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import type { Pending } from './pending.ts'
import {
  MAX_CONNECTIONS,
  MAX_PIPELINED,
  StreamExchange,
  type StreamLimits,
} from './stream-exchange.ts'
import { Upkeep } from './upkeep.ts'

class Asked implements Pending {
  readonly query: Query = makeQuery('a.test', 'A')
  readonly wire: Uint8Array = this.query.wire
  id = 0
  expiresAt: number
  reply: Message | undefined
  fault = ''

  constructor(expiresAt: number) {
    this.expiresAt = expiresAt
  }
  onConnected(now: number): void {
    this.expiresAt = now + 2000
  }
  onReply(reply: Uint8Array): void {
    this.reply = Message.parse(reply)
  }
  onFault(fault: DnsError): void {
    this.fault = fault.message
  }
}

function setUp(limits: Partial<StreamLimits> = {}): {
  host: FakeHost
  exchange: StreamExchange
  send(): Asked
} {
  const host = fakeHost({ plugin: 'forward' })
  const remote = { address: '192.0.2.1', port: 53, timeoutMs: 2000 }
  const exchange = new StreamExchange(
    remote,
    { idleMs: 10_000, maxAgeMs: 0, maxIdle: 0, ...limits },
    { ...host, upkeep: new Upkeep(host.clock), countReuse: () => {} },
  )
  const send = (): Asked => {
    const asked = new Asked(host.clock.now() + 2000)
    exchange.send(asked)
    return asked
  }
  return { host, exchange, send }
}

describe('exchange over streams', () => {
  it('reuses a connection for one query after the other', async () => {
    const { host, exchange, send } = setUp()
    const upstream = host.network.streamUpstream('192.0.2.1', 53, replyWith({}))
    for (let i = 0; i < 5; i++) {
      const asked = send()
      await host.clock.settle()
      expect(asked.reply).toBeDefined()
    }
    expect(upstream.sockets).toHaveLength(1)
    exchange.close()
    expect(host.network.openSockets).toBe(0)
  })

  it('opens more connections while others are busy, then pipelines, then refuses', async () => {
    const { host, exchange, send } = setUp()
    const upstream = host.network.streamUpstream('192.0.2.1', 53, replyWith({}))
    upstream.delayMs = 10
    const most = MAX_CONNECTIONS * MAX_PIPELINED
    const all = Array.from({ length: most + 1 }, send)
    expect(all.at(-1)?.fault).toContain(`more than ${most} queries wait`)
    await host.clock.advance(100)
    expect(upstream.sockets).toHaveLength(MAX_CONNECTIONS)
    expect(all.filter(({ reply }) => reply !== undefined)).toHaveLength(most)
    exchange.close()
  })

  it('takes replies out of order and in pieces', async () => {
    const { host, exchange, send } = setUp()
    let turn = 0
    const upstream = host.network.streamUpstream('192.0.2.1', 53, (query) => ({
      afterMs: turn++ % 2 === 0 ? 50 : 10,
      reply: replyWith({ answer: ['a.test. 60 IN A 192.0.2.1'] })(query),
    }))
    upstream.chunkSize = 3
    const all = Array.from({ length: 64 }, send)
    await host.clock.advance(100)
    expect(all.every(({ reply }) => reply?.answerCount === 1)).toBe(true)
    exchange.close()
  })

  it('sends a query again when a connection that had served is closed under it', async () => {
    const { host, exchange, send } = setUp()
    const upstream = host.network.streamUpstream('192.0.2.1', 53, (query) =>
      upstream.asked.length === 2 ? 'close' : replyWith({})(query),
    )
    send()
    await host.clock.settle()
    const second = send()
    await host.clock.settle()
    expect(second.reply).toBeDefined()
    expect([upstream.asked.length, upstream.sockets.length]).toEqual([3, 2])
    exchange.close()
  })

  it('fails a query when a new connection is closed under it', async () => {
    const { host, exchange, send } = setUp()
    const upstream = host.network.streamUpstream('192.0.2.1', 53, () => 'close')
    const asked = send()
    await host.clock.settle()
    expect(asked.fault).toBe('EOF')
    expect(upstream.asked).toHaveLength(1)
    exchange.close()
  })

  it.each([
    ['refuse', 'dial tcp 192.0.2.1:53: connect: connection refused'],
    ['hang', 'dial tcp 192.0.2.1:53: i/o timeout'],
  ] as const)('tells that connections %s', async (connect, fault) => {
    const { host, exchange, send } = setUp()
    host.network.streamUpstream('192.0.2.1', 53, replyWith({})).connect = connect
    const asked = send()
    await host.clock.advance(2100)
    expect(asked.fault).toBe(fault)
    exchange.close()
  })

  it('does not reuse a connection on which a query timed out', async () => {
    const { host, exchange, send } = setUp()
    const upstream = host.network.streamUpstream('192.0.2.1', 53, () => undefined)
    const asked = send()
    await host.clock.advance(2100)
    expect(asked.fault).toMatch(/read tcp .*i\/o timeout/)
    expect(host.network.openSockets).toBe(0)
    upstream.answer = replyWith({})
    expect(send().fault).toBe('')
    await host.clock.settle()
    expect(upstream.sockets).toHaveLength(2)
    exchange.close()
  })

  it.each([
    [{ idleMs: 1000 }, 2000, 1],
    [{ idleMs: 60_000, maxAgeMs: 1000 }, 2000, 1],
    [{ idleMs: 0 }, 0, 1],
    [{ maxIdle: 1 }, 0, 0],
    [{}, 5000, 0],
  ])('keeps connections within %j', async (limits, waitMs, dialled) => {
    const { host, exchange, send } = setUp(limits)
    const upstream = host.network.streamUpstream('192.0.2.1', 53, replyWith({}))
    send()
    send()
    await host.clock.settle()
    await host.clock.advance(waitMs)
    const before = upstream.sockets.length
    if ('maxIdle' in limits) expect(host.network.openSockets).toBe(1)
    send()
    await host.clock.settle()
    expect(upstream.sockets.length - before).toBe(dialled)
    exchange.close()
    expect(host.network.openSockets).toBe(0)
  })
})

describe('frames', () => {
  const stream = new Uint8Array([0, 3, 1, 2, 3, 0, 0, 0, 1, 9])

  it.each([1, 2, 3, 4, 5, 10])('are cut from pieces of %i octets', (size) => {
    const reader = new FrameReader()
    const frames: number[][] = []
    for (let at = 0; at < stream.length; at += size) {
      reader.push(stream.subarray(at, at + size), (frame) => frames.push([...frame]))
    }
    expect(frames).toEqual([[1, 2, 3], [], [9]])
  })
})
