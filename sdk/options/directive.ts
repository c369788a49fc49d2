/** A directive, or a statement like one: arguments and a block of options. */

import { readItems } from './args.ts'
import { describeBlock, type Others, readBlock } from './block.ts'
import { type Report, withReport } from './report.ts'
import type { InferBlock, InferStatement, OptionBlock, Reader, StatementSchema } from './schema.ts'
import { describeStatement, readStatement } from './statement.ts'

/** What a directive consists of. Left out: no arguments, no options, no other lines. */
export interface DirectiveSpec<
  A extends StatementSchema,
  B extends OptionBlock,
  O extends StatementSchema,
> {
  readonly args?: A
  /** Options by keyword; each may be absent unless `required`. */
  readonly block?: B
  /** Lines of the block that begin with no known keyword. */
  readonly others?: Others<O>
  /** Runs if everything was right so far. */
  check?(value: DirectiveValue<A, B, O>, report: Report): void
}

/** Gives the value of the directive instead of `{ args, block }`; may report as `check` does. */
export type DirectiveTransform<A, B, O, T> = (value: DirectiveValue<A, B, O>, report: Report) => T

/** The value of a directive: `others` is there if the directive has them. */
export type DirectiveValue<A, B, O> = [O] extends [never]
  ? { readonly args: InferStatement<A>; readonly block: InferBlock<B> }
  : {
      readonly args: InferStatement<A>
      readonly block: InferBlock<B>
      readonly others: readonly InferStatement<O>[]
    }

/**
 * Describes a directive: it is the parser, the type and the documentation of its options. It may
 * occur once in a server block; `many(directive(…))` may be repeated.
 *
 * @example
 * directive({
 *   args: args(duration),
 *   block: { allow: many(zones), ttl: optional(integer(1, 65535), 3600) },
 * })
 */
export function directive<
  const A extends StatementSchema = Reader<readonly []>,
  const B extends OptionBlock = Record<never, never>,
  const O extends StatementSchema = never,
  T = never,
>(
  spec: DirectiveSpec<A, B, O> & { readonly transform: DirectiveTransform<A, B, O, T> },
): Reader<NoInfer<T>>
// Without a transform the value follows from the spec alone, never from the type around the call:
// so an annotation of the result is checked.
export function directive<
  const A extends StatementSchema = Reader<readonly []>,
  const B extends OptionBlock = Record<never, never>,
  const O extends StatementSchema = never,
>(
  spec: DirectiveSpec<A, B, O> & { readonly transform?: undefined },
): Reader<NoInfer<DirectiveValue<A, B, O>>>
export function directive(spec: AnySpec): Reader {
  const { args, block = {}, others } = spec
  return {
    kind: 'reader',
    read(statement, faults) {
      const before = faults.length
      const own = { keyword: statement.keyword, args: statement.args }
      const taken = args ? readStatement(args, own, faults) : readItems([], own, faults)
      const inner = readBlock(block, others, statement, faults)
      if (faults.length > before || !taken || !inner) return undefined
      const { values, others: lines } = inner
      const value = {
        args: taken.value,
        block: values,
        ...(others && { others: lines }),
      } as never
      return withReport(statement, faults, (report) => {
        spec.check?.(value, report)
        return spec.transform && faults.length === before ? spec.transform(value, report) : value
      })
    },
    describe: () => ({
      takes: args ? describeStatement(args).takes : '',
      options: describeBlock(block),
      ...(others && { others: describeStatement(others.schema).takes }),
    }),
  }
}

interface AnySpec {
  readonly args?: StatementSchema
  readonly block?: OptionBlock
  readonly others?: Others
  // The values are those of the schemas above; the signatures say so.
  readonly check?: (value: never, report: Report) => void
  readonly transform?: ((value: never, report: Report) => unknown) | undefined
}
