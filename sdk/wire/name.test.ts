import { describe, expect, it } from 'vitest'
import { arbitraryName } from '../record/arbitrary.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { formatName, MAX_NAME_SIZE, Name, parseNameText } from './name.ts'

const name = (text: string): Name => Name.parseText(text)
const octets = (...labels: string[]): number[] => [
  ...labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]),
  0,
]

describe('a name in presentation form', () => {
  it.each([
    ['.', octets(), '.'],
    ['org', octets('org'), 'org.'],
    ['www.Example.org.', octets('www', 'Example', 'org'), 'www.Example.org.'],
    ['*._tcp.a-b_c.', octets('*', '_tcp', 'a-b_c'), '*._tcp.a-b_c.'],
    ['a\\.b.c', octets('a.b', 'c'), 'a\\.b.c.'],
    ['a\\046b', octets('a.b'), 'a\\.b.'],
    ['\\000\\255\\032', octets('\x00\xff '), '\\000\\255\\ .'],
    ['\\@.\\a\\"', octets('@', 'a"'), '\\@.a\\".'],
    ['é', octets('\xc3\xa9'), '\\195\\169.'],
    [`${'a'.repeat(63)}.b`, octets('a'.repeat(63), 'b'), `${'a'.repeat(63)}.b.`],
  ])('%s', (text, wire, normal) => {
    expect([...name(text).wire]).toEqual(wire)
    expect(name(text).toString()).toBe(normal)
    expect([...name(normal).wire]).toEqual(wire)
  })

  it.each(['', '..', '.a', 'a..b', 'a..', '\\', 'a\\', '\\25', '\\2a5', '\\256', 'a'.repeat(64)])(
    '%j is no name',
    (text) => {
      expect(parseNameText(text)).toBeUndefined()
      expect(() => Name.parseText(text)).toThrow(RangeError)
    },
  )

  it('has at most 255 octets, with its trailing dot or without', () => {
    const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
    for (const text of [longest, `${longest}.`]) {
      expect(name(text).wire.length).toBe(MAX_NAME_SIZE)
      expect(parseNameText(text.replace('d', 'dd'))).toBeUndefined()
    }
    expect(parseNameText(`x.${longest}`)).toBeUndefined()
    expect(parseNameText('a.'.repeat(127))?.labelCount).toBe(127)
    expect(parseNameText('a.'.repeat(128))).toBeUndefined()
  })

  it('is completed with the origin when it has no trailing dot', () => {
    const origin = name('example.org')
    expect(String(Name.parseText('www', origin))).toBe('www.example.org.')
    expect(String(Name.parseText('www.', origin))).toBe('www.')
    expect(Name.parseText('@', origin)).toBe(origin)
    expect(String(Name.parseText('\\@', origin))).toBe('\\@.example.org.')
    expect(Name.parseText('@')).toBe(Name.root)
    expect(parseNameText(`${'a.'.repeat(120)}a`, origin)).toBeDefined()
    expect(parseNameText(`${'a.'.repeat(120)}aa`, origin)).toBeUndefined()
  })

  it('comes back from its text, whatever its octets', () => {
    const random = seededRandom(1)
    for (let i = 0; i < 500; i++) {
      const { wire } = arbitraryName(random)
      const text = formatName(wire)
      expect(text).toMatch(/^[\x21-\x7e ]+$/)
      expect([...name(text).wire]).toEqual([...wire])
    }
  })
})

describe('names compared', () => {
  it('are equal but for the case of ASCII letters', () => {
    expect(name('WWW.example.ORG').equals(name('www.EXAMPLE.org'))).toBe(true)
    expect(name('WWW.example.ORG').hash).toBe(name('www.EXAMPLE.org').hash)
    expect(name('[').equals(name('{'))).toBe(false)
    expect(name('\\192').equals(name('\\224'))).toBe(false)
    expect(name('a.b').equals(name('a\\.b'))).toBe(false)
    expect(name('a').equals(name('a.b'))).toBe(false)
  })

  it.each([
    ['www.example.org', 'EXAMPLE.org', true],
    ['example.org', 'example.org', true],
    ['example.org', '.', true],
    ['.', '.', true],
    ['.', 'org', false],
    ['org', 'example.org', false],
    ['notexample.org', 'example.org', false],
    // The octets of the zone end the name's octets, but not at a label of it.
    ['x\\007example\\003org', 'example.org', false],
    ['a\\003org', 'org', false],
  ])('%s below %s: %s', (left, right, isBelow) => {
    expect(name(left).isSubdomainOf(name(right))).toBe(isBelow)
  })
})

describe('parts of a name', () => {
  it('are its labels, ancestors and prefix', () => {
    const www = name('www.Example.org')
    expect(www.labels().map((label) => Buffer.from(label).toString())).toEqual([
      ...['www', 'Example', 'org'],
    ])
    expect([www.labelCount, Name.root.labelCount]).toEqual([3, 0])
    expect([0, 1, 2, 3, 4].map((count) => String(www.ancestor(count)))).toEqual([
      ...['www.Example.org.', 'Example.org.', 'org.', '.', '.'],
    ])
    expect(www.ancestor(2).hash).toBe(name('ORG').hash)
    expect([www.isRoot, www.ancestor(3).isRoot]).toEqual([false, true])
    expect(String(www.toLowerCase())).toBe('www.example.org.')
    expect(String(www)).toBe('www.Example.org.')
    expect(JSON.stringify({ www })).toBe('{"www":"www.Example.org."}')
  })

  it('are joined up to 255 octets', () => {
    const long = name('a.'.repeat(100))
    expect(Name.join(long, long)).toBeUndefined()
    expect(String(Name.join(name('a'), name('b')))).toBe('a.b.')
    expect(String(Name.join(Name.root, name('b')))).toBe('b.')
  })
})
