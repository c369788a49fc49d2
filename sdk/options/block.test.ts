import { describe, expect, it } from 'vitest'
import { args } from './args.ts'
import { others } from './block.ts'
import { directive } from './directive.ts'
import { directiveFrom, faultsIn, optionsFrom } from './directive-text.ts'
import { flag, rest } from './item.ts'
import { parseOptions } from './parse-options.ts'
import { many, once, optional, required } from './presence.ts'
import { anything } from './statement.ts'
import { duration } from './words/duration.ts'
import { ipAddress } from './words/ip-address.ts'
import { integer } from './words/number.ts'
import { onOff, text } from './words/text.ts'
import { zone, zones } from './words/zone.ts'

const schema = directive({
  block: {
    reload: duration,
    ttl: optional(integer(1, 65535), 3600),
    pair: args(text, optional(integer())),
    except: many(zones, { max: 3 }),
    rule: many(args(text, text), { max: 2 }),
    fallthrough: rest(zones),
    force: flag,
    single: once(onOff),
    maybe: optional(many(text)),
  },
})

const absent = {
  reload: undefined,
  ttl: 3600,
  pair: undefined,
  except: [],
  rule: [],
  fallthrough: undefined,
  force: false,
  single: undefined,
  maybe: undefined,
}

describe('a block', () => {
  it.each<[string, Partial<Record<keyof typeof absent, unknown>>]>([
    ['x', {}],
    ['x { }', {}],
    ['x { reload 5s }', { reload: 5000 }],
    ['x { reload 5s; reload 6s }', { reload: 6000 }],
    ['x { ttl 5 }', { ttl: 5 }],
    ['x { pair a }', { pair: ['a', undefined] }],
    ['x { pair a 5 }', { pair: ['a', 5] }],
    ['x { except a.org b.org; except c.org }', { except: ['a.org.', 'b.org.', 'c.org.'] }],
    [
      'x { rule a b; rule c d }',
      {
        rule: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
    ],
    ['x { fallthrough }', { fallthrough: [] }],
    ['x { fallthrough a.org }', { fallthrough: ['a.org.'] }],
    ['x { fallthrough a.org; fallthrough b.org }', { fallthrough: ['b.org.'] }],
    ['x { force }', { force: true }],
    ['x { force { }; single on }', { force: true, single: true }],
    ['x { maybe a; maybe b }', { maybe: ['a', 'b'] }],
  ])('reads "%s"', (words, values) => {
    expect(optionsFrom(schema, words).block).toEqual({ ...absent, ...values })
  })

  it.each<[string, string[]]>([
    ['x { relaod 5s }', ['1:5 unknown-option x has no option "relaod" (did you mean "reload"?)']],
    [
      'x { constructor }',
      [
        '1:5 unknown-option x has no option "constructor" (the options are reload, ttl, pair, except, rule, fallthrough, force, single, maybe)',
      ],
    ],
    ['x { force yes }', ['1:11 wrong-arguments force takes no arguments']],
    [
      'x {\n except\n}',
      [
        '2:2 wrong-arguments except takes 1 to 3 arguments: one or more words, each a zone or a network',
      ],
    ],
    [
      'x {\n except a b\n except c d\n}',
      ['3:11 wrong-arguments except takes at most 3 words in all'],
    ],
    [
      'x {\n rule a b\n rule a b\n rule a b\n}',
      ['4:2 wrong-arguments rule may be given 2 times at most'],
    ],
    [
      'x {\n single on\n single off\n}',
      ['3:2 duplicate-option single may be given once only: it was given in line 2 already'],
    ],
    ['x { reload 5s {\n a b } }', ['2:2 unknown-option reload takes no options, got "a"']],
  ])('refuses "%s"', (words, faults) => {
    expect(faultsIn(schema, words)).toEqual(faults)
  })

  it('gives all errors at once, in the order of the file', () => {
    const words = 'x a {\n ttl 0\n rule a\n nope\n reload 5s\n reload x\n}'
    expect(faultsIn(schema, words).map((fault) => fault.split(' ', 2).join(' '))).toEqual([
      '1:3 wrong-arguments',
      '2:6 bad-value',
      '3:2 wrong-arguments',
      '4:2 unknown-option',
      '6:9 bad-value',
    ])
  })

  it('asks for a required option', () => {
    const strict = directive({ block: { endpoint: required(text), list: required(many(zone)) } })
    expect(optionsFrom(strict, 'x { endpoint a; list b }').block).toEqual({
      endpoint: 'a',
      list: ['b.'],
    })
    expect(faultsIn(strict, 'x { list b }')).toEqual([
      '1:1 wrong-arguments x needs the option "endpoint" (write endpoint TEXT)',
    ])
    // One that is there but wrong isn't missing too.
    expect(faultsIn(strict, 'x { endpoint; list b }')).toHaveLength(1)
  })

  it('nests', () => {
    const inner = directive({ args: text, block: { ttl: integer() } })
    const nested = directive({ block: { match: many(inner) } })
    expect(optionsFrom(nested, 'x {\n match a {\n ttl 5\n }\n match b\n}').block.match).toEqual([
      { args: 'a', block: { ttl: 5 } },
      { args: 'b', block: { ttl: undefined } },
    ])
    expect(faultsIn(nested, 'x {\n match a {\n  tll 5\n }\n}')).toEqual([
      '3:3 unknown-option match has no option "tll" (did you mean "ttl"?)',
    ])
  })
})

describe('others', () => {
  const hosts = directive({
    block: { fallthrough: rest(zones), no_reverse: flag },
    others: others(args(ipAddress, many(zone)), { before: ['fallthrough'] }),
  })

  it('reads lines without a keyword, the first word included', () => {
    const words = 'hosts {\n 10.0.0.1 a.org b.org\n no_reverse\n ::1 c\n fallthrough\n}'
    const { others: lines, block } = optionsFrom(hosts, words)
    expect(lines.map(([ip, names]) => [ip.text, names])).toEqual([
      ['10.0.0.1', ['a.org.', 'b.org.']],
      ['::1', ['c.']],
    ])
    expect(block).toEqual({ fallthrough: [], no_reverse: true })
  })

  it.each<[string, string[]]>([
    [
      'hosts {\n 10.0.0.1\n}',
      [
        '2:2 wrong-arguments hosts takes at least 2 arguments: an IP address, one or more words, each a zone',
      ],
    ],
    [
      'hosts {\n 10.0.0 a\n}',
      ['2:2 bad-value hosts: expected an IP address, got "10.0.0" (for example: 192.0.2.1)'],
    ],
    [
      'hosts {\n 10.0.0.1 a..b\n}',
      ['2:11 bad-value hosts: expected a zone, got "a..b" (for example: example.org)'],
    ],
    [
      'hosts {\n falthrough\n}',
      ['2:2 unknown-option hosts has no option "falthrough" (did you mean "fallthrough"?)'],
    ],
    [
      'hosts {\n fallthrough\n 10.0.0.1 a\n}',
      [
        '3:2 unknown-option hosts has no option "10.0.0.1" (the options are fallthrough, no_reverse)',
      ],
    ],
  ])('refuses "%s"', (words, faults) => {
    expect(faultsIn(hosts, words)).toEqual(faults)
  })

  it('gives statements as they stand if asked for anything', () => {
    const raw = directive({ others: others(anything) })
    const { others: lines } = optionsFrom(raw, 'x {\n a b {\n c\n }\n d\n}')
    expect(lines.map(({ keyword, block }) => [keyword.text, block?.length])).toEqual([
      ['a', 1],
      ['d', undefined],
    ])
  })
})

describe('a directive', () => {
  it('may occur once only', () => {
    expect(faultsIn(schema, 'x\nx { nope }')).toEqual([
      '2:1 duplicate-directive x: this plugin can only be used once per Server Block',
    ])
  })

  it('may be repeated if it is many', () => {
    const repeatable = many(directive({ args: integer() }))
    expect(optionsFrom(repeatable, 'x 1\nx 2')).toEqual([
      { args: 1, block: {} },
      { args: 2, block: {} },
    ])
    expect(faultsIn(repeatable, 'x a\nx 2\nx b').map((fault) => fault.slice(0, 3))).toEqual([
      '1:3',
      '3:3',
    ])
  })

  it('points its errors at the very tokens of the directive', () => {
    const given = directiveFrom('x { ttl no }')
    const { errors } = parseOptions(schema, given)
    expect(errors?.[0]?.at).toBe(given.occurrences[0]!.block![0]!.args[0])
  })
})
