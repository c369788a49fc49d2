/** Replaces `{%NAME%}` and `{$NAME}` in a word, the way CoreDNS does it. */

import { clip } from './lexer.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The word with its variables replaced, and what went wrong or is worth a hint. */
export interface Replaced {
  readonly text: string
  /** Variables that are not set; they were replaced by nothing. */
  readonly unset: readonly string[]
  readonly problem?: string
}

/** A variable may contain another one, so a value that contains itself would never end. */
const maxReplacements = 200
const maxLength = 1_048_576

/**
 * Replaces first every `{%NAME%}`, then every `{$NAME}`. A replaced value is looked at again. An
 * empty name (`{$}`) ends the replacement for the word; there is no escape and no default value.
 */
export function replaceVariables(text: string, environment: Environment): Replaced {
  if (!text.includes('{$') && !text.includes('{%')) return { text, unset: [] }
  const unset: string[] = []
  const first = replaceAll(text, '{%', '%}', environment, unset)
  if (typeof first !== 'string') return { text, unset, ...first }
  const second = replaceAll(first, '{$', '}', environment, unset)
  if (typeof second !== 'string') return { text, unset, ...second }
  return { text: second, unset }
}

function replaceAll(
  word: string,
  start: string,
  end: string,
  environment: Environment,
  unset: string[],
): string | { problem: string } {
  let text = word
  for (let count = 0; ; count++) {
    const from = text.indexOf(start)
    if (from === -1) return text
    const to = text.indexOf(end, from)
    if (to === -1 || to <= from + start.length) return text
    const name = text.slice(from + start.length, to)
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (value === undefined) unset.push(name)
    const pieces = text.split(start + name + end)
    const length = text.length + (pieces.length - 1) * (value?.length ?? 0)
    if (count >= maxReplacements || length > maxLength) {
      return { problem: `replacing the variable '${clip(name)}' does not come to an end` }
    }
    text = pieces.join(value ?? '')
  }
}
