/** Expressions about queries as a Corefile has them (*view*, *template*): written, then compiled. */

import type { Token } from '../config.ts'
import { ConfigError, ConfigErrors } from '../errors.ts'
import { custom } from '../options/custom.ts'
import type { Report } from '../options/report.ts'
import type { Reader } from '../options/schema.ts'
import type { Query } from '../wire/query.ts'
import { compileExpression, type Expression, type ExpressionEnvironment } from './compile.ts'
import { ExpressionError } from './expression-error.ts'
import { queryFunctions } from './query-functions.ts'

/** An expression as it is written. */
export interface WrittenExpression {
  /** The words with a space between them: quotes around words are the Corefile's. */
  readonly text: string
  /** The word at an offset of the text. */
  placeOf(offset: number): Token | undefined
}

/** All words of a statement as one expression. */
export const expression: Reader<WrittenExpression> = custom(writtenExpression, {
  takes: 'EXPRESSION',
})

/**
 * Words as one expression, for statements that begin with something else.
 * @throws ConfigError when there are none
 */
export function writtenExpression(tokens: readonly Token[], report: Report): WrittenExpression {
  if (tokens.length === 0) throw report.error('an expression is needed')
  const starts: number[] = []
  let whole = ''
  for (const token of tokens) {
    starts.push(whole.length)
    whole += `${token.text} `
  }
  return {
    text: whole.trimEnd(),
    placeOf: (offset) => tokens[starts.findLastIndex((start) => start <= offset)],
  }
}

/**
 * Compiles expressions about queries, in their order.
 * @throws ConfigErrors (rejects) with all that are wrong
 */
export async function compileQueryExpressions(
  written: readonly WrittenExpression[],
): Promise<readonly Expression<Query>[]> {
  const environment = await environmentFor(written)
  const errors: ConfigError[] = []
  const compiled = written.flatMap(({ text, placeOf }) => {
    try {
      return [compileExpression(text, environment)]
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause
      errors.push(new ConfigError('bad-value', cause.message, { at: placeOf(cause.at), cause }))
      return []
    }
  })
  if (errors.length > 0) throw new ConfigErrors(errors)
  return compiled
}

/** The engine for regular expressions is large, and loaded only where there are any. */
async function environmentFor(
  written: readonly WrittenExpression[],
): Promise<ExpressionEnvironment<Query>> {
  if (!written.some(({ text }) => text.includes('matches'))) return { functions: queryFunctions }
  const { compileRegexp } = await import('../options/words/regexp.ts')
  return { functions: queryFunctions, compileRegexp }
}
