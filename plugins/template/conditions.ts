/** What `var` and `expr` say about a query, in the expression language of the SDK. */

import {
  ConfigError,
  ConfigErrors,
  compileExpression,
  type Expression,
  type ExpressionEnvironment,
  ExpressionError,
  type ExpressionValue,
  type Query,
  queryFunctions,
} from '@fingerpost/sdk'
import type { TemplateOptions, Written } from './options.ts'

/** The expressions of one rule. */
export interface Conditions {
  /** Whether all of `expr` hold. @throws Error when a value has not the type that is needed */
  hold(query: Query): boolean
  /** The values of `var`, by name. @throws Error as `hold` does */
  variables(query: Query): Readonly<Record<string, ExpressionValue>>
}

/**
 * Compiles the expressions of each occurrence.
 * @throws ConfigErrors with all that are wrong
 */
export async function compileConditions(
  occurrences: readonly TemplateOptions[],
): Promise<readonly Conditions[]> {
  const environment = await environmentFor(occurrences)
  const errors: ConfigError[] = []
  const compile = ({ text, placeOf }: Written): Expression<Query> => {
    try {
      return compileExpression(text, environment)
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause
      errors.push(new ConfigError('bad-value', cause.message, { at: placeOf(cause.at), cause }))
      return { type: 'nil', evaluate: () => null }
    }
  }
  const compiled = occurrences.map(({ block }) => {
    const conditions = block.expr.map(compile)
    const named = block.var.map((one) => [one.name, compile(one)] as const)
    return {
      hold: (query: Query) => conditions.every((one) => one.evaluate(query) === true),
      variables: (query: Query) =>
        Object.fromEntries(named.map(([name, one]) => [name, one.evaluate(query)])),
    }
  })
  if (errors.length > 0) throw new ConfigErrors(errors)
  return compiled
}

/** The engine for regular expressions is large, and loaded only where there are any. */
async function environmentFor(
  occurrences: readonly TemplateOptions[],
): Promise<ExpressionEnvironment<Query>> {
  const written = occurrences.flatMap(({ block }) => [...block.expr, ...block.var])
  if (!written.some(({ text }) => text.includes('matches'))) return { functions: queryFunctions }
  const { compileRegexp } = await import('@fingerpost/sdk/regexp')
  return { functions: queryFunctions, compileRegexp }
}
