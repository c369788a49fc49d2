/**
 * What an option schema is made of, and the types that follow from it. Words are valibot schemas
 * from a string; statements are read by position; presence and repetition wrap statements.
 */

import type * as v from 'valibot'
import type { Statement, Token } from '../config.ts'
import type { ConfigError } from '../errors.ts'

/** One word of a Corefile and what it stands for: any synchronous valibot schema from a string. */
export type Word<T = unknown> = v.GenericSchema<string, T>

/** A value together with the token it was written as. */
export interface Located<T> {
  readonly value: T
  readonly at: Token
}

/** A word that keeps its token; made by `located`. */
export interface LocatedWord<W extends Word = Word> {
  readonly kind: 'located'
  readonly word: W
}

/** A word that stands for several values; made by `spread`. */
export interface SpreadWord<W extends Word<readonly unknown[]> = Word<readonly unknown[]>> {
  readonly kind: 'spread'
  readonly word: W
}

/** What may stand where one word is expected. */
export type AnyWord = Word | LocatedWord | SpreadWord

/** Zero or more words up to the end of the line; made by `rest`. */
export interface Rest<W extends AnyWord = AnyWord> {
  readonly kind: 'rest'
  readonly word: W
  readonly max: number
}

/** A keyword without arguments; made by `flag`. */
export interface FlagSchema {
  readonly kind: 'flag'
}

/**
 * A reader of one statement: `args`, `custom`, `directive`, `check` and `transform` make them. A
 * reader adds what is wrong to `faults` and gives nothing, or gives the value.
 */
export interface Reader<T = unknown> {
  readonly kind: 'reader'
  read(statement: Statement, faults: ConfigError[]): Outcome<T>
  describe(): StatementDescription
}

/** What was read, or nothing: then the errors say why. */
export type Outcome<T> = { readonly value: T } | undefined

/** The arguments of a statement as a README shows them, and the options of its block. */
export interface StatementDescription {
  /** For example `INTEGER [DURATION] [ZONE…]`; empty for a keyword that stands alone. */
  readonly takes: string
  readonly options?: readonly OptionDescription[]
  /** How lines that are no option look, where they are allowed. */
  readonly others?: string
}

/** One line of an options table. */
export interface OptionDescription extends StatementDescription {
  readonly keyword: string
  /** The value that holds when the option is absent, as text. */
  readonly default?: string
  readonly repeatable: boolean
  readonly required: boolean
}

/** What one statement may be described by. */
export type StatementSchema = AnyWord | Rest | FlagSchema | Reader

/** A statement that may be absent, with the value that then holds; made by `optional`. */
export interface Optional<S extends StatementSchema | Many | Once = StatementSchema, D = unknown> {
  readonly kind: 'optional'
  readonly schema: S
  readonly fallback: D
}

/** A statement that may be repeated; made by `many`. */
export interface Many<S extends StatementSchema = StatementSchema> {
  readonly kind: 'many'
  readonly schema: S
  readonly max: number
}

/** A statement that must not be repeated; made by `once`. */
export interface Once<S extends StatementSchema = StatementSchema> {
  readonly kind: 'once'
  readonly schema: S
}

/** A statement that must be there; made by `required`. */
export interface Required<S extends StatementSchema | Many | Once = StatementSchema> {
  readonly kind: 'required'
  readonly schema: S
}

/** What a keyword of a block may be described by. */
export type EntrySchema =
  | StatementSchema
  | Many
  | Once
  | Required<StatementSchema | Many | Once>
  | Optional<StatementSchema | Many | Once>

/** The options of a block by keyword. */
export type OptionBlock = Readonly<Record<string, EntrySchema>>

/** What a plugin's `options` may be: one directive, or `many` of them. */
export type PluginOptions<T = unknown> = Reader<T> | Many

/** The value of one word. */
export type InferWord<S> =
  S extends LocatedWord<infer W>
    ? Located<v.InferOutput<W>>
    : S extends SpreadWord<infer W>
      ? v.InferOutput<W>[number][]
      : S extends Word
        ? v.InferOutput<S>
        : never

/** The values of several words: those of a spread word are laid side by side. */
export type InferWords<S> = S extends SpreadWord ? InferWord<S> : InferWord<S>[]

/** The value of one statement. */
export type InferStatement<S> =
  S extends Reader<infer T>
    ? T
    : S extends FlagSchema
      ? true
      : S extends Rest<infer W>
        ? InferWords<W>
        : InferWord<S>

/** The values of all statements with one keyword. */
export type InferMany<S> = S extends AnyWord ? InferWords<S> : InferStatement<S>[]

type InferPresent<S> =
  S extends Many<infer M>
    ? InferMany<M>
    : S extends Once<infer X>
      ? InferStatement<X>
      : InferStatement<S>

/** The value of a keyword in a block. */
export type InferEntry<S> =
  S extends Optional<infer X, infer D>
    ? InferPresent<X> | D
    : S extends Required<infer X>
      ? InferPresent<X>
      : S extends Many<infer M>
        ? InferMany<M>
        : S extends FlagSchema | Once<FlagSchema>
          ? boolean
          : InferPresent<S> | undefined

/** The values of a block by keyword. */
export type InferBlock<B> = { readonly [K in keyof B]: InferEntry<B[K]> }

/** The parsed options of a plugin's schema. */
export type InferOptions<S> = S extends Many<infer M> ? InferMany<M> : InferStatement<S>
