import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { askForShortSlices } from './bun-scheduling.ts'

/** The slice of this thread in nanoseconds, where the system tells it. */
function slice(): number | undefined {
  try {
    const text = readFileSync('/proc/thread-self/sched', 'utf8')
    const found = /^se\.slice\s*:\s*(\d+)$/m.exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  } catch {
    return undefined
  }
}

const [major = 0, minor = 0] = release().split('.').map(Number)
const isKnown = major > 6 || (major === 6 && minor >= 12)
const isBun = process.versions.bun !== undefined

// Only Bun has calls into the C library; Linux before 6.12, or without this file, tells nothing.
describe.skipIf(!isBun || !isKnown || slice() === undefined)('askForShortSlices', () => {
  it('is given shorter slices, twice as well', async () => {
    await askForShortSlices()
    await askForShortSlices()
    expect(slice()).toBe(500_000)
  })
})
