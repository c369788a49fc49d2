/** *view*: lets a server block serve only the queries that its expressions hold for. */

import {
  ConfigError,
  ConfigErrors,
  compileExpression,
  definePlugin,
  type Expression,
  type ExpressionEnvironment,
  ExpressionError,
  type Host,
  type Query,
  queryFunctions,
} from '@fingerpost/sdk'
import { options, type Written } from './options.ts'

export default definePlugin({
  name: 'view',
  options,
  async setup({ args: [name], block }, host: Host) {
    host.settings.viewName = name
    const expressions = await compile(block.expr)
    for (const { type } of expressions) {
      if (type === 'bool' || type === 'any') continue
      host.log.warning(`an expression of ${name} gives a ${type}: it never holds`)
    }
    const usesMetadata = block.expr.some(({ text }) => text.includes('metadata'))
    let isTold = false
    return {
      accepts(query) {
        if (usesMetadata) for (const { offer } of host.offers('collectMetadata')) offer(query)
        try {
          return expressions.every((expression) => expression.evaluate(query) === true)
        } catch (error) {
          // What can't be told of one query can't be told of many: once is enough.
          if (!isTold) host.log.warning(`${name} is not chosen: ${String(error)}`)
          isTold = true
          return false
        }
      },
    }
  },
})

/** @throws ConfigErrors with all that are wrong */
async function compile(written: readonly Written[]): Promise<Expression<Query>[]> {
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
async function environmentFor(written: readonly Written[]): Promise<ExpressionEnvironment<Query>> {
  if (!written.some(({ text }) => text.includes('matches'))) return { functions: queryFunctions }
  const { compileRegexp } = await import('@fingerpost/sdk/regexp')
  return { functions: queryFunctions, compileRegexp }
}
