/** Reads an expression into a tree: operators by precedence, calls, members, conditions. */

import { ExpressionError } from './expression-error.ts'
import { type ExpressionToken, tokenize } from './lexer.ts'

/** A part of an expression. `at` is where it begins, for messages. */
export type ExpressionNode =
  | {
      readonly kind: 'literal'
      readonly value: null | boolean | number | string
      readonly at: number
    }
  | { readonly kind: 'array'; readonly items: readonly ExpressionNode[]; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: readonly ExpressionNode[]
      readonly at: number
    }
  | {
      readonly kind: 'unary'
      readonly operator: string
      readonly operand: ExpressionNode
      readonly at: number
    }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: ExpressionNode
      readonly right: ExpressionNode
      readonly at: number
    }
  | {
      readonly kind: 'condition'
      readonly test: ExpressionNode
      readonly yes: ExpressionNode
      readonly no: ExpressionNode
      readonly at: number
    }
  | {
      readonly kind: 'index'
      readonly target: ExpressionNode
      readonly index: ExpressionNode
      readonly at: number
    }

/** Deeper expressions are refused: evaluating them would use up the stack. */
const MAX_DEPTH = 100

// What binds tighter has the higher number; 'not in' and its like are two words.
const PRECEDENCE: Readonly<Record<string, number>> = {
  '|': 0,
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '<=': 20,
  '>=': 20,
  in: 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
}
const UNARY: Readonly<Record<string, number>> = { not: 50, '!': 50, '-': 90, '+': 90 }
const NEGATABLE = ['in', 'matches', 'contains', 'startsWith', 'endsWith']

/** @throws ExpressionError */
export function parseExpression(source: string): ExpressionNode {
  const parser = new Parser(tokenize(source))
  const node = parser.expression(0)
  parser.expect('end', '')
  return node
}

class Parser {
  readonly #tokens: readonly ExpressionToken[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly ExpressionToken[]) {
    this.#tokens = tokens
  }

  get #token(): ExpressionToken {
    return this.#tokens[this.#next] as ExpressionToken
  }

  expression(precedence: number): ExpressionNode {
    if (++this.#depth > MAX_DEPTH) {
      throw new ExpressionError('the expression is nested too deeply', this.#token.at)
    }
    let left = this.#primary()
    for (;;) {
      const { text, at } = this.#token
      const isNegated =
        text === 'not' && NEGATABLE.includes(this.#tokens[this.#next + 1]?.text ?? '')
      const operator = isNegated ? (this.#tokens[this.#next + 1]?.text as string) : text
      const own = this.#isOperator(operator) ? PRECEDENCE[operator] : undefined
      if (own === undefined || own < precedence) break
      this.#next += isNegated ? 2 : 1
      left = this.#join(operator, left, own, at)
      if (isNegated) left = { kind: 'unary', operator: 'not', operand: left, at }
    }
    if (precedence === 0) left = this.#condition(left)
    this.#depth--
    return left
  }

  /** Takes the next token, which must be this one. */
  expect(kind: ExpressionToken['kind'], text: string): void {
    const { kind: found, at } = this.#token
    if (found !== kind || this.#token.text !== text) {
      throw new ExpressionError(`unexpected ${describe(this.#token)}`, at)
    }
    this.#next++
  }

  #isOperator(text: string): boolean {
    return this.#token.kind !== 'text' && Object.hasOwn(PRECEDENCE, text)
  }

  #join(operator: string, left: ExpressionNode, precedence: number, at: number): ExpressionNode {
    if (operator === '|') {
      // The value goes in as the first argument of a call.
      const right = this.#primary()
      if (right.kind !== 'call') throw new ExpressionError('a call must follow |', right.at)
      return { ...right, args: [left, ...right.args] }
    }
    // Powers group from the right.
    const isRight = operator === '**' || operator === '^'
    const right = this.expression(isRight ? precedence : precedence + 1)
    return { kind: 'binary', operator, left, right, at }
  }

  #condition(test: ExpressionNode): ExpressionNode {
    if (this.#token.kind !== 'sign' || this.#token.text !== '?') return test
    const { at } = this.#token
    this.#next++
    const yes = this.expression(0)
    this.expect('sign', ':')
    return { kind: 'condition', test, yes, no: this.expression(0), at }
  }

  #primary(): ExpressionNode {
    const token = this.#token
    const { kind, text, at } = token
    if (kind !== 'text' && Object.hasOwn(UNARY, text)) {
      this.#next++
      const operand = this.expression(UNARY[text] as number)
      return this.#rest({ kind: 'unary', operator: text === '!' ? 'not' : text, operand, at })
    }
    this.#next++
    if (kind === 'number') return { kind: 'literal', value: Number(text.replaceAll('_', '')), at }
    if (kind === 'text') return this.#rest({ kind: 'literal', value: text, at })
    if (kind === 'name') return this.#rest(this.#named(token))
    if (kind === 'sign' && text === '(') {
      const inner = this.expression(0)
      this.expect('sign', ')')
      return this.#rest(inner)
    }
    if (kind === 'sign' && text === '[') {
      return this.#rest({ kind: 'array', items: this.#list(']'), at })
    }
    throw new ExpressionError(`unexpected ${describe(token)}`, at)
  }

  #named({ text, at }: ExpressionToken): ExpressionNode {
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at }
    if (text === 'nil') return { kind: 'literal', value: null, at }
    if (this.#token.kind !== 'sign' || this.#token.text !== '(')
      return { kind: 'name', name: text, at }
    this.#next++
    return { kind: 'call', name: text, args: this.#list(')'), at }
  }

  /** Members and elements behind a value. */
  #rest(target: ExpressionNode): ExpressionNode {
    for (;;) {
      const { kind, text, at } = this.#token
      if (kind !== 'sign') return target
      if (text === '[') {
        this.#next++
        const index = this.expression(0)
        this.expect('sign', ']')
        target = { kind: 'index', target, index, at }
      } else if (text === '.' || text === '?.') {
        this.#next++
        const { kind: nameKind, text: name, at: nameAt } = this.#token
        if (nameKind !== 'name') throw new ExpressionError('a name must follow the dot', nameAt)
        this.#next++
        target = { kind: 'index', target, index: { kind: 'literal', value: name, at: nameAt }, at }
      } else return target
    }
  }

  #list(close: string): ExpressionNode[] {
    const items: ExpressionNode[] = []
    const isClosed = (): boolean => this.#token.kind === 'sign' && this.#token.text === close
    while (!isClosed()) {
      if (items.length > 0) this.expect('sign', ',')
      if (isClosed()) break
      items.push(this.expression(0))
    }
    this.#next++
    return items
  }
}

function describe({ kind, text }: ExpressionToken): string {
  return kind === 'end' ? 'end of the expression' : `${kind} ${JSON.stringify(text)}`
}
