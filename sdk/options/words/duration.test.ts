import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { duration, durationBetween, formatDuration } from './duration.ts'

describe('duration', () => {
  it.each([
    ['0', 0],
    ['+0', 0],
    ['-0', 0],
    ['0s', 0],
    ['-0s', 0],
    ['1s', 1000],
    ['+1s', 1000],
    ['0.5s', 500],
    ['.5s', 500],
    ['1.s', 1000],
    ['1.001s', 1001],
    ['0.1ms', 0.1],
    ['1h30m', 5_400_000],
    ['30m1h', 5_400_000],
    ['1h1m1s1ms1us1ns', 3_661_001.001001],
    ['5\u00b5s', 0.005],
    ['5\u03bcs', 0.005],
    ['5001ms', 5001],
    ['2562047h', 9_223_369_200_000],
  ])('takes %s for %d ms', (text, ms) => {
    expect(v.parse(duration, text)).toBe(ms)
  })

  it.each([
    ['', 'expected a duration, got ""'],
    ['s', 'expected a duration, got "s"'],
    ['.s', 'expected a duration, got ".s"'],
    ['1', 'expected a duration, got "1": a unit is missing, write 1s for seconds'],
    ['1s5', 'expected a duration, got "1s5"'],
    ['1d', 'expected a duration, got "1d": there is no unit d, write 24h'],
    ['2w', 'expected a duration, got "2w": there is no unit w, write 336h'],
    ['1S', 'expected a duration, got "1S": the units are h, m, s, ms, us and ns, not S'],
    ['1h-5m', 'expected a duration, got "1h-5m": the units are h, m, s, ms, us and ns, not h-'],
    ['1e3s', 'expected a duration, got "1e3s": the units are h, m, s, ms, us and ns, not e'],
    ['1 s', 'expected a duration, got "1 s": the units are h, m, s, ms, us and ns, not  s'],
    ['-1s', 'expected a duration, got "-1s": it must not be negative'],
    ['--1s', 'expected a duration, got "--1s"'],
    ['2562048h', 'expected a duration, got "2562048h": it is too long'],
    ['\u0661s', 'expected a duration, got "\u0661s"'],
  ])('refuses "%s"', (text, message) => {
    expect(v.safeParse(duration, text).issues?.[0].message).toBe(message)
  })
})

describe('durationBetween', () => {
  it.each([
    [{ minMs: 1000, maxMs: 5000 }, '1s', '5s', '999ms', '5001ms', 'a duration from 1s to 5s'],
    [{ minMs: 2000 }, '2s', '1000h', '1s', '0', 'a duration of at least 2s'],
    [{ maxMs: 300_000 }, '0', '5m', '6m', '-1s', 'a duration of at most 5m'],
    [{ minMs: -1000, maxMs: 0 }, '-1s', '-0.5s', '-2s', '1s', 'a duration from -1s to 0s'],
  ])('%o takes what lies within', (bounds, low, high, below, above, expects) => {
    const word = durationBetween(bounds)
    expect(v.is(word, low)).toBe(true)
    expect(v.is(word, high)).toBe(true)
    expect(v.safeParse(word, below).issues?.[0].message).toContain(expects)
    expect(v.is(word, above)).toBe(false)
  })

  it.each([{ minMs: 1, maxMs: 2 }, { minMs: 86_400_000 }, { maxMs: 10 }, {}])(
    'gives an example that it takes: %o',
    (bounds) => {
      const word = durationBetween(bounds)
      const { example } = v.getMetadata(word) as { example: string }
      expect(v.is(word, example)).toBe(true)
    },
  )
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [500, '500ms'],
    [0.5, '0.5ms'],
    [5000, '5s'],
    [60_000, '1m'],
    [5_400_000, '1h30m'],
    [3_600_000, '1h'],
    [90_061_001, '25h1m1s1ms'],
    [-1000, '-1s'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
    expect(v.parse(durationBetween({ minMs: -1000 }), text)).toBe(ms)
  })
})
