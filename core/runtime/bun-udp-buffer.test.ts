import { describe, expect, it } from 'vitest'
import { LOOK_INTERVAL, ReceiveBuffer } from './bun-udp-buffer.ts'

const WIDE = 8 << 20
const DATAGRAM = 768

function open() {
  const system = {
    nowMs: 0,
    queuedBytes: 0,
    drops: 5,
    sizes: [] as number[],
    bars: [] as boolean[],
    shed: 0,
    longTurns: 0,
  }
  let endTurn = (): void => {}
  const buffer = new ReceiveBuffer(
    {
      resize: (bytes) => system.sizes.push(bytes),
      bar: (isBarred) => system.bars.push(isBarred),
      look: () => system,
      now: () => system.nowMs,
      afterTurn: (run) => {
        endTurn = run
      },
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
  /** A turn in which so many looks follow one another, `stepMs` apart, with a queue of that length. */
  const turn = (looks: number, stepMs: number, queued: number): void => {
    system.queuedBytes = queued * DATAGRAM
    for (let i = 0; i < looks; i++) {
      system.nowMs += stepMs
      buffer.look()
    }
    endTurn()
  }
  return { system, buffer, turn, look: () => buffer.look() }
}

describe('ReceiveBuffer', () => {
  it('is wide while turns end, and through a burst', () => {
    const { system, turn } = open()
    for (let i = 0; i < 100; i++) turn(8, 1, 100)
    turn(8, 1, 9000)
    expect(system).toMatchObject({ sizes: [WIDE], bars: [], shed: 0, longTurns: 0 })
  })

  it('stays wide in a long turn without a long queue', () => {
    const { system, turn } = open()
    turn(30, 1, 100)
    expect(system).toMatchObject({ sizes: [WIDE], bars: [], longTurns: 0 })
  })

  it('is cut to what can be answered in time when a queue stands', () => {
    const { system, turn } = open()
    turn(12, 1, 10_000)
    // Each look of a turn that has lasted for ten milliseconds has the replies sent.
    expect(system.longTurns).toBe(2)
    // 128 a millisecond, for five milliseconds.
    expect(system.sizes.slice(0, 2)).toEqual([WIDE, 5 * LOOK_INTERVAL * DATAGRAM])
  })

  it('is never nothing', () => {
    const { system, turn } = open()
    turn(2, 1000, 10_900)
    expect(system.sizes).toEqual([WIDE, 64 * DATAGRAM])
  })

  it('is wide again when nothing was dropped for half a second, and tells what was', () => {
    const { system, turn } = open()
    turn(12, 1, 10_000)
    system.drops += 70
    turn(1, 1, 10)
    expect(system.shed).toBe(70)
    turn(1, 400, 10)
    expect(system.sizes.at(-1)).not.toBe(WIDE)
    turn(1, 200, 10)
    expect(system.sizes.at(-1)).toBe(WIDE)
    system.drops = 4
    turn(12, 1, 10_000)
    const before = system.shed
    turn(1, 1, 10)
    expect(system.shed - before).toBe((4 - 75) >>> 0)
  })

  it('lets others in after a pause of another kind', () => {
    const { system, turn } = open()
    turn(3, 50, 200)
    expect(system).toMatchObject({ sizes: [WIDE], bars: [] })
  })

  it('lets nothing in while a turn does not end, and drops what waited too long', () => {
    const { system, buffer, look, turn } = open()
    for (let ms = 0; ms <= 40; ms++) {
      system.nowMs = ms
      look()
    }
    expect(system.bars).toEqual([true])
    expect(buffer.isShedding).toBe(false)
    system.nowMs += 6
    look()
    expect(buffer.isShedding).toBe(true)
    turn(1, 1, 0)
    expect(system.bars).toEqual([true, false])
    expect(buffer.isShedding).toBe(false)
    turn(1, 1, 0)
    expect(system.bars).toHaveLength(2)
  })
})
