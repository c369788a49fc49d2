/**
 * Regular expressions in Go's (RE2's) syntax, matched in linear time: no pattern and no query can
 * make one run away. A module of its own, because its engine costs about 8 MB when it is loaded.
 */

import { RE2JS } from 're2js'
import type { Word } from '../schema.ts'
import { word } from '../word.ts'

/** A compiled regular expression; it is not anchored unless it says so. */
export interface Regexp {
  readonly source: string
  /** Groups in parentheses, the match as a whole not counted. */
  readonly groupCount: number
  test(text: string): boolean
  /** The first match, or nothing. */
  exec(text: string): RegexpMatch | undefined
}

/** A match. */
export interface RegexpMatch {
  /** Where the match starts and ends, in UTF-16 code units. */
  readonly start: number
  readonly end: number
  /** The match as a whole, then the groups; those that took no part are undefined. */
  readonly groups: readonly (string | undefined)[]
  /** The groups that have a name. */
  readonly named: Readonly<Record<string, string | undefined>>
}

/** Longer patterns are refused, as in CoreDNS. */
export const MAX_REGEXP_LENGTH = 10_000

/** A regular expression in Go's syntax. */
export const regexp: Word<Regexp> = word<Regexp>({
  expects: "a regular expression in Go's syntax",
  name: 'REGEXP',
  example: '^www\\.',
  format: ({ source }) => source,
  parse(text, refuse) {
    if (text.length > MAX_REGEXP_LENGTH) return refuse(`it is longer than ${MAX_REGEXP_LENGTH}`)
    try {
      return compileRegexp(text)
    } catch (error) {
      return refuse(error instanceof Error ? error.message : undefined)
    }
  },
})

/**
 * Compiles a regular expression.
 * @throws what the engine throws, if the pattern isn't one.
 */
export function compileRegexp(source: string): Regexp {
  const pattern = RE2JS.compile(source)
  const names = Object.entries(pattern.namedGroups())
  return {
    source,
    groupCount: pattern.groupCount(),
    test: (text) => pattern.test(text),
    exec(text) {
      const matcher = pattern.matcher(text)
      if (!matcher.find()) return undefined
      const groups = Array.from(
        { length: pattern.groupCount() + 1 },
        (_, index) => matcher.group(index) ?? undefined,
      )
      const named = Object.fromEntries(names.map(([name, index]) => [name, groups[index]]))
      return { start: matcher.start(), end: matcher.end(), groups, named }
    },
  }
}
