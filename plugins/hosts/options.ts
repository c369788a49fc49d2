/** The options of *hosts*. */

import {
  anything,
  args,
  directive,
  duration,
  type InferOptions,
  integer,
  optional,
  others,
  path,
  rest,
  text,
  transform,
  zones,
} from '@fingerpost/sdk'

// CoreDNS ignores what stands behind the arguments of these options, so any word may.
const ignored = rest(text)

const block = {
  ttl: optional(
    transform(args(integer(1, 65535), ignored), ([seconds]) => seconds),
    3600,
  ),
  no_reverse: ignored,
  reload: optional(
    transform(args(duration, ignored), ([intervalMs]) => intervalMs),
    5000,
  ),
  fallthrough: rest(zones),
  fallthrough_unsupported: ignored,
}

export const options = directive({
  args: args(optional(path), rest(zones)),
  block,
  others: others(anything, { before: ['fallthrough'] }),
  check({ block }, report) {
    if (block.fallthrough_unsupported !== undefined && block.fallthrough === undefined) {
      report('fallthrough_unsupported requires fallthrough', { option: 'fallthrough_unsupported' })
    }
  },
})

/** Names of the options, to find out what a misspelled one was to be. */
export const optionNames: readonly string[] = Object.keys(block)

export type HostsOptions = InferOptions<typeof options>
