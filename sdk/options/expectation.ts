/** Saying in words what a schema expects: for error messages and for syntax lines. */

import type { AnyWord, Many, Optional, Rest, StatementSchema, Word } from './schema.ts'
import { wordInfo } from './word.ts'

/** What `args` may hold: words, then optional words, then possibly the rest of the line. */
export type ArgItem = AnyWord | Optional<AnyWord> | Rest | Many<AnyWord>

/** How many words are wanted, and a sentence about them to follow the keyword. */
export interface Expectation {
  readonly min: number
  readonly max: number
  /** For example `takes one argument: a whole number from 1 to 65535`. */
  readonly sentence: string
}

/** Says what a list of items expects. */
export function expectationOf(items: readonly ArgItem[]): Expectation {
  let min = 0
  let max = 0
  for (const item of items) {
    if (item.kind === 'rest' || item.kind === 'many') max += item.max
    else max += 1
    if (item.kind !== 'optional' && item.kind !== 'rest') min += 1
  }
  const parts = items.map(phraseOf).join(', ')
  return { min, max, sentence: `takes ${countOf(min, max)}${parts && `: ${parts}`}` }
}

/** Writes items as a syntax line: `INTEGER [DURATION=1m] [ZONE…]`. */
export function syntaxOf(items: readonly ArgItem[]): string {
  return items.map(symbolOf).join(' ')
}

/** Gives the valibot schema inside whatever takes a word. */
export function innerWord(word: AnyWord): Word {
  return word.kind === 'schema' ? word : word.word
}

/** Whether a schema is a word, bare or wrapped. */
export function isWord(schema: StatementSchema | ArgItem): schema is AnyWord {
  return schema.kind === 'schema' || schema.kind === 'located' || schema.kind === 'spread'
}

/** Writes a default as the words it stands for, if that can be said. */
export function formatDefault(schema: StatementSchema | Many, value: unknown): string | undefined {
  if (value === undefined) return undefined
  const word = wordInside(schema)
  const format = word && (wordInfo(word).format as ((value: unknown) => string) | undefined)
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined
    return value.map((each) => formatOne(each, format) ?? '?').join(' ')
  }
  return formatOne(value, format)
}

function formatOne(value: unknown, format: ((value: unknown) => string) | undefined) {
  if (format) return format(value)
  return typeof value === 'object' ? undefined : String(value)
}

function wordInside(schema: StatementSchema | Many): Word | undefined {
  if (schema.kind === 'many') return wordInside(schema.schema)
  if (schema.kind === 'rest') return innerWord(schema.word)
  return isWord(schema) ? innerWord(schema) : undefined
}

function phraseOf(item: ArgItem): string {
  if (item.kind === 'optional') return `optionally ${expectsOf(item.schema as AnyWord)}`
  if (item.kind === 'rest') return `any number of words, each ${expectsOf(item.word)}`
  if (item.kind === 'many') return `one or more words, each ${expectsOf(item.schema)}`
  return expectsOf(item)
}

function expectsOf(word: AnyWord): string {
  return wordInfo(innerWord(word)).expects ?? 'a word'
}

function symbolOf(item: ArgItem): string {
  if (item.kind === 'optional') {
    const word = item.schema as AnyWord
    const fallback = formatDefault(word, item.fallback)
    return fallback === undefined ? `[${nameOf(word)}]` : `[${nameOf(word)}=${fallback}]`
  }
  if (item.kind === 'rest') return `[${nameOf(item.word)}…]`
  if (item.kind === 'many') return `${nameOf(item.schema)}…`
  return nameOf(item)
}

function nameOf(word: AnyWord): string {
  const info = wordInfo(innerWord(word))
  return info.name ?? info.choices?.join('|') ?? 'WORD'
}

function countOf(min: number, max: number): string {
  if (max === 0) return 'no arguments'
  if (min === max) return min === 1 ? 'one argument' : `${min} arguments`
  if (min === 0 && max === 1) return 'at most one argument'
  if (max === Number.POSITIVE_INFINITY) {
    if (min === 0) return 'any number of arguments'
    return min === 1 ? 'at least one argument' : `at least ${min} arguments`
  }
  return min === 0 ? `at most ${max} arguments` : `${min} to ${max} arguments`
}
