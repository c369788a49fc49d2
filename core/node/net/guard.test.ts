import { FakeClock } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { GUARD_INTERVAL_MS, type GuardOptions, guard } from './guard.ts'

function begin() {
  const clock = new FakeClock()
  const world = {
    answering: true,
    state: 'running' as ReturnType<GuardOptions['serverState']>,
    withdrawn: 0,
    faults: 0,
    isBroken: false,
    isOver: false,
  }
  const done = guard({
    localIps: ['169.254.20.10', '10.96.0.10'],
    clock,
    probe: (ip) =>
      new Promise((resolve) => {
        const isAnswered = world.answering && ip === '169.254.20.10'
        clock.after(isAnswered ? 1 : 300, () => resolve(isAnswered))
      }),
    async withdraw() {
      if (world.isBroken) throw new Error('the lock is held')
      world.withdrawn++
    },
    onWithdrawn() {},
    onFault: () => world.faults++,
    serverState: () => world.state,
  }).then(() => {
    world.isOver = true
  })
  return { clock, world, done }
}

describe('the guard', () => {
  it('does nothing while any address answers', async () => {
    const { clock, world } = begin()
    await clock.advance(60_000)
    expect(world).toMatchObject({ withdrawn: 0, isOver: false })
  })

  it('takes out the rules of a server that hangs within two seconds, once', async () => {
    const { clock, world } = begin()
    await clock.advance(5000)
    world.answering = false
    await clock.advance(2000)
    expect(world.withdrawn).toBe(1)
    await clock.advance(60_000)
    expect(world).toMatchObject({ withdrawn: 1, isOver: false })
    world.answering = true
    await clock.advance(5000)
    world.answering = false
    await clock.advance(2000)
    expect(world.withdrawn).toBe(2)
  })

  it('does not wait for a second silence when the server is gone, and ends', async () => {
    const { clock, world } = begin()
    await clock.advance(5000)
    Object.assign(world, { answering: false, state: 'gone' })
    await clock.advance(GUARD_INTERVAL_MS + 400)
    expect(world).toMatchObject({ withdrawn: 1, isOver: true })
  })

  it('leaves everything to a successor that answers', async () => {
    const { clock, world } = begin()
    await clock.advance(5000)
    world.state = 'gone'
    await clock.advance(1000)
    expect(world).toMatchObject({ withdrawn: 0, isOver: true })
  })

  it('ends with a server that says farewell, whoever answers', async () => {
    const { clock, world } = begin()
    await clock.advance(5000)
    Object.assign(world, { answering: false, state: 'ended' })
    await clock.advance(1000)
    expect(world).toMatchObject({ withdrawn: 0, isOver: true })
  })

  it('tries again when rules can not be taken out', async () => {
    const { clock, world } = begin()
    await clock.advance(5000)
    Object.assign(world, { answering: false, state: 'gone', isBroken: true })
    await clock.advance(3000)
    expect(world.faults).toBeGreaterThan(1)
    world.isBroken = false
    await clock.advance(1000)
    expect(world).toMatchObject({ withdrawn: 1, isOver: true })
  })
})
