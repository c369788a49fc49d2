/** Operators: which types they take, what they give. */

import { areEqual, type ExpressionType, type ExpressionValue } from './value.ts'

/** An operator between two values. */
export interface BinaryOperator {
  readonly left: ExpressionType
  readonly right: ExpressionType
  readonly result: ExpressionType
  apply(left: never, right: never): ExpressionValue
}

const onNumbers = (
  apply: (left: number, right: number) => ExpressionValue,
  result: ExpressionType,
): BinaryOperator => ({ left: 'number', right: 'number', result, apply })

const onTexts = (apply: (left: string, right: string) => ExpressionValue): BinaryOperator => ({
  left: 'string',
  right: 'string',
  result: apply === joined ? 'string' : 'bool',
  apply,
})

const joined = (left: string, right: string): string => left + right

/** The most elements that `..` makes. */
const MAX_RANGE = 10_000

function range(from: number, to: number): number[] {
  if (to - from >= MAX_RANGE) throw new RangeError(`a range has ${MAX_RANGE} elements at most`)
  return Array.from({ length: Math.max(0, Math.floor(to - from) + 1) }, (_, i) => from + i)
}

const comparison = (holds: (order: number) => boolean): readonly BinaryOperator[] => [
  onNumbers((left, right) => holds(left - right), 'bool'),
  onTexts((left, right) => holds(left < right ? -1 : left > right ? 1 : 0)),
]

/** What each operator can do; the first whose types fit counts. */
export const binaryOperators: Readonly<Record<string, readonly BinaryOperator[]>> = {
  '+': [onNumbers((left, right) => left + right, 'number'), onTexts(joined)],
  '-': [onNumbers((left, right) => left - right, 'number')],
  '*': [onNumbers((left, right) => left * right, 'number')],
  '/': [onNumbers((left, right) => left / right, 'number')],
  '%': [onNumbers((left, right) => left % right, 'number')],
  '**': [onNumbers((left, right) => left ** right, 'number')],
  '^': [onNumbers((left, right) => left ** right, 'number')],
  '..': [onNumbers(range, 'array')],
  '<': comparison((order) => order < 0),
  '>': comparison((order) => order > 0),
  '<=': comparison((order) => order <= 0),
  '>=': comparison((order) => order >= 0),
  contains: [onTexts((left, right) => left.includes(right))],
  startsWith: [onTexts((left, right) => left.startsWith(right))],
  endsWith: [onTexts((left, right) => left.endsWith(right))],
  in: [
    {
      left: 'any',
      right: 'array',
      result: 'bool',
      apply: (left: ExpressionValue, right: readonly ExpressionValue[]) =>
        right.some((one) => areEqual(one, left)),
    },
    {
      left: 'string',
      right: 'map',
      result: 'bool',
      apply: (left: string, right: object) => Object.hasOwn(right, left),
    },
  ],
}
