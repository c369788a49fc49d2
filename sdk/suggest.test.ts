import { describe, expect, it } from 'vitest'
import { nearest } from './suggest.ts'

describe('nearest', () => {
  const directives = [
    'cache',
    'forward',
    'file',
    'log',
    'loop',
    'errors',
    'health',
    'ready',
    'bind',
  ]

  it.each([
    ['cahce', 'cache'],
    ['forwrad', 'forward'],
    ['foward', 'forward'],
    ['CACHE', 'cache'],
    ['lop', 'log'],
    ['error', 'errors'],
    ['helth', 'health'],
    ['bnd', 'bind'],
    ['cache', 'cache'],
    ['kubernetes', undefined],
    ['on', undefined],
    ['x', undefined],
    ['', undefined],
    ['cacheforward', undefined],
    ['y'.repeat(100_000), undefined],
  ])('takes "%s" for %s', (word, meant) => {
    expect(nearest(word, directives)).toBe(meant)
  })

  it('counts swapped neighbours as one edit, and takes the first of equals', () => {
    expect(nearest('ab', ['ba', 'bb'])).toBe('ba')
    expect(nearest('cat', ['bat', 'hat'])).toBe('bat')
  })

  it('finds nothing among nothing', () => {
    expect(nearest('cache', [])).toBeUndefined()
  })
})
