/** Cryptographically strong random numbers, taken from the system in batches. RFC 5452 9. */

import { randomFillSync } from 'node:crypto'
import type { Random } from '@fingerpost/sdk'

const BATCH_COUNT = 1024

/** The system's randomness; one system call for every 1,024 numbers. */
export function systemRandom(
  fill: (batch: Uint32Array<ArrayBuffer>) => void = (batch) => void randomFillSync(batch),
): Random {
  const batch = new Uint32Array(BATCH_COUNT)
  let used = BATCH_COUNT

  function uint32(): number {
    if (used === BATCH_COUNT) {
      fill(batch)
      used = 0
    }
    const value = batch[used] as number
    // What was given out must not be found in memory again.
    batch[used++] = 0
    return value
  }

  return {
    uint16: () => uint32() >>> 16,
    below(limit) {
      if (!(limit >= 1 && limit <= 0x1_0000_0000)) throw new RangeError(`no number below ${limit}`)
      // Values beyond the last whole multiple of `limit` would favour the small numbers.
      const bound = 0x1_0000_0000 - (0x1_0000_0000 % limit)
      for (;;) {
        const value = uint32()
        if (value < bound) return value % limit
      }
    },
  }
}
