import { FakeClock } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { FAILURES, PROBE_INTERVAL_MS, RETRY_MS, SETTLE_MS, Watchdog } from './watchdog.ts'

const LOCAL = '169.254.20.10'
const SERVICE = '10.96.0.10'

async function begin(silent: readonly string[] = [], silentProbes = 0) {
  const clock = new FakeClock()
  const answering = new Set([LOCAL, SERVICE].filter((ip) => !silent.includes(ip)))
  const held: string[][] = []
  const probed: string[] = []
  let isBroken = false
  const watchdog = new Watchdog({
    localIps: [LOCAL, SERVICE],
    syncIntervalMs: 60_000,
    clock,
    async probe(ip) {
      probed.push(ip)
      return probed.length > silentProbes && answering.has(ip)
    },
    async hold(ips) {
      held.push([...ips])
      return !isBroken
    },
    onChange() {},
  })
  await watchdog.start()
  const rounds = (count: number): Promise<void> => clock.advance(count * PROBE_INTERVAL_MS)
  const broken = (value: boolean): void => {
    isBroken = value
  }
  return { clock, answering, held, probed, watchdog, rounds, broken }
}

describe('the watchdog', () => {
  it('leads queries here at once where every address answers', async () => {
    const { watchdog, held } = await begin()
    expect(watchdog.held).toEqual([LOCAL, SERVICE])
    // In one step: a predecessor may have both in.
    expect(held).toEqual([[LOCAL, SERVICE]])
  })

  it('makes no rule while nobody answers, and does not try the Service', async () => {
    const { watchdog, held, probed } = await begin([LOCAL, SERVICE])
    expect(watchdog.held).toEqual([])
    expect(held.flat()).toEqual([])
    expect(new Set(probed)).toEqual(new Set([LOCAL]))
  })

  it('leaves what a predecessor has in while a busy start answers late', async () => {
    const { watchdog, held } = await begin([], 2)
    expect(watchdog.held).toEqual([LOCAL, SERVICE])
    expect(held).toEqual([[LOCAL, SERVICE]])
  })

  it('leads away after some failures in a row, not after fewer, and back again', async () => {
    const { answering, watchdog, held, rounds, clock } = await begin()
    answering.clear()
    await rounds(FAILURES - 1)
    expect(watchdog.held).toEqual([LOCAL, SERVICE])
    await rounds(1)
    expect(watchdog.held).toEqual([])
    expect(held.at(-1)).toEqual([])
    answering.add(LOCAL).add(SERVICE)
    await clock.advance(RETRY_MS + 3 * PROBE_INTERVAL_MS)
    expect(watchdog.held).toEqual([LOCAL, SERVICE])
  })

  it('takes a Service out again that does not answer with its rules in, and tries less often', async () => {
    const { watchdog, held, clock } = await begin([SERVICE])
    expect(watchdog.held).toEqual([LOCAL])
    expect(held.at(-1)).toEqual([LOCAL])
    await clock.advance(60_000)
    const trials = held.filter((ips) => ips.includes(SERVICE)).length
    expect(trials).toBeGreaterThan(1)
    expect(trials).toBeLessThanOrEqual(5)
  })

  it('looks at the rules once more when a predecessor has settled', async () => {
    const { held, clock } = await begin()
    expect(held).toHaveLength(1)
    await clock.advance(SETTLE_MS + PROBE_INTERVAL_MS)
    expect(held).toHaveLength(2)
  })

  it('looks at the rules on its interval, and soon after a failure', async () => {
    const { held, clock, rounds, broken, watchdog } = await begin()
    await clock.advance(SETTLE_MS + PROBE_INTERVAL_MS)
    const before = held.length
    await clock.advance(50_000)
    expect(held).toHaveLength(before)
    await clock.advance(13_000)
    expect(held).toHaveLength(before + 1)
    broken(true)
    watchdog.syncSoon()
    await rounds(1)
    broken(false)
    await rounds(1)
    expect(held).toHaveLength(before + 3)
  })

  it('does nothing any more once it is stopped', async () => {
    const { watchdog, held, clock } = await begin()
    await watchdog.stop()
    const before = held.length
    await clock.advance(120_000)
    expect(held).toHaveLength(before)
    expect(clock.openTimers).toBe(0)
  })
})
