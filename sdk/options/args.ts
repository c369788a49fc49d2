/** Arguments by position, and the reading of one word: where tokens become values. */

import * as v from 'valibot'
import type { Statement, Token } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { nearest } from '../suggest.ts'
import { type ArgItem, expectationOf, innerWord, syntaxOf } from './expectation.ts'
import type {
  AnyWord,
  InferWord,
  InferWords,
  Many,
  Optional,
  Outcome,
  Reader,
  Rest,
} from './schema.ts'
import { quoted, wordInfo } from './word.ts'

/** The value of one position. */
export type InferArg<I> =
  I extends Optional<infer W, infer D>
    ? InferWord<W> | D
    : I extends Rest<infer W>
      ? InferWords<W>
      : I extends Many<infer W>
        ? InferWords<W>
        : InferWord<I>

/** The values of `args`, as a tuple. */
export type InferArgs<I extends readonly ArgItem[]> = { -readonly [K in keyof I]: InferArg<I[K]> }

/**
 * Arguments by position: words, then `optional` words, then possibly `rest(word)` (zero or more)
 * or `many(word)` (one or more). The value is a tuple.
 *
 * @example args(zone, many(addressWithPort(53), { max: 15 })) // [string, HostPort[]]
 */
export function args<const I extends readonly ArgItem[]>(...items: I): Reader<InferArgs<I>> {
  assertOrder(items)
  return {
    kind: 'reader',
    read: (statement, faults) => readItems(items, statement, faults) as Outcome<InferArgs<I>>,
    describe: () => ({ takes: syntaxOf(items) }),
  }
}

/** Reads the arguments of a statement by position; a block on it is refused. */
export function readItems(
  items: readonly ArgItem[],
  statement: Statement,
  faults: ConfigError[],
): Outcome<unknown[]> {
  const { args: tokens, keyword } = statement
  const before = faults.length
  const { min, max, sentence } = expectationOf(items)
  if (tokens.length < min || tokens.length > max) {
    // Too many: the first that is too much. Too few: there is only the keyword to point at.
    const at = tokens[max] ?? keyword
    faults.push(new ConfigError('wrong-arguments', `${keyword.text} ${sentence}`, { at }))
  }
  const values: unknown[] = []
  let index = 0
  for (const item of items) {
    if (item.kind === 'rest' || item.kind === 'many') {
      const word = item.kind === 'rest' ? item.word : item.schema
      const words = tokens.slice(index, index + item.max)
      values.push(readWords(word, words, keyword.text, faults))
      index += words.length
      continue
    }
    const token = tokens[index++]
    if (token === undefined) values.push(item.kind === 'optional' ? item.fallback : undefined)
    else {
      const word = item.kind === 'optional' ? (item.schema as AnyWord) : item
      values.push(readWord(word, token, keyword.text, faults)?.value)
    }
  }
  refuseBlock(statement, faults)
  return faults.length > before ? undefined : { value: values }
}

/** Reads several words of one kind; those of a spread word are laid side by side. */
export function readWords(
  word: AnyWord,
  tokens: readonly Token[],
  subject: string,
  faults: ConfigError[],
): unknown[] {
  return tokens.flatMap((token) => {
    const outcome = readWord(word, token, subject, faults)
    if (outcome === undefined) return []
    return word.kind === 'spread' ? (outcome.value as unknown[]) : [outcome.value]
  })
}

/** Reads one word. `subject` is the keyword it belongs to, for the message. */
export function readWord(
  word: AnyWord,
  token: Token,
  subject: string,
  faults: ConfigError[],
): Outcome<unknown> {
  const schema = innerWord(word)
  const result = v.safeParse(schema, token.text)
  if (result.success) {
    return { value: word.kind === 'located' ? { value: result.output, at: token } : result.output }
  }
  const { expects, example, choices } = wordInfo(schema)
  const [{ message }] = result.issues
  // Valibot's own messages speak of schemas; what the word expects is said better by its description.
  const isDefault = message.startsWith('Invalid ') && expects !== undefined
  const said = isDefault ? `expected ${expects}, got ${quoted(token.text)}` : message
  const meant = choices && nearest(token.text, choices)
  const help = example === undefined ? undefined : `for example: ${example}`
  faults.push(
    new ConfigError('bad-value', `${subject}: ${said}`, {
      at: token,
      suggestion: meant === undefined ? help : `did you mean ${quoted(meant)}?`,
    }),
  )
  return undefined
}

/** Refuses the statements of a block where there must be none; an empty block does no harm. */
export function refuseBlock(statement: Statement, faults: ConfigError[]): void {
  for (const { keyword } of statement.block ?? []) {
    const message = `${statement.keyword.text} takes no options, got ${quoted(keyword.text)}`
    faults.push(new ConfigError('unknown-option', message, { at: keyword }))
  }
}

function assertOrder(items: readonly ArgItem[]): void {
  let isOptional = false
  items.forEach((item, index) => {
    const isOpenEnded = item.kind === 'rest' || item.kind === 'many'
    if (isOpenEnded && index < items.length - 1) throw new TypeError('rest and many come last')
    if (isOptional && item.kind !== 'optional' && item.kind !== 'rest') {
      throw new TypeError('optional words come after all others')
    }
    if (item.kind === 'optional') isOptional = true
  })
}
