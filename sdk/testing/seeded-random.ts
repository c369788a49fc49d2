/** Randomness that comes out the same in every run (mulberry32, public domain). */

import type { Random } from '../host.ts'

/** A {@link Random} that gives the same numbers for the same `seed`. */
export function seededRandom(seed = 1): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    uint16: () => next() >>> 16,
    below: (limit) => Math.floor((next() / 0x1_0000_0000) * limit),
  }
}
