/** The options of *dnstap*: one schema for one line; the directive may stand several times. */

import {
  args,
  directive,
  flag,
  type InferOptions,
  integer,
  many,
  oneOf,
  optional,
  text,
} from '@fingerpost/sdk'
import { endpoint } from './endpoint.ts'

/** The most that WRITEBUFFER (MiB) and QUEUE (10,000 messages) may say. */
export const MAX_UNITS = 1024

const line = directive({
  args: args(
    endpoint,
    optional(oneOf('full')),
    optional(integer(1, MAX_UNITS), 1),
    optional(integer(1, MAX_UNITS), 1),
  ),
  block: { identity: text, version: text, extra: text, skipverify: flag },
})

export const options = many(line)

/** What one line says. */
export type LineOptions = InferOptions<typeof options>[number]
