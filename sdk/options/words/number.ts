/** Numbers: whole ones as Go's `strconv.Atoi` reads them, decimal ones, and sizes in bytes. */

import type { Word } from '../schema.ts'
import { word } from '../word.ts'

/**
 * A whole number within bounds (inclusive): digits with an optional sign, no other notation. What
 * JavaScript can't hold exactly is refused.
 */
export function integer(
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): Word<number> {
  return word<number>({
    expects: `a whole number${boundsText(min, max)}`,
    name: 'INTEGER',
    example: exampleWithin(min, max),
    parse(text, refuse) {
      // "-0" is 0.
      const value = /^[+-]?\d+$/.test(text) ? Number(text) + 0 : Number.NaN
      return value >= min && value <= max ? value : refuse()
    },
  })
}

/** A decimal number within bounds (inclusive), with an optional exponent: `0.5`, `1e3`. */
export function float(
  min: number = -Number.MAX_VALUE,
  max: number = Number.MAX_VALUE,
): Word<number> {
  return word<number>({
    expects: `a number${boundsText(min, max)}`,
    name: 'NUMBER',
    example: exampleWithin(min, max),
    parse(text, refuse) {
      const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)
      const value = isNumber ? Number(text) + 0 : Number.NaN
      return value >= min && value <= max ? value : refuse()
    },
  })
}

/**
 * A size in bytes, with the suffixes of Kubernetes quantities and a `B` if one likes: `64k` and
 * `64kB` are 64000, `64Ki` and `64KiB` are 65536.
 */
export const sizeBytes: Word<number> = word<number>({
  expects: 'a size in bytes',
  name: 'SIZE',
  example: '64Mi',
  parse(text, refuse) {
    const match = /^(\d+(?:\.\d+)?)(?:([kKMGT])(i?))?B?$/.exec(text)
    if (match === null) return refuse()
    const power = match[2] === undefined ? 0 : 'kMGT'.indexOf(match[2].replace('K', 'k')) + 1
    const value = Number(match[1]) * (match[3] ? 1024 : 1000) ** power
    return Number.isSafeInteger(value) ? value : refuse('it is no whole number of bytes')
  },
})

function boundsText(min: number, max: number): string {
  const isLow = min > Number.MIN_SAFE_INTEGER
  const isHigh = max < Number.MAX_SAFE_INTEGER
  if (isLow && isHigh) return ` from ${min} to ${max}`
  if (isLow) return ` of at least ${min}`
  return isHigh ? ` of at most ${max}` : ''
}

function exampleWithin(min: number, max: number): string {
  const usual = [30, 300, 5, 2, 1, 1000, 5000]
  return String(usual.find((value) => value >= min && value <= max) ?? min)
}
