/** The options of *k8s_external*. */

import {
  args,
  directive,
  flag,
  type InferOptions,
  integer,
  optional,
  rest,
  text,
  zones,
} from '@fingerpost/sdk'

export const options = directive({
  args: args(rest(zones)),
  block: {
    apex: optional(text, 'dns'),
    ttl: optional(integer(0, 3600), 5),
    headless: flag,
    fallthrough: rest(zones),
  },
})

export type ExternalOptions = InferOptions<typeof options>
