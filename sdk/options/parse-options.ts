/** Parsing a directive by its option schema: all occurrences, all errors at once. */

import type { Directive } from '../config.ts'
import { ConfigError } from '../errors.ts'
import type { InferOptions, OptionDescription, PluginOptions } from './schema.ts'
import { describeStatement, readMany } from './statement.ts'

/** The options, or everything that is wrong with them, in the order of the file. */
export type OptionsResult<T> =
  | { readonly value: T; readonly errors?: undefined }
  | { readonly errors: readonly ConfigError[] }

/** Parses all occurrences of a directive in a server block. */
export function parseOptions<S extends PluginOptions>(
  schema: S,
  directive: Directive,
): OptionsResult<InferOptions<S>> {
  const faults: ConfigError[] = []
  if (schema.kind === 'many') {
    const outcome = readMany(schema, directive.occurrences, faults)
    return outcome ? { value: outcome.value as InferOptions<S> } : { errors: faults }
  }
  const [first, ...repeated] = directive.occurrences
  if (first === undefined) throw new TypeError(`no occurrence of ${directive.name} to parse`)
  const outcome = schema.read(first, faults)
  for (const { keyword } of repeated) {
    const message = `${directive.name}: this plugin can only be used once per Server Block`
    faults.push(new ConfigError('duplicate-directive', message, { at: keyword }))
  }
  if (faults.length > 0 || outcome === undefined) return { errors: faults }
  return { value: outcome.value as InferOptions<S> }
}

/** What a schema accepts, for documentation and for tests that compare it with that. */
export interface OptionsDescription {
  /** The arguments: `[DURATION] [ZONE…]`. */
  readonly takes: string
  /** Whether the directive may occur several times in a server block. */
  readonly repeatable: boolean
  readonly options: readonly OptionDescription[]
  /** How lines of the block that are no option look. */
  readonly others?: string
}

/** Describes an option schema as plain data. */
export function describeOptions(schema: PluginOptions): OptionsDescription {
  const description = describeStatement(schema)
  return { repeatable: schema.kind === 'many', options: [], ...description }
}
