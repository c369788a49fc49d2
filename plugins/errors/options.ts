/** The options of *errors*. */

import {
  args,
  directive,
  durationBetween,
  flag,
  type InferOptions,
  located,
  many,
  oneOf,
  optional,
  rest,
  text,
} from '@fingerpost/sdk'

const LEVELS = ['warning', 'error', 'info', 'debug'] as const

/** `consolidate DURATION REGEXP [LEVEL] [show_first]`: the pattern is compiled in setup. */
const consolidate = args(
  durationBetween({ minMs: 1 }),
  located(text),
  rest(oneOf(...LEVELS, 'show_first'), { max: 2 }),
)

export const options = directive({
  args: args(optional(oneOf('stdout'))),
  block: { stacktrace: flag, consolidate: many(consolidate) },
})

export type ErrorsOptions = InferOptions<typeof options>
export type ConsolidateOption = ErrorsOptions['block']['consolidate'][number]
