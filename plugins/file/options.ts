/** The options of *file*. */

import {
  args,
  directive,
  duration,
  flag,
  type InferOptions,
  located,
  many,
  optional,
  path,
  rest,
  text,
  transform,
  zones,
} from '@fingerpost/sdk'

/** How often a file is looked at. */
export const DEFAULT_RELOAD_MS = 60_000

export const options = many(
  directive({
    args: args(located(path), rest(zones)),
    block: {
      // CoreDNS ignores what stands behind the duration.
      reload: optional(
        transform(args(duration, rest(text)), ([intervalMs]) => intervalMs),
        DEFAULT_RELOAD_MS,
      ),
      reload_by_mtime: flag,
      fallthrough: rest(zones),
      upstream: rest(text),
    },
  }),
)

export type FileOptions = InferOptions<typeof options>
