/** The options of *errors*. */

import {
  args,
  check,
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

const SHOW_FIRST = 'show_first'
const LEVELS = ['warning', 'error', 'info', 'debug'] as const

/** `consolidate DURATION REGEXP [LEVEL] [show_first]`: the pattern is compiled in setup. */
const consolidate = check(
  args(
    durationBetween({ minMs: 1 }),
    located(text),
    rest(oneOf(...LEVELS, SHOW_FIRST), { max: 2 }),
  ),
  ([, , [first, second]], report) => {
    if (second === undefined || second === SHOW_FIRST) return
    if (first === SHOW_FIRST) report(`the level stands before ${SHOW_FIRST}`, { arg: 3 })
    else report('there can be only one level', { arg: 3 })
  },
)

export const options = directive({
  args: args(optional(oneOf('stdout'))),
  block: { stacktrace: flag, consolidate: many(consolidate) },
})

export type ErrorsOptions = InferOptions<typeof options>
export type ConsolidateOption = ErrorsOptions['block']['consolidate'][number]
