import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import type { Reply, Serve } from './serve.ts'
import { openTcp, type TcpListener } from './tcp.ts'
import type { TcpLimits } from './tcp-limits.ts'
import { echo, framed, idOf, TcpClient, testListener, testQuery } from './test-peer.ts'

const runtime = await selectRuntime()
const opened: { close(): unknown }[] = []
const faults: unknown[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  faults.length = 0
})

async function open(serve: Serve, limits: Partial<TcpLimits> = {}): Promise<TcpListener> {
  const onFault = (fault: unknown) => void faults.push(fault)
  const options = { address: '127.0.0.1', port: 0, listener: testListener('tcp'), onFault }
  const tcp = await openTcp(runtime, options, serve, limits)
  opened.push({ close: () => tcp.close(0) })
  return tcp
}

async function connect(tcp: TcpListener): Promise<TcpClient> {
  const client = await TcpClient.open(tcp.port)
  opened.push({ close: () => client.socket.destroy() })
  return client
}

const queries = (count: number): Uint8Array =>
  framed(...Array.from({ length: count }, (_, i) => testQuery(i)))
const ids = (messages: readonly Uint8Array[]): number[] => messages.map(idOf)

describe('a response of several messages', () => {
  it.each([false, true])(
    'sends all messages of a long response, in order; later: %s',
    async (isSlow) => {
      const tcp = await open((wire, exchange) => {
        const reply: Reply = echo(wire, exchange) as Uint8Array
        const long = idOf(wire) === 1
        if (long)
          reply.following = [testQuery(100, 5000), testQuery(101, 5000), testQuery(102)].values()
        return long && isSlow ? Promise.resolve(reply) : reply
      })
      const client = await connect(tcp)
      await client.write(queries(3))
      expect(ids(await client.receive(6))).toEqual([0, 1, 100, 101, 102, 2])
    },
  )

  it('makes messages of a long response only as the client takes them', async () => {
    let made = 0
    function* endless(): Generator<Uint8Array> {
      for (;;) yield testQuery(++made, 60_000)
    }
    const limits = { maxOutputBytes: 100_000 }
    const tcp = await open(
      (wire) => Object.assign(wire.slice(), { following: endless() }) as Reply,
      limits,
    )
    const client = await connect(tcp)
    client.socket.pause()
    await client.write(queries(1))
    let before = -1
    // The system's own buffers take some megabytes; then it stands still.
    while (made !== before) {
      before = made
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(made).toBeGreaterThan(0)
    expect(made).toBeLessThan(500)
  })

  it('closes the connection when a long response can not be finished', async () => {
    function* broken(): Generator<Uint8Array> {
      yield testQuery(7)
      throw new Error('the zone is gone')
    }
    const tcp = await open((wire) => Object.assign(wire.slice(), { following: broken() }) as Reply)
    const client = await connect(tcp)
    await client.write(queries(1))
    await client.closed
    expect(faults).toEqual([expect.objectContaining({ message: 'the zone is gone' })])
  })
})
