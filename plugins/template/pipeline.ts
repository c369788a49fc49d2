/** Parses what stands between the braces: pipelines of fields, variables, literals and calls. */

import { nearestFunction } from './function-names.ts'
import { type TemplateFunction, templateFunctions } from './functions.ts'
import { type Lexeme, TemplateFault } from './lexer.ts'
import { type Scope, weightOf } from './scope.ts'
import {
  fieldOf,
  isTrue,
  messageFields,
  questionFields,
  rootFields,
  TemplateFailure,
  type Value,
} from './value.ts'

/** How deep blocks and brackets may stand in each other, together. */
export const MAX_DEPTH = 50

/** Something that has a value, and what is known of it beforehand. */
export interface Part {
  readonly run: (scope: Scope) => Value
  readonly literal?: Value
  /** The fields from the root on: `Question.Name`; empty for the root itself. */
  readonly path?: string
  /** There for what may take arguments: fields that are methods, and functions. */
  readonly call?: (scope: Scope, args: readonly Value[]) => Value
}

/** Fields that hold fields, and what they hold. */
const NESTED: Readonly<Record<string, object>> = {
  Message: messageFields,
  Question: questionFields,
}

/** Reads the lexemes of a template one by one. */
export class PipelineParser {
  readonly unknownFields: string[] = []
  /** The variables in sight; the place in the list is the number of the variable. */
  readonly variables: string[] = ['$']
  /** Whether `.` is what the template was given. */
  isDotRoot = true
  depth = 0
  readonly #lexemes: readonly Lexeme[]
  #at = 0

  constructor(lexemes: readonly Lexeme[]) {
    this.#lexemes = lexemes
  }

  get next(): Lexeme | undefined {
    return this.#lexemes[this.#at]
  }

  ahead(count: number): readonly Lexeme[] {
    return this.#lexemes.slice(this.#at, this.#at + count)
  }

  take(): Lexeme {
    return this.#lexemes[this.#at++] as Lexeme
  }

  /** Takes the next lexeme if it is this one. */
  accept(text: string, kind: Lexeme['kind']): boolean {
    if (this.next?.text !== text || this.next.kind !== kind) return false
    this.#at++
    return true
  }

  expect(text: string, kind: Lexeme['kind']): void {
    if (!this.accept(text, kind)) throw this.unexpected()
  }

  unexpected(): TemplateFault {
    const { text, start, end, kind } = this.next as Lexeme
    if (kind === 'close') return new TemplateFault('a value is missing', start, end)
    return new TemplateFault(`'${kind === 'field' ? `.${text}` : text}' can't be here`, start, end)
  }

  enter(at: Lexeme): void {
    if (++this.depth > MAX_DEPTH) {
      throw new TemplateFault(`more than ${MAX_DEPTH} things in each other`, at.start, at.end)
    }
  }

  /** A pipeline and the variable that it is given to, if any. */
  pipeline(): Part & { readonly isAssignment: boolean } {
    const [name, sign] = this.ahead(2)
    if (name?.kind !== 'variable' || !/^:?=$/.test(sign?.text ?? '') || sign?.kind !== 'sign') {
      return { ...this.#commands(), isAssignment: false }
    }
    if (name.text === '$') throw this.unexpected()
    this.#at += 2
    const { run } = this.#commands()
    const slot = sign.text === '=' ? this.#slotOf(name) : this.variables.push(name.text) - 1
    return {
      isAssignment: true,
      run: (scope) => {
        const value = run(scope)
        scope.variables[slot] = value
        return value
      },
    }
  }

  #commands(): Part {
    let part = this.#command(undefined)
    while (this.accept('|', 'sign')) part = this.#command(part)
    return part
  }

  /** One command: a value, or a call with what the command before gave as its last argument. */
  #command(before: Part | undefined): Part {
    const head = this.next as Lexeme
    if (head.kind === 'word' && (head.text === 'and' || head.text === 'or')) {
      this.take()
      return choose(head.text === 'and', this.#args(before, head, 1))
    }
    const fn = head.kind === 'word' ? this.#function(head) : undefined
    if (fn !== undefined) return this.#call(fn, head, this.#args(before, head, fn.min, fn.max))
    const part = this.#operand()
    if (part.call !== undefined) {
      const args = this.#args(before, head, 1, 1)
      return invoke(part.call, args)
    }
    const extra = this.next as Lexeme
    if (before === undefined && this.#isCommandEnd()) return part
    const at = before === undefined ? extra : head
    throw new TemplateFault('only functions take values', at.start, at.end)
  }

  #function(head: Lexeme): TemplateFunction {
    this.take()
    const { text, start, end } = head
    if (Object.hasOwn(templateFunctions, text)) return templateFunctions[text] as TemplateFunction
    throw new TemplateFault(nearestFunction(text), start, end)
  }

  #call(fn: TemplateFunction, { text, start, end }: Lexeme, args: readonly Part[]): Part {
    const [first, second] = args
    const isNumber = typeof second?.literal === 'number'
    if (text === 'index' && second?.literal !== undefined) {
      if (first?.path === 'Match' && !isNumber) {
        throw new TemplateFault('index of .Match is a number', start, end)
      }
      if (first?.path === 'Group' && isNumber) {
        const hint = `index of .Group is a text: "${second.literal}"`
        throw new TemplateFault(hint, start, end)
      }
    }
    return invoke((_, values) => fn.call(values), args)
  }

  #args(
    before: Part | undefined,
    { text, start, end }: Lexeme,
    min: number,
    max: number = Number.POSITIVE_INFINITY,
  ): Part[] {
    const args: Part[] = []
    while (!this.#isCommandEnd()) {
      if (this.next?.start === this.#lexemes[this.#at - 1]?.end) throw this.unexpected()
      args.push(this.#operand())
      if (args.at(-1)?.call !== undefined) {
        throw new TemplateFault(`put .Meta and its label in brackets`, start, end)
      }
    }
    if (before !== undefined) args.push(before)
    if (args.length >= min && args.length <= max) return args
    const wanted = min === max ? `${min}` : `${min} or more`
    throw new TemplateFault(`${text} takes ${wanted} values, not ${args.length}`, start, end)
  }

  #isCommandEnd(): boolean {
    const { kind, text } = this.next as Lexeme
    return kind === 'close' || (kind === 'sign' && (text === '|' || text === ')'))
  }

  #operand(): Part {
    const head = this.next as Lexeme
    const { path: begun, ...part } = this.#term(head)
    let { run } = part
    let path = begun
    let { end } = this.#lexemes[this.#at - 1] as Lexeme
    while (this.next?.kind === 'field' && this.next.start === end) {
      if (part.literal !== undefined || part.call !== undefined || this.next.text === '') {
        throw this.unexpected()
      }
      const { text } = this.take()
      const from = run
      end = this.#lexemes[this.#at - 1]?.end ?? end
      run = (scope) => fieldOf(from(scope), text)
      if (path === '' && text === 'Meta') return { run, call: metaOf }
      path = this.#follow(path, text, head.start, end)
    }
    return { ...part, run, ...(path === undefined ? {} : { path }) }
  }

  #term(head: Lexeme): Part {
    if (head.kind === 'literal') {
      const value = this.take().value as Value
      return { run: () => value, literal: value }
    }
    if (head.kind === 'field') return this.#field(head)
    if (head.kind === 'variable') {
      const slot = this.#slotOf(this.take())
      if (slot === 0) return { run: ({ root }) => root, path: '' }
      return { run: ({ variables }) => variables[slot] ?? null }
    }
    if (!this.accept('(', 'sign')) throw this.unexpected()
    this.enter(head)
    const { run } = this.#commands()
    this.expect(')', 'sign')
    this.depth--
    return { run }
  }

  #field(head: Lexeme): Part {
    const { text, start, end } = this.take()
    const path = this.isDotRoot ? '' : undefined
    if (text === '') return { run: ({ dot }) => dot, ...(path === undefined ? {} : { path }) }
    const run = ({ dot }: Scope): Value => fieldOf(dot, text)
    if (path === undefined) return { run }
    if (text === 'Meta') return { run, call: metaOf }
    const followed = this.#follow(path, head.text, start, end)
    return { run, ...(followed === undefined ? {} : { path: followed }) }
  }

  /** The path with one field more; undefined where nothing is known of it. */
  #follow(path: string | undefined, field: string, start: number, end: number): string | undefined {
    if (path === undefined) return undefined
    if (path === '') {
      if (!Object.hasOwn(rootFields, field)) this.unknownFields.push(`.${field}`)
      return field
    }
    const nested = NESTED[path]
    if (nested !== undefined && !Object.hasOwn(nested, field)) {
      const known = Object.keys(nested).join(', ')
      throw new TemplateFault(`.${path} has no ${field} here: it has ${known}`, start, end)
    }
    return undefined
  }

  #slotOf({ text, start, end }: Lexeme): number {
    const slot = this.variables.lastIndexOf(text)
    if (slot < 0) throw new TemplateFault(`there is no variable ${text}`, start, end)
    return slot
  }
}

function invoke(call: NonNullable<Part['call']>, args: readonly Part[]): Part {
  return {
    run: (scope) => {
      const values = args.map(({ run }) => run(scope))
      scope.spend(values.reduce<number>((sum, value) => sum + weightOf(value), 1))
      const result = call(scope, values)
      scope.spend(weightOf(result))
      return result
    },
  }
}

/** The first value that decides, or the last one. */
function choose(isAnd: boolean, args: readonly Part[]): Part {
  return {
    run: (scope) => {
      let value: Value = null
      for (const { run } of args) {
        value = run(scope)
        if (isTrue(value) !== isAnd) return value
      }
      return value
    },
  }
}

function metaOf({ data }: Scope, [label]: readonly Value[]): Value {
  if (typeof label !== 'string') throw new TemplateFailure('.Meta takes a label')
  return data.query.metadata?.get(label) ?? ''
}
