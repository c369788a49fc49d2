import { describe, expect, it } from 'vitest'
import { parseSelector } from './selector.ts'

describe('label selectors', () => {
  it.each([
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b, c)', {}, false],
    ['a notin (b)', {}, true],
    ['a notin (b)', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['x.io/a=b,c', { 'x.io/a': 'b', c: '1' }, true],
    ['a in (b, c),d=e', { a: 'b', d: 'f' }, false],
  ])('%s on %j is %j', (text, labels, expected) => {
    expect(parseSelector(text)?.(labels)).toBe(expected)
  })

  it.each(['', '==', 'a=b=c', 'a in b', 'a in (b', '-a', 'a,', 'a b'])('refuses %j', (text) => {
    expect(parseSelector(text)).toBeUndefined()
  })
})
