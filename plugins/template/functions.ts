/** The functions of templates, as Go's text/template and CoreDNS have them. */

import { printf, show, sizeOf } from './printf.ts'
import { describe, fieldOf, isMap, isTrue, TemplateFailure, type Value } from './value.ts'

/** A function; it is called with at least `min` and at most `max` values. */
export interface TemplateFunction {
  readonly min: number
  readonly max: number
  /** @throws TemplateFailure */
  call(args: readonly Value[]): Value
}

const fixed = (count: number, call: TemplateFunction['call']): TemplateFunction => ({
  min: count,
  max: count,
  call,
})
const open = (min: number, call: TemplateFunction['call']): TemplateFunction => ({
  min,
  max: Number.POSITIVE_INFINITY,
  call,
})

/** By name; `and` and `or` are the parser's, since they look at no more than they need. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  eq: open(2, ([first, ...others]) => others.some((one) => areEqual(first as Value, one))),
  ne: fixed(2, ([left, right]) => !areEqual(left as Value, right as Value)),
  lt: fixed(2, ([left, right]) => compare(left, right) < 0),
  le: fixed(2, ([left, right]) => compare(left, right) <= 0),
  gt: fixed(2, ([left, right]) => compare(left, right) > 0),
  ge: fixed(2, ([left, right]) => compare(left, right) >= 0),
  not: fixed(1, ([value]) => !isTrue(value as Value)),
  len: fixed(1, ([value]) => lengthOf(value as Value)),
  index: open(1, ([value, ...keys]) => keys.reduce<Value>(elementOf, value as Value)),
  print: open(0, print),
  printf: open(1, printf),
  parseInt: fixed(3, parseUint),
}

function areEqual(left: Value, right: Value): boolean {
  if (left === null || right === null) return left === right
  if (typeof left === 'object' || typeof left !== typeof right) throw incomparable(left, right)
  return left === right
}

function compare(left: Value | undefined, right: Value | undefined): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right)
  throw incomparable(left ?? null, right ?? null)
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function incomparable(left: Value, right: Value): TemplateFailure {
  return new TemplateFailure(`${describe(left)} and ${describe(right)} can't be compared`)
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return sizeOf(value)
  if (Array.isArray(value)) return value.length
  if (isMap(value)) return Object.keys(value).length
  throw new TemplateFailure(`${describe(value)} has no length`)
}

function elementOf(value: Value, key: Value): Value {
  if (Array.isArray(value) && typeof key === 'number') {
    const element: Value | undefined = value[key]
    if (element === undefined) throw new TemplateFailure(`there is no element ${key}`)
    return element
  }
  if (isMap(value) && typeof key === 'string') return fieldOf(value, key) ?? ''
  throw new TemplateFailure(`${describe(value)} has no element ${show(key)}`)
}

/** Puts a space between two values of which neither is a text, as Go does. */
function print(args: readonly Value[]): string {
  let text = ''
  for (const [i, value] of args.entries()) {
    const isApart = i > 0 && typeof value !== 'string' && typeof args[i - 1] !== 'string'
    text += (isApart ? ' ' : '') + show(value)
  }
  return text
}

/** Go's strconv.ParseUint, up to what a number holds exactly. */
function parseUint([text, base, bits]: readonly Value[]): number {
  if (typeof text !== 'string' || typeof base !== 'number' || typeof bits !== 'number') {
    throw new TemplateFailure('parseInt takes a text, a base and a number of bits')
  }
  const prefix = base === 0 ? /^0([xXbBoO]?)/.exec(text)?.[0] : undefined
  const radix = base !== 0 ? base : radixOf(prefix?.toLowerCase())
  if (!Number.isInteger(radix) || radix < 2 || radix > 36 || bits < 0 || bits > 64) {
    throw new TemplateFailure(`parseInt has no base ${base} with ${bits} bits`)
  }
  const digits = prefix !== undefined && text.length > 1 ? text.slice(prefix.length) : text
  let value = 0
  for (const digit of digits) {
    const worth = /[\dA-Za-z]/.test(digit) ? Number.parseInt(digit, 36) : radix
    if (worth >= radix) throw new TemplateFailure(`${JSON.stringify(text)} is no number`)
    value = value * radix + worth
    if (value >= 2 ** Math.min(bits || 53, 53)) {
      throw new TemplateFailure(`${JSON.stringify(text)} is out of range`)
    }
  }
  if (digits === '') throw new TemplateFailure(`${JSON.stringify(text)} is no number`)
  return value
}

function radixOf(prefix: string | undefined): number {
  if (prefix === undefined) return 10
  return { '0x': 16, '0b': 2 }[prefix] ?? 8
}
