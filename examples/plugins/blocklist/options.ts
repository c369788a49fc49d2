/** The options of *blocklist*. */

import {
  args,
  directive,
  durationBetween,
  type InferOptions,
  located,
  many,
  oneOf,
  optional,
  text,
  zones,
} from '@fingerpost/sdk'

export const options = directive({
  args: args(many(located(text))),
  block: {
    action: optional(oneOf('nxdomain', 'refused', 'zero-ip'), 'nxdomain'),
    allow: many(zones),
    refresh: optional(durationBetween({ minMs: 60_000 }), 3_600_000),
    ttl: optional(durationBetween({ maxMs: 86_400_000 }), 300_000),
  },
})

export type BlocklistOptions = InferOptions<typeof options>
