import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { args } from './args.ts'
import { directive } from './directive.ts'
import { faultsIn, optionsFrom } from './directive-text.ts'
import { located, rest, spread } from './item.ts'
import { many, optional } from './presence.ts'
import { word } from './word.ts'
import { duration } from './words/duration.ts'
import { integer } from './words/number.ts'
import { oneOf, text } from './words/text.ts'
import { zones } from './words/zone.ts'

const schemas = {
  none: directive({}),
  one: directive({ args: args(integer(1, 65535)) }),
  bare: directive({ args: integer() }),
  two: directive({ args: args(text, duration) }),
  trailing: directive({ args: args(text, optional(integer(), 7), optional(duration)) }),
  zero: directive({ args: args(integer(), rest(text, { max: 2 })) }),
  more: directive({ args: args(integer(), many(text)) }),
  flat: directive({ args: rest(zones) }),
  list: directive({
    args: rest(
      spread(
        v.pipe(
          v.string(),
          v.transform((all) => all.split(',')),
        ),
      ),
    ),
  }),
} as const

describe('args', () => {
  it.each<[keyof typeof schemas, string, unknown]>([
    ['none', 'x', []],
    ['none', 'x {\n}', []],
    ['one', 'x 65535', [65535]],
    ['bare', 'x -3', -3],
    ['two', 'x a 1s', ['a', 1000]],
    ['trailing', 'x a', ['a', 7, undefined]],
    ['trailing', 'x a 8', ['a', 8, undefined]],
    ['trailing', 'x a 8 2m', ['a', 8, 120_000]],
    ['zero', 'x 1', [1, []]],
    ['zero', 'x 1 a b', [1, ['a', 'b']]],
    ['more', 'x 1 a', [1, ['a']]],
    ['more', 'x 1 a b', [1, ['a', 'b']]],
    ['flat', 'x', []],
    [
      'flat',
      'x A.org 10.0.0.0/23 b.',
      ['a.org.', '0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.', 'b.'],
    ],
    ['list', 'x a,b c', ['a', 'b', 'c']],
  ])('%s reads "%s"', (name, words, value) => {
    expect(optionsFrom(schemas[name], words)).toEqual({ args: value, block: {} })
  })

  it.each<[keyof typeof schemas, string, string[]]>([
    ['none', 'x a b', ['1:3 wrong-arguments x takes no arguments']],
    [
      'none',
      'x {\n a\n b\n}',
      [
        '2:2 unknown-option x takes no options, got "a"',
        '3:2 unknown-option x takes no options, got "b"',
      ],
    ],
    ['one', 'ttl', ['1:1 wrong-arguments ttl takes one argument: a whole number from 1 to 65535']],
    [
      'one',
      'ttl 1 2',
      ['1:7 wrong-arguments ttl takes one argument: a whole number from 1 to 65535'],
    ],
    [
      'one',
      'ttl 0',
      ['1:5 bad-value ttl: expected a whole number from 1 to 65535, got "0" (for example: 30)'],
    ],
    ['bare', 'x', ['1:1 wrong-arguments x takes one argument: a whole number']],
    [
      'two',
      'x "a b" 5d',
      [
        '1:9 bad-value x: expected a duration, got "5d": there is no unit d, write 120h (for example: 30s)',
      ],
    ],
    [
      'trailing',
      'x a b 3 4',
      [
        '1:9 wrong-arguments x takes 1 to 3 arguments: a word, optionally a whole number, optionally a duration',
        '1:5 bad-value x: expected a whole number, got "b" (for example: 30)',
        '1:7 bad-value x: expected a duration, got "3": a unit is missing, write 3s for seconds (for example: 30s)',
      ],
    ],
    [
      'zero',
      'x 1 a b c',
      [
        '1:9 wrong-arguments x takes 1 to 3 arguments: a whole number, any number of words, each a word',
      ],
    ],
    [
      'more',
      'x 1',
      [
        '1:1 wrong-arguments x takes at least 2 arguments: a whole number, one or more words, each a word',
      ],
    ],
    [
      'flat',
      'x a..b 10.0.0.0/33',
      [
        '1:3 bad-value x: expected a zone or a network, got "a..b" (for example: example.org)',
        '1:8 bad-value x: expected a zone or a network, got "10.0.0.0/33" (for example: example.org)',
      ],
    ],
  ])('%s refuses "%s"', (name, words, faults) => {
    expect(faultsIn(schemas[name], words)).toEqual(faults)
  })

  it('refuses to be defined with a word after those that end the line', () => {
    expect(() => args(rest(text), text)).toThrow('rest and many come last')
    expect(() => args(optional(text), text)).toThrow('optional words come after all others')
    expect(() => args(optional(text), many(text))).toThrow('optional words come after all others')
  })
})

describe('a word', () => {
  it('keeps its token if it is located', () => {
    const schema = directive({ args: args(text, optional(located(integer()))) })
    const { value, at } = optionsFrom(schema, 'x a  5').args[1]!
    expect([value, at.text, at.line, at.column]).toEqual([5, '5', 1, 6])
  })

  it('may be any valibot schema, with its own message or a description', () => {
    const colour = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/, 'expected a colour'))
    const shape = v.pipe(v.picklist(['round', 'square']), v.description('a shape'))
    const short = v.pipe(duration, v.maxValue(5000, 'expected 5s at most'))
    const schema = directive({ args: args(colour, shape, short) })
    expect(optionsFrom(schema, 'x "#ff0000" round 5s').args).toEqual(['#ff0000', 'round', 5000])
    expect(faultsIn(schema, 'x red oval 6s')).toEqual([
      '1:3 bad-value x: expected a colour',
      '1:7 bad-value x: expected a shape, got "oval"',
      '1:12 bad-value x: expected 5s at most (for example: 30s)',
    ])
  })

  it('suggests the nearest of its choices', () => {
    const schema = directive({ args: oneOf('random', 'round_robin', 'sequential') })
    expect(faultsIn(schema, 'policy roundrobin')).toEqual([
      '1:8 bad-value policy: expected one of random, round_robin or sequential, got "roundrobin" (did you mean "round_robin"?)',
    ])
    expect(faultsIn(schema, 'policy x')).toEqual([
      '1:8 bad-value policy: expected one of random, round_robin or sequential, got "x"',
    ])
  })

  it('shortens what is long in a message', () => {
    const never = word<never>({ expects: 'nothing', parse: (_, refuse) => refuse() })
    const [fault] = faultsIn(directive({ args: never }), `x ${'y'.repeat(1000)}`)
    expect(fault!.length).toBeLessThan(120)
  })
})
