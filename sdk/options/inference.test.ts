import * as v from 'valibot'
import { expectTypeOf, it } from 'vitest'
import type { Statement } from '../config.ts'
import { args } from './args.ts'
import { others } from './block.ts'
import { check, custom, transform } from './custom.ts'
import { directive } from './directive.ts'
import { directiveFrom } from './directive-text.ts'
import { flag, located, rest } from './item.ts'
import { type OptionsResult, parseOptions } from './parse-options.ts'
import { many, once, optional, required } from './presence.ts'
import type { InferOptions, Located, Reader } from './schema.ts'
import { anything } from './statement.ts'
import { duration } from './words/duration.ts'
import { type IpAddress, ipAddress } from './words/ip-address.ts'
import { integer } from './words/number.ts'
import { oneOf, text } from './words/text.ts'
import { zone, zones } from './words/zone.ts'

it('infers the options of the plugin contract', () => {
  const options = directive({ args: args(duration), block: { allow: optional(many(zone)) } })
  expectTypeOf<InferOptions<typeof options>>().toEqualTypeOf<{
    readonly args: [number]
    readonly block: { readonly allow: string[] | undefined }
  }>()
  expectTypeOf(parseOptions(options, directiveFrom('guard 5s'))).toEqualTypeOf<
    OptionsResult<InferOptions<typeof options>>
  >()
})

it('infers arguments as a tuple', () => {
  const options = directive({
    args: args(
      located(text),
      oneOf('a', 'b'),
      optional(duration),
      optional(integer(), 5),
      rest(zones),
    ),
  })
  expectTypeOf<InferOptions<typeof options>['args']>().toEqualTypeOf<
    [Located<string>, 'a' | 'b', number | undefined, number, string[]]
  >()
})

it('infers each kind of option', () => {
  const options = directive({
    args: duration,
    block: {
      bare: duration,
      fallback: optional(oneOf('x', 'y'), 'x'),
      must: required(args(text, many(text))),
      words: many(zones),
      tuples: many(args(ipAddress, text)),
      single: once(text),
      alone: flag,
      trailing: rest(text),
      own: custom(() => new Date(0), { takes: '' }),
      checked: check(args(text), (value) => expectTypeOf(value).toEqualTypeOf<[string]>()),
      changed: transform(duration, (value) => `${value}`),
      piped: v.pipe(v.string(), v.transform(Number)),
      deep: many(directive({ args: text })),
    },
  })
  expectTypeOf<InferOptions<typeof options>['args']>().toEqualTypeOf<number>()
  expectTypeOf<InferOptions<typeof options>['block']>().toEqualTypeOf<{
    readonly bare: number | undefined
    readonly fallback: 'x' | 'y'
    readonly must: [string, string[]]
    readonly words: string[]
    readonly tuples: [IpAddress, string][]
    readonly single: string | undefined
    readonly alone: boolean
    readonly trailing: string[] | undefined
    readonly own: Date | undefined
    readonly checked: [string] | undefined
    readonly changed: string | undefined
    readonly piped: number | undefined
    // biome-ignore lint/complexity/noBannedTypes: a directive without options has this value.
    readonly deep: { readonly args: string; readonly block: {} }[]
  }>()
})

it('infers other lines, repetition, checks and transforms of a directive', () => {
  const options = many(
    directive({
      block: { ttl: optional(integer(), 5) },
      others: others(anything),
      check: (value) => expectTypeOf(value.block.ttl).toEqualTypeOf<number>(),
    }),
  )
  expectTypeOf<InferOptions<typeof options>>().toEqualTypeOf<
    {
      readonly args: readonly []
      readonly block: { readonly ttl: number }
      readonly others: readonly Statement[]
    }[]
  >()
  const changed = directive({
    args: args(text),
    transform({ args: [word] }, report) {
      expectTypeOf(word).toEqualTypeOf<string>()
      return { word, line: report.at.line }
    },
  })
  expectTypeOf<InferOptions<typeof changed>>().toEqualTypeOf<{ word: string; line: number }>()
})

it('checks an annotation against what is inferred', () => {
  const right: Reader<{ readonly args: number; readonly block: { readonly ttl: number } }> =
    directive({ args: duration, block: { ttl: optional(integer(), 5) } })
  // @ts-expect-error the argument is a number
  const wrong: Reader<{ readonly args: string }> = directive({ args: duration })
  // @ts-expect-error there is no such option
  const missing: Reader<{ readonly block: { ttl: number } }> = directive({})
  // @ts-expect-error the transform gives a number
  const changed: Reader<string> = directive({ args: duration, transform: ({ args }) => args })
  expectTypeOf([right, wrong, missing, changed]).items.toExtend<Reader>()
})
