import { describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import type { DatagramReceiver, Runtime } from '../runtime/runtime.ts'
import type { Serve } from './serve.ts'
import { echo, idOf, testListener, testQuery } from './test-peer.ts'
import { bindEndpoint, MAX_WAITING_QUERIES, MAX_WAITING_REPLIES } from './udp-endpoint.ts'

/**
 * An endpoint on a socket that takes as many datagrams as told, -1 makes it throw; each time that it
 * is asked whether more has arrived, queries with the next ids have.
 */
async function endpointOn(takes: number[], serve: Serve = echo, arrivals: number[][] = []) {
  const sent: number[][] = []
  let receiver: DatagramReceiver | undefined
  const runtime = {
    clock: systemClock,
    bindUdp: async (_: unknown, given: DatagramReceiver) => {
      receiver = given
      return {
        port: 53,
        sendMany(datagrams: readonly (Uint8Array | number | string)[]) {
          const count = Math.min(takes.shift() ?? Number.POSITIVE_INFINITY, datagrams.length / 3)
          if (count < 0) throw new Error('no route')
          const ids = datagrams.filter((_, at) => at % 3 === 0).slice(0, count)
          sent.push(ids.map((bytes) => idOf(bytes as Uint8Array)))
          return count
        },
        receiveMore() {
          const ids = arrivals.shift() ?? []
          ask(...ids)
          return ids.length
        },
        close: async () => {},
      }
    },
  } as unknown as Runtime
  const owner = {
    serve,
    counts: { received: 0, dropped: 0, errors: 0 },
    proxy: undefined,
    onShed: () => {},
    onFault: () => {},
  }
  const endpoint = await bindEndpoint(
    runtime,
    { address: '127.0.0.1', port: 53, isShared: true },
    owner,
  )
  endpoint.start(testListener('udp')(53))
  const ask = (...ids: number[]): void => {
    for (const id of ids) receiver?.onDatagram(testQuery(id), 1000 + id, '127.0.0.1')
  }
  return { sent, endpoint, owner, ask, receiver: receiver as DatagramReceiver }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('UdpEndpoint', () => {
  it('sends the replies of one turn together', async () => {
    const { sent, ask } = await endpointOn([])
    ask(1, 2, 3)
    expect(sent).toEqual([])
    await turn()
    ask(4)
    await turn()
    expect(sent).toEqual([[1, 2, 3], [4]])
  })

  it('goes on while many come, and then leaves the turn to others', async () => {
    const many = Array.from({ length: 8 }, (_, id) => id)
    const arrivals = [many, [21, 22], [31]]
    const { sent, ask } = await endpointOn([], echo, arrivals)
    ask(1)
    await turn()
    expect(sent).toEqual([[1]])
    ask(...many)
    await turn()
    expect(sent.slice(1)).toEqual([many, many, [21, 22]])
    expect(arrivals).toEqual([[31]])
  })

  it('answers at once when too many wait', async () => {
    const seen: number[] = []
    const { ask } = await endpointOn([], (wire) => void seen.push(idOf(wire)))
    const ids = Array.from({ length: MAX_WAITING_QUERIES }, (_, id) => id)
    ask(...ids.slice(1))
    expect(seen).toEqual([])
    ask(0)
    expect(seen).toEqual([...ids.slice(1), 0])
  })

  it('does not wait for the end of a turn that is long', async () => {
    const { sent, ask, receiver } = await endpointOn([])
    ask(1, 2)
    receiver.onLongTurn()
    ask(...Array.from({ length: MAX_WAITING_REPLIES + 3 }, (_, id) => id))
    expect(sent.map((batch) => batch.length)).toEqual([2, MAX_WAITING_REPLIES])
    await turn()
    expect(sent.map((batch) => batch.length)).toEqual([2, MAX_WAITING_REPLIES, 3])
  })

  it('keeps what the system doesn’t take for when it drains', async () => {
    const { sent, ask, receiver, owner } = await endpointOn([2, 0])
    ask(1, 2, 3, 4)
    await turn()
    expect(sent).toEqual([[1, 2], []])
    receiver.onDrain()
    expect(sent.at(-1)).toEqual([3, 4])
    receiver.onDrain()
    expect(sent.length).toBe(3)
    expect(owner.counts.dropped).toBe(0)
  })

  it('drops replies that can’t be sent, not those behind them', async () => {
    const { sent, ask, owner } = await endpointOn([1, -1, -1])
    ask(1, 2, 3, 4)
    await turn()
    expect(sent).toEqual([[1], [4]])
    expect(owner.counts.dropped).toBe(2)
  })

  it('drops and counts replies beyond the bound while the system takes none', async () => {
    const { sent, ask, owner, receiver } = await endpointOn([0, 0, 0, 0])
    const ids = Array.from({ length: MAX_WAITING_REPLIES + 5 }, (_, id) => id)
    ask(...ids)
    await turn()
    expect(owner.counts.dropped).toBe(5)
    ask(9)
    await turn()
    expect(owner.counts.dropped).toBe(6)
    receiver.onDrain()
    receiver.onDrain()
    expect(sent.at(-1)).toEqual(ids.slice(0, MAX_WAITING_REPLIES))
  })

  it('ignores datagrams from port 0, which no reply can reach', async () => {
    const { sent, receiver } = await endpointOn([])
    receiver.onDatagram(testQuery(1), 0, '127.0.0.1')
    await turn()
    expect(sent).toEqual([])
  })

  it('sends what is gathered when it closes, and nothing later', async () => {
    let finish = (_: Uint8Array): void => {}
    const serve: Serve = (wire, exchange) =>
      idOf(wire) === 1 ? new Promise((resolve) => (finish = resolve)) : echo(wire, exchange)
    const { sent, ask, endpoint, owner } = await endpointOn([], serve)
    ask(1, 2)
    await endpoint.close()
    finish(testQuery(1))
    await turn()
    expect(sent).toEqual([[2]])
    expect(owner.counts.dropped).toBe(1)
  })
})
