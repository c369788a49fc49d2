/** Durations in Go's syntax, as CoreDNS reads them: `1h30m`, `0.5s`, `0`. */

import type { Word } from '../schema.ts'
import { type Refused, word } from '../word.ts'

/** Milliseconds per unit. Both spellings of µ are Go's: U+00B5 and U+03BC. */
const UNITS_MS = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
  ['us', 1e-3],
  ['\u00b5s', 1e-3],
  ['\u03bcs', 1e-3],
  ['ns', 1e-6],
])

/** Go counts nanoseconds in 64 bits: about 292 years. */
const LIMIT_MS = 2 ** 63 / 1e6

/** A duration of 0 or more, in milliseconds. */
export const duration: Word<number> = durationBetween({})

/** A duration within bounds (inclusive), in milliseconds. Only a `minMs` below 0 lets in a sign. */
export function durationBetween(bounds: { minMs?: number; maxMs?: number }): Word<number> {
  const { minMs = 0, maxMs = Number.POSITIVE_INFINITY } = bounds
  return word<number>({
    expects: `a duration${boundsText(bounds)}`,
    name: 'DURATION',
    example: exampleWithin(minMs, maxMs),
    format: formatDuration,
    parse(text, refuse) {
      const value = parseDuration(text, refuse)
      if (typeof value !== 'number') return value
      if (value < 0 && minMs >= 0) return refuse('it must not be negative')
      return value >= minMs && value <= maxMs ? value : refuse()
    },
  })
}

/** Writes milliseconds as a duration in the fewest units: 5400000 is `1h30m`, 500 is `500ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s'
  let left = Math.abs(durationMs)
  let text = durationMs < 0 ? '-' : ''
  for (const unit of ['h', 'm', 's', 'ms']) {
    const sizeMs = UNITS_MS.get(unit)!
    const count = unit === 'ms' ? left : Math.floor(left / sizeMs)
    if (count === 0) continue
    text += `${count}${unit}`
    left -= count * sizeMs
  }
  return text
}

function parseDuration(text: string, refuse: (reason?: string) => Refused): number | Refused {
  const isNegative = text.startsWith('-')
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text
  if (unsigned === '0') return 0
  if (unsigned === '') return refuse()
  if (/^\d+$/.test(unsigned)) return refuse(`a unit is missing, write ${text}s for seconds`)
  const part = /(\d+\.?\d*|\.\d+)([^\d.]+)/y
  let totalMs = 0
  while (part.lastIndex < unsigned.length) {
    const match = part.exec(unsigned)
    if (match === null) return refuse()
    const unit = match[2]!
    const unitMs = UNITS_MS.get(unit)
    if (unitMs === undefined) return refuse(unknownUnit(unit, match[1]!))
    totalMs += Number(match[1]) * unitMs
  }
  if (totalMs >= LIMIT_MS) return refuse('it is too long')
  // Whole nanoseconds, as Go has them: 1.001 * 1000 isn't 1001.
  const roundedMs = Math.round(totalMs * 1e6) / 1e6
  return isNegative && roundedMs !== 0 ? -roundedMs : roundedMs
}

function unknownUnit(unit: string, count: string): string {
  const hours = unit === 'd' ? 24 : unit === 'w' ? 168 : undefined
  if (hours === undefined) return `the units are h, m, s, ms, us and ns, not ${unit}`
  return `there is no unit ${unit}, write ${Number(count) * hours}h`
}

function boundsText({ minMs, maxMs }: { minMs?: number; maxMs?: number }): string {
  const isLow = minMs !== undefined && minMs !== 0
  if (maxMs === undefined) return isLow ? ` of at least ${formatDuration(minMs)}` : ''
  if (!isLow) return ` of at most ${formatDuration(maxMs)}`
  return ` from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`
}

function exampleWithin(minMs: number, maxMs: number): string {
  const usual = [30_000, 5_000, 500, 300_000, 3_600_000]
  const fitting = usual.find((ms) => ms >= minMs && ms <= maxMs)
  return formatDuration(fitting ?? minMs)
}
