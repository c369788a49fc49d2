/** The options of *hosts*. */

import {
  anything,
  args,
  check,
  directive,
  duration,
  type InferOptions,
  integer,
  optional,
  others,
  path,
  rest,
  text,
  zones,
} from '@fingerpost/sdk'

// CoreDNS ignores what stands behind the arguments of these options, so any word may.
const ignored = rest(text)

export const options = directive({
  args: args(optional(path), rest(zones)),
  block: {
    ttl: args(integer(1, 65535), ignored),
    no_reverse: ignored,
    reload: check(args(duration, ignored), ([intervalMs], report) => {
      if (intervalMs < 0) report('reload takes a duration of 0 (never) or more', { arg: 0 })
    }),
    fallthrough: rest(zones),
    fallthrough_unsupported: ignored,
  },
  others: others(anything, { before: ['fallthrough'] }),
  check({ block }, report) {
    if (block.fallthrough_unsupported !== undefined && block.fallthrough === undefined) {
      report('fallthrough_unsupported requires fallthrough', { option: 'fallthrough_unsupported' })
    }
  },
})

export type HostsOptions = InferOptions<typeof options>
