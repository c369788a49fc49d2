import { describe, expect, it } from 'vitest'
import { barringFilter } from './admission-filter.ts'
import { LOOK_INTERVAL, ReceiveBuffer } from './bun-udp-buffer.ts'
import { MAX_BATCH } from './bun-udp-receiver.ts'

const WIDE = 8 << 20
const DATAGRAM = 768

function open() {
  const system = {
    nowMs: 1000,
    queuedBytes: 0,
    drops: 5,
    sizes: [] as number[],
    /** What each filter lets in. */
    filters: [] as ('nothing' | 'a share' | 'everything')[],
    reviews: [] as (() => void)[],
    shed: 0,
    longTurns: 0,
  }
  let endTurn = (): void => {}
  const buffer = new ReceiveBuffer(
    {
      resize: (bytes) => system.sizes.push(bytes),
      filter(program) {
        const letsIn = program === barringFilter ? 'nothing' : 'a share'
        system.filters.push(program === undefined ? 'everything' : letsIn)
      },
      look: () => system,
      now: () => system.nowMs,
      afterTurn: (run) => {
        endTurn = run
      },
      after: (_, run) => system.reviews.push(run),
    },
    {
      onDropped(count) {
        system.shed += count
      },
      onLongTurn() {
        system.longTurns++
      },
    },
  )
  let untilLook = LOOK_INTERVAL
  /** Receives so many datagrams, `perMs` in a millisecond. */
  const receive = (count: number, perMs: number, clients: readonly string[] = ['192.0.2.1']) => {
    for (let i = 0; i < count; i++) {
      system.nowMs += 1 / perMs
      if (--untilLook === 0) untilLook = buffer.look(clients[i % clients.length] as string)
    }
  }
  /** A turn of so many milliseconds with a queue of that length. */
  const turn = (ms: number, perMs: number, queued: number, clients?: readonly string[]): void => {
    system.queuedBytes = queued * DATAGRAM
    receive(Math.round(ms * perMs), perMs, clients)
    endTurn()
  }
  return { system, buffer, turn, receive }
}

describe('ReceiveBuffer', () => {
  it('is wide while turns end, and through a burst', () => {
    const { system, turn } = open()
    for (let i = 0; i < 100; i++) turn(8, 128, 100)
    turn(8, 128, 9000)
    expect(system).toMatchObject({ sizes: [WIDE], filters: [], shed: 0, longTurns: 0 })
  })

  it('stays wide in a long turn without a long queue', () => {
    const { system, turn } = open()
    turn(30, 128, 100)
    expect(system).toMatchObject({ sizes: [WIDE], filters: [], longTurns: 0 })
  })

  it('lets others in after a pause of another kind', () => {
    const { system, turn } = open()
    turn(150, 4, 200)
    expect(system).toMatchObject({ sizes: [WIDE], filters: [] })
  })

  it('is cut to what can be answered in time when a queue stands', () => {
    const { system, turn } = open()
    turn(12, 128, 10_000)
    expect(system.sizes).toHaveLength(2)
    // 128 a millisecond, for ten milliseconds, but for those that are read at once.
    expect((system.sizes[1] ?? 0) / ((10 * 128 - MAX_BATCH) * DATAGRAM)).toBeCloseTo(1, 5)
  })

  it('drops what had stood in the queue for too long when it was cut', () => {
    const { system, buffer, receive } = open()
    system.queuedBytes = 6000 * DATAGRAM
    receive(12 * 128, 128)
    expect(buffer.isShedding).toBe(true)
    for (let i = 0; i < 9; i++) buffer.shed()
    // 10 ms × 128 of them may stay, and a quarter of the buffer may be what was read already.
    const tooOld = 6000 - (10 * 128 - MAX_BATCH) - WIDE / DATAGRAM / 4
    receive(tooOld - 300, 128)
    expect(buffer.isShedding).toBe(true)
    receive(600, 128)
    expect(buffer.isShedding).toBe(false)
    system.nowMs += 50
    system.reviews.at(-1)?.()
    expect(system.shed).toBe(9)
  })

  it('drops nothing that comes after that turn', () => {
    const { system, buffer, turn } = open()
    turn(12, 128, 9000)
    expect(system.sizes).toHaveLength(2)
    expect(buffer.isShedding).toBe(false)
  })

  it('has replies sent every two milliseconds from then on', () => {
    const { system, turn } = open()
    turn(31, 128, 10_000)
    expect(system.longTurns).toBeGreaterThanOrEqual(8)
    expect(system.longTurns).toBeLessThanOrEqual(11)
  })

  it('is never nothing', () => {
    const { system, turn } = open()
    turn(2000, 0.128, 10_900)
    expect(system.sizes).toEqual([WIDE, 64 * DATAGRAM])
  })

  it('lets in of each client what leaves the others their part', () => {
    const { system, turn } = open()
    turn(20, 32, 10_000)
    for (let i = 0; i < 4; i++) {
      system.drops += 1000
      turn(30, 32, 10)
    }
    expect(system.filters[0]).toBe('a share')
    // What comes no longer is more than can be answered.
    for (let i = 0; i < 30; i++) {
      turn(5, 32, 10)
      system.nowMs += 10
    }
    expect(system.filters.at(-1)).toBe('everything')
  })

  it('is wide again when nothing was dropped for half a second, and tells what was', () => {
    const { system, turn } = open()
    turn(12, 128, 10_000)
    system.drops += 70
    const look = (afterMs: number): void => {
      system.nowMs += afterMs
      turn(1, 256, 10)
    }
    look(25)
    expect(system.shed).toBe(70)
    look(400)
    expect(system.sizes.at(-1)).not.toBe(WIDE)
    look(200)
    expect(system.sizes.at(-1)).toBe(WIDE)
    system.drops = 4
    turn(12, 128, 10_000)
    const before = system.shed
    look(25)
    expect(system.shed - before).toBe((4 - 75) >>> 0)
  })

  it('is wide and open again though nothing comes any more', () => {
    const { system, turn } = open()
    turn(20, 32, 10_000)
    system.drops += 1000
    turn(30, 32, 10)
    expect(system.filters).toEqual(['a share'])
    for (let i = 0; i < 8; i++) {
      system.nowMs += 100
      system.reviews.at(-1)?.()
    }
    expect(system.filters.at(-1)).toBe('everything')
    expect(system.sizes.at(-1)).toBe(WIDE)
    const { length } = system.reviews
    system.reviews.at(-1)?.()
    expect(system.reviews).toHaveLength(length)
  })

  it('lets nothing in while a turn does not end, and drops what waited too long', () => {
    const { system, buffer, turn, receive } = open()
    receive(41 * 128, 128)
    expect(system.filters).toEqual(['nothing'])
    expect(buffer.isShedding).toBe(false)
    receive(13 * 128, 128)
    expect(buffer.isShedding).toBe(true)
    turn(1, 128, 0)
    expect(system.filters).toEqual(['nothing', 'everything'])
    expect(buffer.isShedding).toBe(false)
    turn(1, 128, 0)
    expect(system.filters).toHaveLength(2)
  })

  it('keeps those out at first who send most, while a turn does not end', () => {
    const { system, buffer, turn, receive } = open()
    turn(20, 32, 10_000)
    system.drops += 1000
    turn(30, 32, 10)
    expect(system.filters).toEqual(['a share'])
    system.queuedBytes = 0
    receive(80 * 32, 32)
    expect(system.filters.slice(-2)).toEqual(['a share', 'nothing'])
    expect(buffer.isShedding).toBe(true)
    turn(1, 32, 0)
    expect(system.filters.at(-1)).toBe('a share')
  })

  it('asks nothing of a socket that is closed', () => {
    const { system, buffer, receive, turn } = open()
    receive(41 * 128, 128)
    buffer.close()
    turn(0, 128, 0)
    for (const review of system.reviews) review()
    expect(system.filters).toEqual(['nothing'])
    expect(system.reviews).toHaveLength(1)
  })
})
