/** Whether a statement must be there, may be, and how often. */

import type { Many, Once, Optional, Required, StatementSchema } from './schema.ts'

/**
 * May be left out, as a trailing word of `args` or as an option of a block; `fallback` (or
 * nothing) is the value then. An option is optional anyway: this gives it a default.
 */
export function optional<S extends StatementSchema | Many | Once>(schema: S): Optional<S, undefined>
// Two signatures, because with one the type around the call would decide what an absent default is.
export function optional<S extends StatementSchema | Many | Once, const D>(
  schema: S,
  fallback: D,
): Optional<S, D>
export function optional(
  schema: StatementSchema | Many | Once,
  fallback?: unknown,
): Optional<StatementSchema | Many | Once> {
  return { kind: 'optional', schema, fallback }
}

/**
 * May be repeated: the value is an array, empty if the statement is absent. Of a word, each
 * statement takes one or more; of anything else, each statement gives one element. As the last of
 * `args` it takes one or more words. `max` limits the elements.
 */
export function many<S extends StatementSchema>(schema: S, limits: { max?: number } = {}): Many<S> {
  return { kind: 'many', schema, max: limits.max ?? Number.POSITIVE_INFINITY }
}

/** Must not be repeated. Without this the last of several statements wins, as in CoreDNS. */
export function once<S extends StatementSchema>(schema: S): Once<S> {
  return { kind: 'once', schema }
}

/** Must be there. */
export function required<S extends StatementSchema | Many | Once>(schema: S): Required<S> {
  return { kind: 'required', schema }
}
