/**
 * Keeps a process small that runs on every node of a cluster: what its start left, and later what a
 * burst of queries left, is given back. That costs a pause, and code that has to be compiled again;
 * so it happens at rest only, and seldom.
 */

import type { Clock } from '@fingerpost/sdk'

export interface FootprintParts {
  readonly clock: Clock
  /** Resident memory in octets. */
  residentBytes(): number
  /** Processor time used so far. */
  cpuMs(): number
  releaseMemory(): Promise<void>
  /** Gives back pages of the program that are not in use now; costs next to nothing. */
  releasePages(): void
}

/** What the start needs is needed no more. */
export const FIRST_RELEASE_MS = 5000
export const LOOK_MS = 5000
export const MIN_PAUSE_MS = 30_000
/** Share of a processor that a process at rest uses. */
export const MAX_REST_CPU = 0.03
/** Less is not worth a pause. */
export const MIN_GROWTH_BYTES = 8 << 20

/** Releases memory from now on. Returns what ends that. */
export function keepSmall(parts: FootprintParts): () => void {
  const { clock, residentBytes, cpuMs, releaseMemory, releasePages } = parts
  let smallest = Number.POSITIVE_INFINITY
  let releasedAt = 0
  let usedMs = cpuMs()
  const release = async (): Promise<void> => {
    releasedAt = clock.now()
    await releaseMemory()
    smallest = residentBytes()
  }
  const first = clock.after(FIRST_RELEASE_MS, () => void release())
  const looks = clock.every(LOOK_MS, () => {
    const resident = residentBytes()
    smallest = Math.min(smallest, resident)
    const isAtRest = cpuMs() - usedMs <= MAX_REST_CPU * LOOK_MS
    usedMs = cpuMs()
    if (!isAtRest) return
    const isDue = clock.now() - releasedAt >= MIN_PAUSE_MS
    if (isDue && resident - smallest >= MIN_GROWTH_BYTES) void release()
    else releasePages()
  })
  return () => {
    first.cancel()
    looks.cancel()
  }
}
