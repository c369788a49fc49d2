/** What `var` and `expr` say about a query, in the expression language of the SDK. */

import { compileQueryExpressions, type ExpressionValue, type Query } from '@fingerpost/sdk'
import type { TemplateOptions } from './options.ts'

/** The expressions of one rule. */
export interface Conditions {
  /** Whether all of `expr` hold. @throws Error when a value has not the type that is needed */
  hold(query: Query): boolean
  /** The values of `var`, by name. @throws Error as `hold` does */
  variables(query: Query): Readonly<Record<string, ExpressionValue>>
}

/**
 * Compiles the expressions of each occurrence.
 * @throws ConfigErrors (rejects) with all that are wrong
 */
export async function compileConditions(
  occurrences: readonly TemplateOptions[],
): Promise<readonly Conditions[]> {
  const written = occurrences.flatMap(({ block }) => [...block.expr, ...block.var])
  const left = [...(await compileQueryExpressions(written))]
  return occurrences.map(({ block }) => {
    const conditions = left.splice(0, block.expr.length)
    const named = left
      .splice(0, block.var.length)
      .map((one, i) => [block.var[i]?.name ?? '', one] as const)
    return {
      hold: (query: Query) => conditions.every((one) => one.evaluate(query) === true),
      variables: (query: Query) =>
        Object.fromEntries(named.map(([name, one]) => [name, one.evaluate(query)])),
    }
  })
}
