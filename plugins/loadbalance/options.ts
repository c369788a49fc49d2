/** The options of *loadbalance*: a policy, and what belongs to it. */

import {
  cidr,
  custom,
  directive,
  durationBetween,
  type Located,
  located,
  many,
  oneOf,
  optional,
  path,
  rest,
} from '@fingerpost/sdk'

/** Weights are read again this often. */
export const DEFAULT_RELOAD_MS = 30_000

/** How records are put in order. */
export type PolicyOptions =
  | { readonly policy: 'round_robin' }
  | { readonly policy: 'weighted'; readonly file: Located<string> }

/** `[round_robin | weighted FILE]`. */
const policy = custom(
  (tokens, report): PolicyOptions => {
    const [name, file, extra] = tokens
    if (name === undefined) return { policy: 'round_robin' }
    const chosen = report.read(oneOf('round_robin', 'weighted'), name)
    if (chosen === 'round_robin') {
      if (file !== undefined) throw report.error('round_robin takes no arguments', file)
      return { policy: chosen }
    }
    if (file === undefined) throw report.error('weighted needs the name of a file', name)
    if (extra !== undefined) throw report.error('weighted takes one file', extra)
    return { policy: chosen, file: report.read(located(path), file) }
  },
  { takes: '[round_robin | weighted FILE]' },
)

export const options = many(
  directive({
    args: policy,
    block: {
      // No default here: an absent one and one that round_robin must refuse have to differ.
      reload: durationBetween({ minMs: 0 }),
      prefer: optional(many(rest(cidr))),
    },
    check({ args: { policy }, block }, report) {
      if (policy === 'weighted' && block.prefer !== undefined) {
        report('only round_robin has this option', { option: 'prefer' })
      }
      if (policy === 'round_robin' && block.reload !== undefined) {
        report('only weighted has this option', { option: 'reload' })
      }
    },
  }),
)
