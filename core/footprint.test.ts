import { FakeClock } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import {
  FIRST_RELEASE_MS,
  keepSmall,
  LOOK_MS,
  MAX_REST_CPU,
  MIN_GROWTH_BYTES,
  MIN_PAUSE_MS,
} from './footprint.ts'

/** A process that starts with 50 MiB and has them again when memory is released. */
class FakeProcess {
  readonly clock = new FakeClock()
  bytes = 50 << 20
  usedMs = 0
  /** When memory was released, in milliseconds since the start. */
  readonly releases: number[] = []
  pageReleases = 0
  readonly stop: () => void

  constructor() {
    const start = this.clock.now()
    this.stop = keepSmall({
      clock: this.clock,
      residentBytes: () => this.bytes,
      cpuMs: () => this.usedMs,
      releaseMemory: async () => {
        this.releases.push(this.clock.now() - start)
        this.bytes = 50 << 20
      },
      releasePages: () => {
        this.pageReleases++
      },
    })
  }

  /** Lets time pass; between two looks it grows and uses that much of a processor. */
  async live(ms: number, { growth = 0, cpu = 0 } = {}): Promise<void> {
    for (let passed = 0; passed < ms; passed += LOOK_MS) {
      this.bytes += growth
      this.usedMs += cpu * LOOK_MS
      await this.clock.advance(LOOK_MS)
    }
  }
}

describe('a small process', () => {
  it('gives back what its start needed, and then nothing for nothing', async () => {
    const process = new FakeProcess()
    await process.live(10 * MIN_PAUSE_MS)
    expect(process.releases).toEqual([FIRST_RELEASE_MS])
  })

  it('gives back what it has grown by, with a pause between', async () => {
    const process = new FakeProcess()
    await process.live(3 * MIN_PAUSE_MS + 6 * LOOK_MS, { growth: MIN_GROWTH_BYTES })
    expect(process.releases).toHaveLength(4)
    for (const [i, at] of process.releases.entries()) {
      if (i > 0) expect(at - (process.releases[i - 1] ?? 0)).toBeGreaterThanOrEqual(MIN_PAUSE_MS)
    }
  })

  it('does not pause while it is busy, but afterwards', async () => {
    const process = new FakeProcess()
    await process.live(2 * MIN_PAUSE_MS, { growth: MIN_GROWTH_BYTES, cpu: 2 * MAX_REST_CPU })
    expect(process.releases).toEqual([FIRST_RELEASE_MS])
    await process.live(LOOK_MS, { cpu: MAX_REST_CPU / 2 })
    expect(process.releases).toHaveLength(2)
  })

  it('bears a growth that is not worth a pause', async () => {
    const process = new FakeProcess()
    await process.live(LOOK_MS)
    process.bytes += MIN_GROWTH_BYTES - 1
    await process.live(10 * MIN_PAUSE_MS)
    expect(process.releases).toEqual([FIRST_RELEASE_MS])
  })

  it('gives back pages of the program at each look, unless it is busy', async () => {
    const process = new FakeProcess()
    await process.live(3 * LOOK_MS)
    expect(process.pageReleases).toBe(3)
    await process.live(3 * LOOK_MS, { cpu: 2 * MAX_REST_CPU })
    expect(process.pageReleases).toBe(3)
  })

  it('lets go of its timers', () => {
    const process = new FakeProcess()
    process.stop()
    expect(process.clock.openTimers).toBe(0)
  })
})
