/** Functions that every expression has. */

import type { ExpressionFunction } from './compile.ts'
import type { ExpressionValue } from './value.ts'

const onText = (
  call: (text: string, ...args: string[]) => ExpressionValue,
  parameterCount: number,
  result: 'string' | 'bool' | 'number' | 'array' = 'string',
): ExpressionFunction<unknown> => ({
  parameters: Array.from({ length: parameterCount }, () => 'string' as const),
  result,
  call: (_, args) => call(...(args as [string, ...string[]])),
})

/** By name. */
export const builtins: Readonly<Record<string, ExpressionFunction<unknown>>> = {
  len: {
    parameters: ['any'],
    result: 'number',
    call: (_, [value]) => {
      if (typeof value === 'string') return [...value].length
      if (Array.isArray(value)) return value.length
      if (value !== null && typeof value === 'object') return Object.keys(value).length
      throw new TypeError('len takes a string, an array or a map')
    },
  },
  lower: onText((text) => text.toLowerCase(), 1),
  upper: onText((text) => text.toUpperCase(), 1),
  trim: onText((text) => text.trim(), 1),
  trimPrefix: onText((text, prefix = '') => {
    return text.startsWith(prefix) ? text.slice(prefix.length) : text
  }, 2),
  trimSuffix: onText((text, suffix = '') => {
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  }, 2),
  split: onText((text, separator = '') => text.split(separator), 2, 'array'),
  replace: onText((text, from = '', to = '') => text.replaceAll(from, () => to), 3),
  hasPrefix: onText((text, prefix = '') => text.startsWith(prefix), 2, 'bool'),
  hasSuffix: onText((text, suffix = '') => text.endsWith(suffix), 2, 'bool'),
  indexOf: onText((text, part = '') => text.indexOf(part), 2, 'number'),
  join: {
    parameters: ['array', 'string'],
    result: 'string',
    call: (_, [items, separator]) => (items as readonly string[]).join(separator as string),
  },
  abs: { parameters: ['number'], result: 'number', call: (_, [n]) => Math.abs(n as number) },
  int: { parameters: ['any'], result: 'number', call: (_, [value]) => Math.trunc(toNumber(value)) },
  float: { parameters: ['any'], result: 'number', call: (_, [value]) => toNumber(value) },
  string: { parameters: ['any'], result: 'string', call: (_, [value]) => String(value) },
}

function toNumber(value: ExpressionValue | undefined): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && !Number.isNaN(number)) return number
  throw new TypeError(`${JSON.stringify(value)} is no number`)
}
