import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { compileRegexp, MAX_REGEXP_LENGTH, regexp } from './regexp.ts'

describe('regexp', () => {
  it.each([
    ['^www\\.', 'www.example.org', true],
    ['www\\.', 'a.www.b', true],
    ['^www\\.$', 'www.b', false],
    ['(?i)EXAMPLE', 'example', true],
    ['^\\p{Greek}+$', 'αβγ', true],
    ['[[:digit:]]{3}', 'a123', true],
    ['\\Aa\\z', 'a\n', false],
    ['', 'anything', true],
  ])('%s matches "%s": %s', (source, text, isMatch) => {
    const compiled = v.parse(regexp, source)
    expect(compiled.source).toBe(source)
    expect(compiled.test(text)).toBe(isMatch)
    expect(compiled.exec(text) !== undefined).toBe(isMatch)
  })

  it('gives groups by number and name', () => {
    const compiled = compileRegexp('(?P<host>[a-z]+)\\.(x)?(\\d+)')
    expect(compiled.groupCount).toBe(3)
    expect(compiled.exec('--abc.42--')).toEqual({
      start: 2,
      end: 8,
      groups: ['abc.42', 'abc', undefined, '42'],
      named: { host: 'abc' },
    })
  })

  it.each([
    '(',
    'a{2,1}',
    '(?=a)',
    '(?<=a)b',
    '\\1',
    '[z-a]',
    'a**',
    '(?P<n>a)(?P<n>b)',
    '(a{1000}){1000}',
  ])("refuses %s, which isn't Go's", (source) => {
    const [issue] = v.safeParse(regexp, source).issues!
    expect(issue.message).toMatch(/^expected a regular expression in Go's syntax, got ".+": ./)
  })

  it('refuses what is too long', () => {
    expect(v.is(regexp, 'a'.repeat(MAX_REGEXP_LENGTH))).toBe(true)
    expect(v.is(regexp, 'a'.repeat(MAX_REGEXP_LENGTH + 1))).toBe(false)
  })

  it('takes linear time where backtracking takes exponential', () => {
    // Finishes at all: a backtracking engine needs 2^30 steps for this.
    expect(compileRegexp('^(a+)+$').test(`${'a'.repeat(30)}b`)).toBe(false)
  })

  it('keeps no state between matches', () => {
    const compiled = compileRegexp('a')
    expect([compiled.exec('ba')?.start, compiled.exec('ba')?.start]).toEqual([1, 1])
  })
})
