/** The options of *log*: `log [NAMES…] [FORMAT] { class CLASS… }`. */

import {
  custom,
  directive,
  type InferOptions,
  many,
  Name,
  normaliseZone,
  oneOf,
  parseNameText,
  parseQueryFormat,
  type QueryFormat,
} from '@fingerpost/sdk'

/** Kinds of responses that a rule can be limited to. */
export const CLASSES = ['all', 'success', 'denial', 'error'] as const
export type LogClass = (typeof CLASSES)[number]

interface Scope {
  /** Words that are no names are left out: they match nothing, as in CoreDNS. */
  readonly zones: readonly Name[]
  readonly format: QueryFormat
}

/** The last word is a format if there is another one before it and it has a placeholder. */
const scope = custom<Scope>(
  (tokens) => {
    const words = tokens.map(({ text }) => text)
    const last = words.at(-1)
    const hasFormat = words.length > 1 && last !== undefined && last.includes('{')
    const names = hasFormat ? words.slice(0, -1) : words
    return {
      zones: names.length === 0 ? [Name.root] : names.flatMap((name) => zoneOf(name) ?? []),
      format: parseQueryFormat(hasFormat ? last : '{common}'),
    }
  },
  { takes: '[NAMES…] [FORMAT]' },
)

export const options = many(directive({ args: scope, block: { class: many(oneOf(...CLASSES)) } }))

export type LogOptions = InferOptions<typeof options>

function zoneOf(text: string): Name | undefined {
  return parseNameText(normaliseZone(text) ?? '')
}
