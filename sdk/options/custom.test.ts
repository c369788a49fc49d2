import { describe, expect, it } from 'vitest'
import { ConfigError } from '../errors.ts'
import { args } from './args.ts'
import { check, custom, transform } from './custom.ts'
import { directive } from './directive.ts'
import { faultsIn, optionsFrom } from './directive-text.ts'
import { rest } from './item.ts'
import { many } from './presence.ts'
import { matches } from './word.ts'
import { duration } from './words/duration.ts'
import { integer } from './words/number.ts'
import { text } from './words/text.ts'
import { zones } from './words/zone.ts'

const ttlAndZones = custom(
  (tokens, report) => {
    const [first] = tokens
    const isTtl = first !== undefined && matches(integer(), first.text)
    return {
      ttl: isTtl ? report.read(integer(1), first) : 3600,
      zones: report.read(rest(zones), tokens.slice(isTtl ? 1 : 0)),
    }
  },
  { takes: '[TTL] [ZONE…]' },
)

describe('custom', () => {
  const schema = directive({ args: ttlAndZones })

  it.each([
    ['cache', { ttl: 3600, zones: [] }],
    ['cache 5', { ttl: 5, zones: [] }],
    ['cache 5 a.org', { ttl: 5, zones: ['a.org.'] }],
    ['cache a.org 5', { ttl: 3600, zones: ['a.org.', '5.'] }],
  ])('reads "%s" by hand', (words, value) => {
    expect(optionsFrom(schema, words).args).toEqual(value)
  })

  it('records what its readings find wrong, with its tokens', () => {
    expect(faultsIn(schema, 'cache 0')).toEqual([
      '1:7 bad-value cache: expected a whole number of at least 1, got "0" (for example: 30)',
    ])
    expect(faultsIn(schema, 'cache 1 a..b c..d').map((fault) => fault.slice(0, 4))).toEqual([
      '1:9 ',
      '1:14',
    ])
  })

  it('points at the keyword when words are missing', () => {
    const pair = custom((tokens, report) => report.read(args(text, duration), tokens.slice(1)), {
      takes: '',
    })
    expect(faultsIn(directive({ block: { rule: pair } }), 'x {\n rule a b\n}')).toEqual([
      '2:2 wrong-arguments rule takes 2 arguments: a word, a duration',
    ])
  })

  it('refuses a block unless it reads it', () => {
    const plain = custom(() => 1, { takes: '' })
    const deep = custom((_, { statement }) => statement.block?.length, { takes: '', block: true })
    const both = directive({ block: { plain, deep } })
    expect(optionsFrom(both, 'x {\n plain\n deep {\n a\n b\n }\n}').block).toEqual({
      plain: 1,
      deep: 2,
    })
    expect(faultsIn(both, 'x {\n plain {\n a\n }\n}')).toEqual([
      '3:2 unknown-option plain takes no options, got "a"',
    ])
  })

  it("lets the programmer's own errors pass", () => {
    const broken = custom(
      () => {
        throw new TypeError('a bug')
      },
      { takes: '' },
    )
    expect(() => faultsIn(directive({ args: broken }), 'x')).toThrow('a bug')
  })
})

describe('report', () => {
  const block = { pair: args(text, integer()), list: many(text) }
  const words = 'x a {\n pair b 2\n list c\n list d e\n}'

  it.each<[string, Parameters<typeof at>[0]]>([
    ['1:1', undefined],
    ['1:3', { arg: 0 }],
    ['1:1', { arg: 1 }],
    ['2:2', { option: 'pair' }],
    ['2:9', { option: 'pair', arg: 1 }],
    ['2:2', { option: 'pair', arg: 2 }],
    ['4:9', { option: 'list', arg: 1 }],
    ['3:7', { option: 'list', occurrence: 0, arg: 0 }],
    ['1:1', { option: 'absent', arg: 0 }],
  ])('finds the token at %s', (position, place) => {
    expect(at(place)).toBe(`${position} bad-value x: wrong`)
  })

  function at(place: { option?: string; occurrence?: number; arg?: number } | undefined) {
    const schema = directive({ args: text, block, check: (_, report) => report('wrong', place) })
    return faultsIn(schema, words)[0]
  }

  it('takes several errors, a code and a suggestion', () => {
    const schema = directive({
      args: rest(text),
      check(_, report) {
        for (const token of report.statement.args) {
          report(`no ${token.text}`, token, { code: 'bad-zone', suggestion: 'leave it out' })
        }
      },
    })
    expect(faultsIn(schema, 'x a b')).toEqual([
      '1:3 bad-zone x: no a (leave it out)',
      '1:5 bad-zone x: no b (leave it out)',
    ])
  })

  it('makes errors to be thrown, and takes thrown ones of other makes', () => {
    const schema = directive({
      args: text,
      check({ args: word }, report) {
        if (word === 'a') throw report.error('not a', { arg: 0 })
        throw new ConfigError('file', 'no file', { at: report.at })
      },
    })
    expect(faultsIn(schema, 'x a')).toEqual(['1:3 bad-value x: not a'])
    expect(faultsIn(schema, 'x b')).toEqual(['1:1 file no file'])
  })
})

describe('check and transform', () => {
  const even = check(integer(), (value, report) => {
    if (value % 2 !== 0) report(`${value} is odd`, { arg: 0 })
  })

  it('run on the value of one statement', () => {
    const doubled = transform(even, (value) => value * 2)
    const schema = directive({ args: doubled, block: { also: many(doubled) } })
    expect(optionsFrom(schema, 'x 2 { also 4; also 6 }')).toEqual({
      args: 4,
      block: { also: [8, 12] },
    })
    expect(faultsIn(schema, 'x 1 { also 3; also 4; also 5 }')).toEqual([
      '1:3 bad-value x: 1 is odd',
      '1:12 bad-value also: 3 is odd',
      '3:6 bad-value also: 5 is odd',
    ])
  })

  it("run as a directive's own, the check first, and only if all is right so far", () => {
    const calls: string[] = []
    const schema = directive({
      args: integer(),
      block: { low: integer() },
      check({ args: value }, report) {
        calls.push('check')
        if (value === 1) report('not 1')
      },
      transform({ args: value, block }) {
        calls.push('transform')
        return value + (block.low ?? 0)
      },
    })
    expect(optionsFrom(schema, 'x 5 { low 2 }')).toBe(7)
    expect(calls).toEqual(['check', 'transform'])
    expect(faultsIn(schema, 'x 1')).toEqual(['1:1 bad-value x: not 1'])
    expect(faultsIn(schema, 'x a')).toHaveLength(1)
    expect(calls).toEqual(['check', 'transform', 'check'])
  })
})
