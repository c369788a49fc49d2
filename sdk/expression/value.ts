/** The values that expressions work on, and their types. */

/** What an expression gives. */
export type ExpressionValue =
  | null
  | boolean
  | number
  | string
  | readonly ExpressionValue[]
  | { readonly [name: string]: ExpressionValue }

/** What is known of a value before it is there; `any` is checked when it is. */
export type ExpressionType = 'nil' | 'bool' | 'number' | 'string' | 'array' | 'map' | 'any'

/** The type of a value. */
export function typeOf(value: ExpressionValue): ExpressionType {
  if (value === null) return 'nil'
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'number':
      return 'number'
    case 'string':
      return 'string'
    default:
      return 'map'
  }
}

/** Whether a value of one type may stand where another is wanted. */
export function fits(type: ExpressionType, wanted: ExpressionType): boolean {
  return type === wanted || type === 'any' || wanted === 'any'
}

/** Whether two values are equal, arrays by their elements. */
export function areEqual(left: ExpressionValue, right: ExpressionValue): boolean {
  if (left === right) return true
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, i) => areEqual(one, right[i]))
  }
  return false
}
