import { describe, expect, it } from 'vitest'
import { Class } from '../dns/class.ts'
import type { Type } from '../dns/type.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { Name } from '../wire/name.ts'
import { ARBITRARY_TYPES, arbitraryRr } from './arbitrary.ts'
import { formatRr, parseRrText } from './rr-text.ts'

describe('a record in presentation form', () => {
  const table: [string, string][] = [
    ['example.org. 60 IN TXT "a b"', 'example.org.|60|IN|TXT|"a b"'],
    ['example.org. IN 60 A 192.0.2.1', 'example.org.|60|IN|A|192.0.2.1'],
    ['example.org. 60 A 192.0.2.1', 'example.org.|60|IN|A|192.0.2.1'],
    ['example.org. CH A 192.0.2.1', 'example.org.|3600|CH|A|192.0.2.1'],
    ['example.org. A 192.0.2.1', 'example.org.|3600|IN|A|192.0.2.1'],
    ['  example.org.\t1h30m  in\ta 192.0.2.1 ; why', 'example.org.|5400|IN|A|192.0.2.1'],
    ['www A 192.0.2.1', 'www.|3600|IN|A|192.0.2.1'],
    ['a 1W2D CNAME b', 'a.|777600|IN|CNAME|b.'],
    ['a ( 60\n IN ; (\n A\n) 192.0.2.1\n\n', 'a.|60|IN|A|192.0.2.1'],
    ['in a 192.0.2.1', 'in.|3600|IN|A|192.0.2.1'],
    ['a\\ \\;b\\046\\200 TXT x\\;y', 'a\\ \\;b\\.\\200.|3600|IN|TXT|"x;y"'],
    ['a TYPE1 192.0.2.1', 'a.|3600|IN|A|192.0.2.1'],
    ['a CLASS32 TYPE731 \\# 6 abcd ( ef01\n2345 )', 'a.|3600|CLASS32|TYPE731|\\# 6 abcdef012345'],
    ['a CLASS1 TYPE1 \\# 4 c0000201', 'a.|3600|IN|A|192.0.2.1'],
    ['a 2147483647 A 192.0.2.1', 'a.|2147483647|IN|A|192.0.2.1'],
    ['a TXT x"y z"w', 'a.|3600|IN|TXT|"x" "y z" "w"'],
    [`a TXT "${'x'.repeat(256)}"`, `a.|3600|IN|TXT|"${'x'.repeat(255)}" "x"`],
  ]
  it.each(table)('%s', (text, formatted) => {
    expect(formatRr(parseRrText(text))).toBe(formatted.replaceAll('|', '\t'))
  })

  it('takes what it leaves out from the defaults', () => {
    const defaults = { origin: Name.parseText('example.org'), ttlSeconds: 5, class: Class.CH }
    const rr = parseRrText('@ CNAME www', defaults)
    expect(formatRr(rr)).toBe('example.org.\t5\tCH\tCNAME\twww.example.org.')
  })

  it('takes the owner before it when it begins with a blank', () => {
    const rr = parseRrText(' A 192.0.2.1', { owner: Name.parseText('www.example.org') })
    expect(rr.owner.toString()).toBe('www.example.org.')
  })

  it('comes back from its own text, whatever its octets', () => {
    const random = seededRandom(7)
    for (let i = 0; i < 500; i++) {
      const rr = arbitraryRr(random, ARBITRARY_TYPES[i % ARBITRARY_TYPES.length] as typeof Type.A)
      const again = parseRrText(formatRr(rr))
      expect([...again.owner.wire]).toEqual([...rr.owner.wire])
      expect([...again.rdata]).toEqual([...rr.rdata])
      expect([again.type, again.class, again.ttlSeconds]).toEqual([rr.type, 1, rr.ttlSeconds])
    }
  })
})

describe('text that is no record', () => {
  it.each([
    ['', /no text/],
    [' ; only a comment', /no text/],
    ['a A 192.0.2.1\nb A 192.0.2.2', /several lines/],
    ['a', /expected a type, but the record ends/],
    ['a 60 IN', /expected a type/],
    ['a 60 60 A 192.0.2.1', /expected a TTL, class or type, got '60'/],
    ['a IN CH A 192.0.2.1', /got 'CH'/],
    ['a FOO bar', /got 'FOO'/],
    ['a 2147483648 A 192.0.2.1', /at most 2147483647/],
    ['a 1x A 192.0.2.1', /got '1x'/],
    ['a..b A 192.0.2.1', /'a\.\.b' is not a domain name/],
    [`${'a'.repeat(64)} A 192.0.2.1`, /not a domain name/],
    ['a A', /A address: expected an IPv4 address, but the text ends/],
    ['a TXT "x', /never closed/],
    ['a TXT ( x', /'\(' is never closed/],
    ['a TXT ) x', /'\)' without '\('/],
    ['a TXT x\\', /nothing behind it/],
  ])('%j', (text, reason) => {
    expect(() => parseRrText(text)).toThrow(reason)
    expect(() => parseRrText(text)).toThrow(RangeError)
  })

  it('refuses a long row of digits at once', () => {
    expect(() => parseRrText(`a ${'1'.repeat(100_000)}! A 192.0.2.1`)).toThrow(RangeError)
  })
})
