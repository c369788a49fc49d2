/** How checks and custom readers say what is wrong, and where. */

import type { Statement, Token } from '../config.ts'
import { ConfigError, type ConfigErrorCode, ConfigErrors } from '../errors.ts'
import type { InferStatement, Outcome, StatementSchema } from './schema.ts'
import { readStatement } from './statement.ts'

/**
 * A place in a statement: one of its arguments, or an option of its block (the last of that name,
 * or the one at `occurrence`) or an argument of that. What isn't there gives way to what holds it.
 */
export interface Place {
  readonly option?: string
  readonly occurrence?: number
  readonly arg?: number
}

/** What more may be said with an error. */
export interface ReportDetails {
  /** `bad-value` if not given. */
  readonly code?: ConfigErrorCode
  /** What to write instead, as a phrase. */
  readonly suggestion?: string
}

/** Says what is wrong with a statement. Without a place its keyword is pointed at. */
export interface Report {
  /** Records an error and goes on. */
  (message: string, place?: Token | Place, details?: ReportDetails): void
  /** Makes an error to be thrown. */
  error(message: string, place?: Token | Place, details?: ReportDetails): ConfigError
  /**
   * Reads tokens by a schema: a word, `rest(…)`, `args(…)`. What is wrong is thrown, all of it at
   * once, and so recorded unless it is caught.
   */
  read<const S extends StatementSchema>(
    schema: S,
    tokens: Token | readonly Token[],
  ): InferStatement<S>
  readonly statement: Statement
  /** The keyword of the statement. */
  readonly at: Token
}

/**
 * Runs a function that may report or throw configuration errors; gives its value if it did
 * neither. Other errors are the programmer's and pass.
 */
export function withReport<T>(
  statement: Statement,
  faults: ConfigError[],
  run: (report: Report) => T,
): Outcome<T> {
  const before = faults.length
  try {
    const value = run(createReport(statement, faults))
    return faults.length > before ? undefined : { value }
  } catch (error) {
    if (error instanceof ConfigError) faults.push(error)
    else if (error instanceof ConfigErrors) faults.push(...error.errors)
    else throw error
    return undefined
  }
}

function createReport(statement: Statement, faults: ConfigError[]): Report {
  const at = statement.keyword
  const error: Report['error'] = (message, place, details = {}) =>
    new ConfigError(details.code ?? 'bad-value', `${at.text}: ${message}`, {
      at: resolve(statement, place),
      suggestion: details.suggestion,
    })
  const read = (schema: StatementSchema, tokens: Token | readonly Token[]): unknown => {
    const found: ConfigError[] = []
    const args = 'text' in tokens ? [tokens] : tokens
    const outcome = readStatement(schema, { keyword: at, args }, found)
    if (outcome === undefined) throw new ConfigErrors(found)
    return outcome.value
  }
  const report: Report['error'] extends (...args: infer A) => unknown
    ? (...args: A) => void
    : never = (...args) => {
    faults.push(error(...args))
  }
  return Object.assign(report, { error, read: read as Report['read'], statement, at })
}

function resolve(statement: Statement, place: Token | Place | undefined): Token {
  if (place === undefined) return statement.keyword
  if ('text' in place) return place
  const named = (statement.block ?? []).filter(({ keyword }) => keyword.text === place.option)
  const option = place.occurrence === undefined ? named.at(-1) : named[place.occurrence]
  if (place.option !== undefined && option === undefined) return statement.keyword
  const holder = option ?? statement
  return (place.arg === undefined ? undefined : holder.args[place.arg]) ?? holder.keyword
}
