/** The ways to take one word or several: with its token, as several values, the rest of a line. */

import type { AnyWord, FlagSchema, LocatedWord, Rest, SpreadWord, Word } from './schema.ts'

/**
 * Keeps the token of a word: the value is `{ value, at }`. For what can only be found wrong later,
 * such as a file that isn't there.
 */
export function located<W extends Word>(word: W): LocatedWord<W> {
  return { kind: 'located', word }
}

/** Lays the values of a word that stands for several side by side with those of its neighbours. */
export function spread<W extends Word<readonly unknown[]>>(word: W): SpreadWord<W> {
  return { kind: 'spread', word }
}

/** Takes the remaining words of the line: none, one or more, up to `max`. */
export function rest<W extends AnyWord>(word: W, limits: { max?: number } = {}): Rest<W> {
  return { kind: 'rest', word, max: limits.max ?? Number.POSITIVE_INFINITY }
}

/** A keyword that stands alone: true if it is there, false if not. */
export const flag: FlagSchema = { kind: 'flag' }
