/** The options of *auto*. */

import {
  args,
  check,
  directive,
  duration,
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

/** How often directories and files are looked at. */
export const DEFAULT_RELOAD_MS = 60_000

/** `directory DIR [REGEXP ORIGIN_TEMPLATE]`: the pattern is compiled in setup. */
const directory = check(
  args(path, optional(located(text)), optional(text)),
  ([, pattern, template], report) => {
    if (pattern !== undefined && template === undefined) {
      report('the pattern needs a template for the zone, such as {1}', { arg: 1 })
    }
  },
)

export const options = many(
  directive({
    args: rest(zones),
    block: {
      directory,
      // CoreDNS ignores what stands behind the duration.
      reload: optional(
        transform(args(duration, rest(text)), ([intervalMs]) => intervalMs),
        DEFAULT_RELOAD_MS,
      ),
      upstream: rest(text),
    },
  }),
)

export type AutoOptions = InferOptions<typeof options>[number]
