import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { reverseZones } from './reverse-zones.ts'
import { normaliseZone, zone, zones } from './zone.ts'

describe('reverseZones', () => {
  it.each([
    ['10.0.0.0/24', ['0.0.10.in-addr.arpa.']],
    ['10.1.2.3/24', ['2.1.10.in-addr.arpa.']],
    ['10.0.0.0/8', ['10.in-addr.arpa.']],
    ['10.0.0.7/32', ['7.0.0.10.in-addr.arpa.']],
    ['0.0.0.0/0', ['in-addr.arpa.']],
    ['10.0.0.0/23', ['0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.']],
    ['10.0.1.9/23', ['0.0.10.in-addr.arpa.', '1.0.10.in-addr.arpa.']],
    [
      '10.129.60.0/22',
      [
        '60.129.10.in-addr.arpa.',
        '61.129.10.in-addr.arpa.',
        '62.129.10.in-addr.arpa.',
        '63.129.10.in-addr.arpa.',
      ],
    ],
    ['fd00::/8', ['d.f.ip6.arpa.']],
    ['fd00::/7', ['c.f.ip6.arpa.', 'd.f.ip6.arpa.']],
    ['2001:db8::/32', ['8.b.d.0.1.0.0.2.ip6.arpa.']],
    ['2001:db8::/31', ['8.b.d.0.1.0.0.2.ip6.arpa.', '9.b.d.0.1.0.0.2.ip6.arpa.']],
    ['2001:DB8::A/128', [`a.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa.`]],
  ])('gives the zones of %s', (text, expected) => {
    expect(reverseZones(text)).toEqual(expected)
  })

  it.each([
    ['10.0.0.0/25', 128],
    ['10.0.0.128/25', 128],
    ['10.0.0.0/27', 32],
    ['10.0.0.0/1', 128],
    ['2000::/1', 8],
    ['2001:db8::/33', 8],
  ])('gives for %s %d zones, all different', (text, count) => {
    const found = reverseZones(text)!
    expect(found).toHaveLength(count)
    expect(new Set(found).size).toBe(count)
  })

  it('begins with the network of the prefix', () => {
    expect(reverseZones('10.0.0.200/25')?.[0]).toBe('128.0.0.10.in-addr.arpa.')
    expect(reverseZones('10.0.0.200/25')?.at(-1)).toBe('255.0.0.10.in-addr.arpa.')
  })

  it.each([
    'example.org',
    '10.0.0.0',
    '10.0.0.0/33',
    '10/8',
    '::/0',
    '::1/128',
    '0::/16',
    '064:ff9b::/96',
    '',
  ])('gives nothing for "%s"', (text) => {
    expect(reverseZones(text)).toBeUndefined()
  })
})

describe('normaliseZone', () => {
  const label63 = 'a'.repeat(63)

  it.each([
    ['.', '.'],
    ['Example.ORG', 'example.org.'],
    ['example.org.', 'example.org.'],
    ['_dns.a_b', '_dns.a_b.'],
    ['*.example.org', '*.example.org.'],
    ['a/b', 'a/b.'],
    ['a\\.b.c', 'a\\.b.c.'],
    ['\\065.org', 'a.org.'],
    ['b\u00fccher.de', 'b\\195\\188cher.de.'],
    [label63, `${label63}.`],
    [
      `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
      `${label63}.${label63}.${label63}.${'a'.repeat(61)}.`,
    ],
  ])('takes "%s"', (text, name) => {
    expect(normaliseZone(text)).toBe(name)
    expect(normaliseZone(name)).toBe(name)
  })

  it.each([
    '',
    '..',
    '.a',
    'a..b',
    'a..',
    'a\\',
    'a\\25',
    'a\\256',
    `${label63}a`,
    '@',
    `${label63}.${label63}.${label63}.${'a'.repeat(62)}`,
  ])('refuses "%s"', (text) => {
    expect(normaliseZone(text)).toBeUndefined()
  })
})

describe('zone', () => {
  it.each([
    ['Example.org', 'example.org.'],
    ['10.0.0.0/24', '0.0.10.in-addr.arpa.'],
    ['fd00::/8', 'd.f.ip6.arpa.'],
    ['dns://example.org:1053', 'example.org.'],
    ['example.org:53', 'example.org.'],
    ['0/25.2.0.192.in-addr.arpa', '0/25.2.0.192.in-addr.arpa.'],
  ])('takes "%s"', (text, name) => {
    expect(v.parse(zone, text)).toBe(name)
    expect(v.parse(zones.word, text)).toEqual([name])
  })

  it.each([
    ['a..b', 'expected a zone, got "a..b"'],
    [
      '10.0.0.0/23',
      'expected a zone, got "10.0.0.0/23": the network takes 2 zones, and only one may stand here',
    ],
    ['10.0.0.0/33', 'expected a zone, got "10.0.0.0/33"'],
    ['::/0', 'expected a zone, got "::/0"'],
  ])('refuses "%s"', (text, message) => {
    expect(v.safeParse(zone, text).issues?.[0].message).toBe(message)
  })
})
