/** Making words: valibot schemas from a string that can say what they expect and give an example. */

import * as v from 'valibot'
import type { Word } from './schema.ts'

/** How a new word is described and parsed. */
export interface WordSpec<T> {
  /** What a person should write, to follow "expected": `a duration`. */
  readonly expects: string
  /** How the word is called in a syntax line, in capitals: `DURATION`. */
  readonly name?: string
  readonly example?: string
  /** The complete list of words, where there is one: used for suggestions. */
  readonly choices?: readonly string[]
  /** Writes a value as the word for it, for the defaults in an options table. */
  readonly format?: (value: T) => string
  /** Gives the value, or what `refuse` gives, with a reason where one helps. */
  parse(text: string, refuse: (reason?: string) => Refused): T | Refused
}

/** What `parse` gives for a word it doesn't accept. */
export interface Refused {
  readonly isRefused: true
  readonly reason: string | undefined
}

/** What is known about a word besides how to parse it. */
export interface WordInfo {
  readonly expects?: string
  readonly name?: string
  readonly example?: string
  readonly choices?: readonly string[]
  readonly format?: (value: never) => string
}

/**
 * Makes a word.
 *
 * @example
 * const colour = word<number>({
 *   expects: 'a colour', example: '#ff0000',
 *   parse: (text, refuse) => /^#[0-9a-f]{6}$/.test(text) ? parseInt(text.slice(1), 16) : refuse(),
 * })
 */
export function word<T>(spec: WordSpec<T>): Word<T> {
  const { expects, name, example, choices, format } = spec
  return v.pipe(
    v.string(),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const result = spec.parse(dataset.value, refuse)
      if (!isRefused(result)) return result
      const because = result.reason === undefined ? '' : `: ${result.reason}`
      addIssue({ message: `expected ${expects}, got ${quoted(dataset.value)}${because}` })
      return NEVER
    }),
    v.metadata({
      expects,
      ...(name !== undefined && { name }),
      ...(example !== undefined && { example }),
      ...(choices !== undefined && { choices }),
      ...(format !== undefined && { format }),
    }),
  )
}

/** Whether a text is what a word accepts. */
export function matches(word: Word, text: string): boolean {
  return v.is(word, text)
}

/** Gives what a word says about itself; `v.description` is its `expects` if it says nothing else. */
export function wordInfo(word: Word): WordInfo {
  const metadata: WordInfo = v.getMetadata(word)
  if (metadata.expects !== undefined) return metadata
  const description = v.getDescription(word)
  return description === undefined ? metadata : { ...metadata, expects: description }
}

/** Quotes a word for a message, cut short if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text)
}

function refuse(reason?: string): Refused {
  return { isRefused: true, reason }
}

function isRefused(result: unknown): result is Refused {
  return typeof result === 'object' && result !== null && 'isRefused' in result
}
