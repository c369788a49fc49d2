/**
 * Compiles expressions of Corefiles (*view*, *template*): names and types are checked once, and
 * what is left for each query is a tree of functions.
 */

import type { Regexp } from '../options/words/regexp.ts'
import { nearest } from '../suggest.ts'
import { builtins } from './builtins.ts'
import { ExpressionError } from './expression-error.ts'
import { binaryOperators } from './operators.ts'
import { type ExpressionNode, parseExpression } from './parse.ts'
import { areEqual, type ExpressionType, type ExpressionValue, fits, typeOf } from './value.ts'

/** A function that expressions may call; `T` is what they are about, a query say. */
export interface ExpressionFunction<T> {
  readonly parameters: readonly ExpressionType[]
  readonly result: ExpressionType
  call(about: T, args: readonly ExpressionValue[]): ExpressionValue
  /**
   * Looks once at arguments that are literals (undefined for others): gives what is to be called
   * in the place of `call`.
   * @throws Error when a literal won't do; the message is for the user
   */
  prepare?(
    args: readonly (ExpressionValue | undefined)[],
  ): ExpressionFunction<T>['call'] | undefined
}

/** What an expression may use. */
export interface ExpressionEnvironment<T> {
  readonly functions: Readonly<Record<string, ExpressionFunction<T>>>
  readonly variables?: Readonly<
    Record<string, { readonly type: ExpressionType; get(about: T): ExpressionValue }>
  >
  /** Compiles the patterns of `matches`; see `@fingerpost/sdk/regexp`. */
  readonly compileRegexp?: (source: string) => Regexp
}

/** A compiled expression. */
export interface Expression<T> {
  readonly type: ExpressionType
  /** @throws Error when a value turns out not to have the type that is needed */
  evaluate(about: T): ExpressionValue
}

/**
 * Compiles `source`.
 * @throws ExpressionError with the place of the mistake
 * @example
 * const isInternal = compileExpression("incidr(client_ip(), '10.0.0.0/8')", environment)
 */
export function compileExpression<T>(
  source: string,
  environment: ExpressionEnvironment<T>,
): Expression<T> {
  const { type, run } = new Compiler(environment).compile(parseExpression(source))
  return { type, evaluate: run }
}

interface Part<T> {
  readonly type: ExpressionType
  /** There for what is the same for every query. */
  readonly literal?: ExpressionValue
  run(about: T): ExpressionValue
}

class Compiler<T> {
  readonly #environment: ExpressionEnvironment<T>

  constructor(environment: ExpressionEnvironment<T>) {
    this.#environment = environment
  }

  compile(node: ExpressionNode): Part<T> {
    switch (node.kind) {
      case 'literal': {
        const { value } = node
        return { type: typeOf(value), literal: value, run: () => value }
      }
      case 'array': {
        const items = node.items.map((item) => this.compile(item))
        return { type: 'array', run: (about) => items.map(({ run }) => run(about)) }
      }
      case 'name':
        return this.#variable(node.name, node.at)
      case 'call':
        return this.#call(node)
      case 'unary':
        return this.#unary(node)
      case 'binary':
        return this.#binary(node)
      case 'condition':
        return this.#condition(node)
      case 'index':
        return this.#index(node)
    }
  }

  #variable(name: string, at: number): Part<T> {
    const { variables = {}, functions } = this.#environment
    if (Object.hasOwn(variables, name)) {
      const variable = variables[name] as (typeof variables)[string]
      return { type: variable.type, run: (about) => variable.get(about) }
    }
    const isFunction = Object.hasOwn(functions, name) || Object.hasOwn(builtins, name)
    if (isFunction) throw new ExpressionError(`${name} is a function: write ${name}()`, at)
    throw unknownName(name, at, [...Object.keys(variables), ...Object.keys(functions)])
  }

  #call({ name, args, at }: Extract<ExpressionNode, { kind: 'call' }>): Part<T> {
    const own = this.#environment.functions
    const known: Readonly<Record<string, ExpressionFunction<T>>> = Object.hasOwn(own, name)
      ? own
      : builtins
    if (!Object.hasOwn(known, name)) {
      throw unknownName(name, at, [...Object.keys(own), ...Object.keys(builtins)])
    }
    const { parameters, result, call, prepare } = known[name] as ExpressionFunction<T>
    if (args.length !== parameters.length) {
      const wanted = `${parameters.length} argument${parameters.length === 1 ? '' : 's'}`
      throw new ExpressionError(`${name} takes ${wanted}, not ${args.length}`, at)
    }
    const parts = args.map((arg, i) => this.#typed(arg, parameters[i] as ExpressionType, name))
    let prepared: ExpressionFunction<T>['call'] | undefined
    try {
      prepared = prepare?.(parts.map(({ literal }) => literal))
    } catch (error) {
      throw new ExpressionError(error instanceof Error ? error.message : String(error), at)
    }
    const target = prepared ?? call
    return {
      type: result,
      run: (about) =>
        target(
          about,
          parts.map(({ run }) => run(about)),
        ),
    }
  }

  #unary({ operator, operand, at }: Extract<ExpressionNode, { kind: 'unary' }>): Part<T> {
    const isNot = operator === 'not'
    const { run, literal } = this.#typed(operand, isNot ? 'bool' : 'number', operator)
    if (isNot) return { type: 'bool', run: (about) => !run(about) }
    if (typeof literal === 'number') {
      return this.compile({ kind: 'literal', value: operator === '-' ? -literal : literal, at })
    }
    return {
      type: 'number',
      run: (about) => (operator === '-' ? -(run(about) as number) : run(about)),
    }
  }

  #binary(node: Extract<ExpressionNode, { kind: 'binary' }>): Part<T> {
    const { operator, left, right, at } = node
    if (operator === 'matches') return this.#matches(node)
    if (operator === '??') {
      const [first, second] = [this.compile(left), this.compile(right)]
      const type = first.type === second.type ? first.type : 'any'
      return { type, run: (about) => first.run(about) ?? second.run(about) }
    }
    if (['and', '&&', 'or', '||'].includes(operator)) {
      const first = this.#typed(left, 'bool', operator)
      const second = this.#typed(right, 'bool', operator)
      const isAnd = operator === 'and' || operator === '&&'
      return {
        type: 'bool',
        run: (about) =>
          isAnd ? first.run(about) && second.run(about) : first.run(about) || second.run(about),
      }
    }
    const first = this.compile(left)
    const second = this.compile(right)
    if (operator === '==' || operator === '!=') {
      const canEqual =
        first.type === 'nil' || second.type === 'nil' || fits(first.type, second.type)
      if (!canEqual) throw mismatch(operator, first.type, second.type, at)
      const isEqual = operator === '=='
      return {
        type: 'bool',
        run: (about) => areEqual(first.run(about), second.run(about)) === isEqual,
      }
    }
    return this.#operate(operator, first, second, at)
  }

  #operate(operator: string, first: Part<T>, second: Part<T>, at: number): Part<T> {
    const candidates = (binaryOperators[operator] ?? []).filter(
      ({ left, right }) => fits(first.type, left) && fits(second.type, right),
    )
    const [only] = candidates
    if (only === undefined) throw mismatch(operator, first.type, second.type, at)
    const isSure = fitsSurely(first.type, only.left) && fitsSurely(second.type, only.right)
    const run = (about: T): ExpressionValue => {
      const left = first.run(about)
      const right = second.run(about)
      const chosen = isSure
        ? only
        : candidates.find((one) => fits(typeOf(left), one.left) && fits(typeOf(right), one.right))
      if (chosen === undefined) {
        throw new TypeError(`${typeOf(left)} ${operator} ${typeOf(right)} has no meaning`)
      }
      return chosen.apply(left as never, right as never)
    }
    return { type: candidates.length === 1 ? only.result : 'any', run }
  }

  #matches({ left, right, at }: Extract<ExpressionNode, { kind: 'binary' }>): Part<T> {
    const text = this.#typed(left, 'string', 'matches')
    const pattern = this.#typed(right, 'string', 'matches')
    const { compileRegexp } = this.#environment
    if (compileRegexp === undefined) throw new ExpressionError('matches can not be used here', at)
    let last: { readonly source: string; readonly regexp: Regexp } | undefined
    const regexpOf = (source: string): Regexp => {
      if (last?.source !== source) last = { source, regexp: compileRegexp(source) }
      return last.regexp
    }
    if (typeof pattern.literal === 'string') {
      try {
        regexpOf(pattern.literal)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new ExpressionError(`not a regular expression: ${reason}`, right.at)
      }
    }
    return {
      type: 'bool',
      run: (about) => regexpOf(pattern.run(about) as string).test(text.run(about) as string),
    }
  }

  #condition(node: Extract<ExpressionNode, { kind: 'condition' }>): Part<T> {
    const test = this.#typed(node.test, 'bool', '?')
    const [yes, no] = [this.compile(node.yes), this.compile(node.no)]
    const type = yes.type === no.type ? yes.type : 'any'
    return { type, run: (about) => (test.run(about) ? yes.run(about) : no.run(about)) }
  }

  #index({ target, index, at }: Extract<ExpressionNode, { kind: 'index' }>): Part<T> {
    const from = this.compile(target)
    const key = this.compile(index)
    if (!['array', 'map', 'any'].includes(from.type)) {
      throw new ExpressionError(`a ${from.type} has no elements`, at)
    }
    return {
      type: 'any',
      run: (about) => {
        const [container, name] = [from.run(about), key.run(about)]
        if (Array.isArray(container) && typeof name === 'number') {
          return container.at(Math.trunc(name)) ?? null
        }
        if (typeOf(container) === 'map' && typeof name === 'string') {
          const map = container as Readonly<Record<string, ExpressionValue>>
          return Object.hasOwn(map, name) ? (map[name] ?? null) : null
        }
        throw new TypeError(`${JSON.stringify(name)} is no element of a ${typeOf(container)}`)
      },
    }
  }

  /** A part that has a type, checked now or, where that can't be known, for each query. */
  #typed(node: ExpressionNode, wanted: ExpressionType, user: string): Part<T> {
    const part = this.compile(node)
    if (!fits(part.type, wanted)) {
      throw new ExpressionError(`${user} takes a ${wanted}, not a ${part.type}`, node.at)
    }
    if (fitsSurely(part.type, wanted)) return part
    const { run } = part
    return {
      ...part,
      run(about) {
        const value = run(about)
        if (fits(typeOf(value), wanted)) return value
        throw new TypeError(`${user} takes a ${wanted}, not a ${typeOf(value)}`)
      },
    }
  }
}

function fitsSurely(type: ExpressionType, wanted: ExpressionType): boolean {
  return type === wanted || wanted === 'any'
}

function unknownName(name: string, at: number, known: readonly string[]): ExpressionError {
  const near = nearest(name, known)
  const help = near === undefined ? '' : `; did you mean ${near}?`
  return new ExpressionError(`unknown name ${name}${help}`, at)
}

function mismatch(
  operator: string,
  left: ExpressionType,
  right: ExpressionType,
  at: number,
): ExpressionError {
  return new ExpressionError(`${operator} does not go with a ${left} and a ${right}`, at)
}
