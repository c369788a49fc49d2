/** The expressions of all rules, compiled by an engine that is loaded only if there are any. */

import { ConfigError, ConfigErrors, type Located } from '@fingerpost/sdk'
import type { Regexp } from '@fingerpost/sdk/regexp'
import type { TemplateOptions } from './options.ts'

/**
 * Compiles the expressions of each occurrence.
 * @throws ConfigErrors with all that are wrong.
 */
export async function compileExpressions(
  occurrences: readonly TemplateOptions[],
): Promise<readonly (readonly Regexp[])[]> {
  if (occurrences.every(({ block }) => block.match.length === 0)) return []
  const { compileRegexp, MAX_REGEXP_LENGTH } = await import('@fingerpost/sdk/regexp')
  const errors: ConfigError[] = []
  const compile = ({ value, at }: Located<string>): Regexp[] => {
    try {
      if (value.length > MAX_REGEXP_LENGTH) throw new RangeError(`longer than ${MAX_REGEXP_LENGTH}`)
      return [compileRegexp(value)]
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      errors.push(
        new ConfigError('bad-value', `match: not an expression: ${reason}`, { at, cause }),
      )
      return []
    }
  }
  const compiled = occurrences.map(({ block }) => block.match.flatMap(compile))
  if (errors.length > 0) throw new ConfigErrors(errors)
  return compiled
}
