import process from 'node:process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../runtime/clock.ts'
import { Lease } from './lease.ts'

let count = 0

/** Two processes' leases of one name, as far as they see each other. */
function pair() {
  const name = `test-${process.pid}-${count++}`
  const events: string[] = []
  const make = (who: string): Lease => {
    const lease = new Lease({
      name,
      clock: systemClock,
      onLost: async () => void events.push(`${who} lost`),
      onRegained: () => void events.push(`${who} regained`),
    })
    onTestFinished(() => lease.close())
    return lease
  }
  return { events, old: make('old'), next: make('next') }
}

describe.skipIf(process.platform !== 'linux')('the lease', () => {
  it('is free at first, and whoever takes it owns it', async () => {
    const { old } = pair()
    expect(await old.announce()).toBe(false)
    await old.take()
    expect(old.isOwner).toBe(true)
  })

  it('goes to the successor, of whom its owner knows before', async () => {
    const { old, next, events } = pair()
    await old.take()
    expect(await next.announce()).toBe(true)
    await expect.poll(() => old.hasSuccessor).toBe(true)
    expect(old.isOwner).toBe(true)
    await next.take()
    expect([old.isOwner, next.isOwner]).toEqual([false, true])
    expect(events).toEqual(['old lost'])
  })

  it('comes back when the successor dies', async () => {
    const { old, next, events } = pair()
    await old.take()
    await next.announce()
    await next.take()
    next.close()
    await expect.poll(() => old.isOwner).toBe(true)
    expect(events).toEqual(['old lost', 'old regained'])
    expect(old.hasSuccessor).toBe(false)
  })

  it('stays with the owner when somebody only announced himself', async () => {
    const { old, next, events } = pair()
    await old.take()
    await next.announce()
    await expect.poll(() => old.hasSuccessor).toBe(true)
    next.close()
    await expect.poll(() => old.hasSuccessor).toBe(false)
    expect(old.isOwner).toBe(true)
    expect(events).toEqual([])
  })

  it('is free as soon as its owner is gone', async () => {
    const { old, next } = pair()
    await old.take()
    old.close()
    expect(await next.announce()).toBe(false)
    await next.take()
    expect(next.isOwner).toBe(true)
  })
})
