/** The options of a block: keywords looked up, statements read in the order of the file. */

import type { Statement, Token } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { nearest } from '../suggest.ts'
import { formatDefault } from './expectation.ts'
import type {
  EntrySchema,
  Many,
  OptionBlock,
  OptionDescription,
  StatementSchema,
} from './schema.ts'
import { anything, describeStatement, readMany, readStatement } from './statement.ts'
import { quoted } from './word.ts'

/** Lines of a block that begin with no known keyword; made by `others`. */
export interface Others<S extends StatementSchema = StatementSchema> {
  readonly kind: 'others'
  readonly schema: S
  readonly before: readonly string[]
}

/**
 * Takes the lines of a block that begin with no known keyword. The first word of the line counts
 * as its first argument; `others(anything)` gives the statements as they stand. After an option
 * named in `before` such lines are errors again.
 *
 * @example others(args(ipAddress, many(zone)), { before: ['fallthrough'] })
 */
export function others<S extends StatementSchema>(
  schema: S,
  limits: { before?: readonly string[] } = {},
): Others<S> {
  return { kind: 'others', schema, before: limits.before ?? [] }
}

/** Reads a block; gives the values by keyword and those of the other lines. */
export function readBlock(
  block: OptionBlock,
  others: Others | undefined,
  owner: Statement,
  faults: ConfigError[],
): { values: Record<string, unknown>; others: unknown[] } | undefined {
  const before = faults.length
  const entries = new Map(Object.entries(block).map(([key, schema]) => [key, normalise(schema)]))
  const found = new Map<string, unknown[]>()
  const otherValues: unknown[] = []
  let isClosed = false
  const firsts = new Map<string, Token>()
  for (const statement of owner.block ?? []) {
    const { keyword } = statement
    const entry = entries.get(keyword.text)
    if (entry === undefined) {
      if (others && !isClosed) readOther(others, owner, statement, entries, otherValues, faults)
      else faults.push(unknownOption(owner, keyword, entries.keys()))
      continue
    }
    if (others?.before.includes(keyword.text)) isClosed = true
    const first = firsts.get(keyword.text)
    if (first && entry.isOnce) faults.push(duplicateOption(keyword, first))
    firsts.set(keyword.text, first ?? keyword)
    readEntry(entry, statement, found, faults)
  }
  const values: [string, unknown][] = []
  for (const [key, entry] of entries) {
    if (entry.isRequired && !firsts.has(key)) faults.push(missingOption(owner, key, entry))
    const got = found.get(key)
    if (got === undefined) values.push([key, entry.fallback])
    else values.push([key, entry.many ? got : got.at(-1)])
  }
  return faults.length > before
    ? undefined
    : { values: Object.fromEntries(values), others: otherValues }
}

/** Describes the options of a block, one line each. */
export function describeBlock(block: OptionBlock): OptionDescription[] {
  return Object.entries(block).map(([keyword, schema]) => {
    const { statement, many, isRequired, fallback } = normalise(schema)
    const text = statement.kind === 'flag' ? undefined : formatDefault(many ?? statement, fallback)
    return {
      keyword,
      ...describeStatement(many ?? statement),
      ...(text !== undefined && { default: text }),
      repeatable: many !== undefined,
      required: isRequired,
    }
  })
}

/** An option with its wrappers taken off. */
interface Entry {
  readonly statement: StatementSchema
  readonly many: Many | undefined
  readonly isOnce: boolean
  readonly isRequired: boolean
  /** The value if the option is absent. */
  readonly fallback: unknown
}

function normalise(schema: EntrySchema): Entry {
  if (schema.kind === 'optional') {
    return { ...normalise(schema.schema), fallback: schema.fallback }
  }
  if (schema.kind === 'required') return { ...normalise(schema.schema), isRequired: true }
  if (schema.kind === 'once') return { ...normalise(schema.schema), isOnce: true }
  const many = schema.kind === 'many' ? schema : undefined
  const statement = schema.kind === 'many' ? schema.schema : schema
  const fallback = many ? [] : statement.kind === 'flag' ? false : undefined
  return { statement, many, isOnce: false, isRequired: false, fallback }
}

function readEntry(
  entry: Entry,
  statement: Statement,
  found: Map<string, unknown[]>,
  faults: ConfigError[],
): void {
  const key = statement.keyword.text
  const values = found.get(key) ?? []
  if (entry.many) {
    const outcome = readMany(entry.many, [statement], faults, values.length)
    values.push(...(outcome?.value ?? []))
  } else {
    const outcome = readStatement(entry.statement, statement, faults)
    if (outcome) values.push(outcome.value)
  }
  found.set(key, values)
}

function readOther(
  others: Others,
  owner: Statement,
  statement: Statement,
  entries: ReadonlyMap<string, Entry>,
  values: unknown[],
  faults: ConfigError[],
): void {
  if (others.schema === anything) {
    values.push(statement)
    return
  }
  const { keyword, args, block } = statement
  const line: Statement = {
    keyword: { ...keyword, text: owner.keyword.text },
    args: [keyword, ...args],
    ...(block && { block }),
  }
  const found: ConfigError[] = []
  const outcome = readStatement(others.schema, line, found)
  if (outcome) values.push(outcome.value)
  const meant = nearest(keyword.text, entries.keys())
  const isMistyped = found.some(({ at }) => at === keyword) && meant !== undefined
  if (isMistyped) faults.push(unknownOption(owner, keyword, entries.keys()))
  else faults.push(...found)
}

function unknownOption(owner: Statement, keyword: Token, known: Iterable<string>): ConfigError {
  const all = [...known]
  const message =
    all.length === 0
      ? `${owner.keyword.text} takes no options, got ${quoted(keyword.text)}`
      : `${owner.keyword.text} has no option ${quoted(keyword.text)}`
  const meant = nearest(keyword.text, all)
  const list = all.length === 0 ? undefined : `the options are ${all.join(', ')}`
  const suggestion = meant === undefined ? list : `did you mean ${quoted(meant)}?`
  return new ConfigError('unknown-option', message, { at: keyword, suggestion })
}

function duplicateOption(keyword: Token, first: Token): ConfigError {
  const message = `${keyword.text} may be given once only: it was given in line ${first.line} already`
  return new ConfigError('duplicate-option', message, { at: keyword })
}

function missingOption(owner: Statement, key: string, entry: Entry): ConfigError {
  const { takes } = describeStatement(entry.many ?? entry.statement)
  return new ConfigError(
    'wrong-arguments',
    `${owner.keyword.text} needs the option ${quoted(key)}`,
    {
      at: owner.keyword,
      suggestion: `write ${takes ? `${key} ${takes}` : key}`,
    },
  )
}
