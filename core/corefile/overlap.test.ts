import { describe, expect, it } from 'vitest'
import { lex, sourceFile } from './lexer.ts'
import type { Claim } from './overlap.ts'
import { findContention, findOverlaps } from './overlap.ts'

/** Each word is a claim: `zone`, `zone@address,address`, `zone?` with a filter. */
function claims(text: string): Claim[] {
  return lex(sourceFile('Corefile', text), text).words.map((at) => {
    const [, zone = '', filter, addresses] = /^([^?@]+)(\??)(?:@(.*))?$/.exec(at.text)!
    return {
      transport: 'dns',
      zone,
      port: 53,
      addresses: addresses?.split(',') ?? [],
      isFiltered: filter === '?',
      at,
    }
  })
}

const bound = '127.0.0.1'

describe('overlaps', () => {
  it.each([
    ['. a.', []],
    ['a. a.', ['cannot serve dns://a.:53 - it is already defined at Corefile:1:1']],
    [
      `a.@${bound} a.@${bound}`,
      [`cannot serve dns://a.:53 on ${bound} - it is already defined at Corefile:1:1`],
    ],
    [`a.@${bound} a.@127.0.0.2`, []],
    [
      `a. a.@${bound}`,
      [
        `cannot serve dns://a.:53 on ${bound} - zone overlap listener capacity with dns://a.:53 at Corefile:1:1`,
      ],
    ],
    [
      `a.@${bound} a.`,
      [
        `cannot serve dns://a.:53 - zone overlap listener capacity with dns://a.:53 on ${bound} at Corefile:1:1`,
      ],
    ],
    ['a.? a.? a.', []],
    ['a. a.?', ['cannot serve dns://a.:53 - it is already defined at Corefile:1:1']],
    [
      'a. a. a.',
      [
        'cannot serve dns://a.:53 - it is already defined at Corefile:1:1',
        'cannot serve dns://a.:53 - it is already defined at Corefile:1:1',
      ],
    ],
  ])('of %s', (text, messages) => {
    expect(findOverlaps(claims(text)).map((error) => error.message)).toEqual(messages)
  })

  it('does not compare different transports or ports', () => {
    const [first] = claims('a.')
    const others: Claim[] = [first!, { ...first!, transport: 'tls' }, { ...first!, port: 54 }]
    expect(findOverlaps(others)).toEqual([])
  })

  it('points at the later claim', () => {
    expect(findOverlaps(claims('a.\na.'))[0]?.at?.line).toBe(2)
  })
})

describe('contention', () => {
  it('warns when blocks of different zones share a port bound and unbound', () => {
    const warnings = findContention(claims(`a.@${bound} b.`))
    expect(warnings.map((warning) => warning.message)).toEqual([
      `dns://a.:53 on ${bound} shares its port with dns://b.:53, which listens on all addresses`,
    ])
  })

  it.each([`a.@${bound} b.@${bound}`, 'a. b.', `a.@${bound} a.`])('says nothing of %s', (text) => {
    expect(findContention(claims(text))).toEqual([])
  })
})
