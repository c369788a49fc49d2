/** The ways out: arguments read by hand, and checks and changes of what was read. */

import type { Token } from '../config.ts'
import { refuseBlock } from './args.ts'
import { type Report, withReport } from './report.ts'
import type { InferStatement, Reader, StatementSchema } from './schema.ts'
import { describeStatement, readStatement } from './statement.ts'

/** What is said about a custom reader. */
export interface CustomDetails {
  /** How the arguments look in a syntax line: `[TTL] [ZONE…]`. */
  readonly takes: string
  /** Whether it reads the block too, from `report.statement`. */
  readonly block?: boolean
}

/**
 * Reads the arguments of a statement by hand, where their form depends on the first of them.
 *
 * @example
 * custom((tokens, report) => {
 *   const isTtl = tokens[0] !== undefined && matches(integer(), tokens[0].text)
 *   const ttl = isTtl ? report.read(integer(1), tokens[0]) : 3600
 *   return { ttl, zones: report.read(rest(zones), tokens.slice(isTtl ? 1 : 0)) }
 * }, { takes: '[TTL] [ZONE…]' })
 */
export function custom<T>(
  read: (tokens: readonly Token[], report: Report) => T,
  details: CustomDetails,
): Reader<T> {
  return {
    kind: 'reader',
    read(statement, faults) {
      const before = faults.length
      const outcome = withReport(statement, faults, (report) => read(statement.args, report))
      if (!details.block) refuseBlock(statement, faults)
      return faults.length > before ? undefined : outcome
    },
    describe: () => ({ takes: details.takes }),
  }
}

/** Checks the value of a statement after it was read without error. */
export function check<const S extends StatementSchema>(
  schema: S,
  inspect: (value: InferStatement<S>, report: Report) => void,
): Reader<InferStatement<S>> {
  return transform(schema, (value, report) => {
    inspect(value, report)
    return value
  })
}

/** Changes the value of a statement after it was read without error; may report as `check` does. */
export function transform<const S extends StatementSchema, T>(
  schema: S,
  change: (value: InferStatement<S>, report: Report) => T,
): Reader<T> {
  return {
    kind: 'reader',
    read(statement, faults) {
      const outcome = readStatement(schema, statement, faults)
      if (outcome === undefined) return undefined
      const value = outcome.value as InferStatement<S>
      return withReport(statement, faults, (report) => change(value, report))
    },
    describe: () => describeStatement(schema),
  }
}
