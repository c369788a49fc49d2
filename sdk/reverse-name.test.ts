import { Name } from '@fingerpost/sdk'
import { describe, expect, it } from 'vitest'
import { isReverse, reversedAddress } from './reverse-name.ts'

describe('names of reverse zones', () => {
  it.each([
    ['4.3.2.1.in-addr.arpa', '1.2.3.4'],
    ['4.3.2.1.IN-ADDR.ARPA', '1.2.3.4'],
    ['3.2.1.in-addr.arpa', undefined],
    ['5.4.3.2.1.in-addr.arpa', undefined],
    ['04.3.2.1.in-addr.arpa', undefined],
    ['256.3.2.1.in-addr.arpa', undefined],
    [`1.${'0.'.repeat(27)}0.0.d.F.ip6.arpa`, 'fd00::1'],
    [`1.${'0.'.repeat(26)}0.0.d.f.ip6.arpa`, undefined],
    ['www.example.org', undefined],
  ])('%s is %s', (text, expected) => {
    expect(reversedAddress(Name.parseText(text))).toBe(expected)
  })

  it('tells reverse names from others', () => {
    const names = ['in-addr.arpa', 'x.ip6.arpa', 'arpa', 'xin-addr.arpa']
    expect(names.map((name) => isReverse(Name.parseText(name)))).toEqual([true, true, false, false])
  })
})
