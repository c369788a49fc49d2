/** Reading and describing one statement by whatever schema it has. */

import type { Statement } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { readItems, readWords, refuseBlock } from './args.ts'
import { expectationOf, isWord, syntaxOf } from './expectation.ts'
import type { Many, Outcome, Reader, StatementDescription, StatementSchema } from './schema.ts'

/** Reads one statement. */
export function readStatement(
  schema: StatementSchema,
  statement: Statement,
  faults: ConfigError[],
): Outcome<unknown> {
  if (schema.kind === 'reader') return schema.read(statement, faults)
  if (schema.kind === 'flag') return readItems([], statement, faults) && { value: true }
  const outcome = readItems([schema], statement, faults)
  return outcome && { value: outcome.value[0] }
}

/**
 * Reads statements that add up to one array: of words, one or more a statement; of anything else,
 * one element a statement. Gives nothing if any of them is wrong. `count` elements were read before.
 */
export function readMany(
  schema: Many,
  statements: readonly Statement[],
  faults: ConfigError[],
  count = 0,
): Outcome<unknown[]> {
  const before = faults.length
  const values: unknown[] = []
  for (const statement of statements) {
    values.push(...readElements(schema, count + values.length, statement, faults))
  }
  return faults.length > before ? undefined : { value: values }
}

/** Describes one statement. */
export function describeStatement(schema: StatementSchema | Many): StatementDescription {
  if (schema.kind === 'reader') return schema.describe()
  if (schema.kind === 'flag') return { takes: '' }
  if (schema.kind === 'many') {
    const inner = schema.schema
    if (!isWord(inner)) return describeStatement(inner)
    return { takes: syntaxOf([{ ...schema, schema: inner }]) }
  }
  return { takes: syntaxOf([schema]) }
}

function readElements(
  { schema, max }: Many,
  count: number,
  statement: Statement,
  faults: ConfigError[],
): readonly unknown[] {
  const { keyword, args } = statement
  if (!isWord(schema)) {
    if (count >= max) {
      const message = `${keyword.text} may be given ${max} times at most`
      faults.push(new ConfigError('wrong-arguments', message, { at: keyword }))
    }
    const outcome = readStatement(schema, statement, faults)
    return outcome ? [outcome.value] : []
  }
  if (args.length === 0) {
    const { sentence } = expectationOf([{ kind: 'many', schema, max }])
    faults.push(new ConfigError('wrong-arguments', `${keyword.text} ${sentence}`, { at: keyword }))
  }
  const excess = args[Math.max(0, max - count)]
  if (excess !== undefined) {
    const message = `${keyword.text} takes at most ${max} words in all`
    faults.push(new ConfigError('wrong-arguments', message, { at: excess }))
  }
  const values = readWords(schema, args, keyword.text, faults)
  refuseBlock(statement, faults)
  return values
}

/** A statement as it stands, with any arguments and any block. */
export const anything: Reader<Statement> = {
  kind: 'reader',
  read: (statement) => ({ value: statement }),
  describe: () => ({ takes: '…' }),
}
