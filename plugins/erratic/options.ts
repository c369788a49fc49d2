/** The options of *erratic*. */

import {
  args,
  directive,
  durationBetween,
  flag,
  type InferOptions,
  integer,
  many,
  optional,
} from '@fingerpost/sdk'

// Amounts are 32-bit numbers in CoreDNS.
const amount = integer(0, 0x7fffffff)

export const options = many(
  directive({
    block: {
      drop: args(optional(amount, 2)),
      truncate: args(optional(amount, 2)),
      delay: args(optional(amount, 2), optional(durationBetween({ minMs: 0 }), 100)),
      large: flag,
    },
  }),
)

/** One query of so many is dropped, truncated or delayed; 0 is none. */
export interface Amounts {
  readonly drop: number
  readonly truncate: number
  readonly delay: number
  readonly delayMs: number
  readonly isLarge: boolean
}

/** Lays all occurrences over each other: the last one that says something counts. */
export function amountsOf(occurrences: InferOptions<typeof options>): Amounts {
  const blocks = occurrences.map(({ block }) => block)
  const drop = blocks.findLast((block) => block.drop !== undefined)?.drop?.[0]
  const truncate = blocks.findLast((block) => block.truncate !== undefined)?.truncate?.[0] ?? 0
  const [delay, delayMs] = blocks.findLast((block) => block.delay !== undefined)?.delay ?? [0, 0]
  const isLarge = blocks.some((block) => block.large)
  const defaultDrop = truncate > 0 || delay > 0 ? 0 : 2
  return { drop: drop ?? defaultDrop, truncate, delay, delayMs, isLarge }
}
