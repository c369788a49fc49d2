import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { formatIp, parseIp, parseIpv4, parseIpv6 } from './ip-address.ts'

describe('IP addresses', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::00A1', '2001:db8::a1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['0:0:0:0:0:0:0:0', '::'],
  ])('%s is written %s', (text, normal) => {
    const octets = parseIp(text)
    expect(octets).toBeDefined()
    expect(formatIp(octets as Uint8Array)).toBe(normal)
  })

  it.each([
    ...['', '1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', '1.2.3.-4', '1..2.3'],
    ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '12345::'],
    ...[
      '::g',
      '::1%eth0',
      '[::1]',
      '::1/64',
      '1.2.3.4::',
      '::1.2.3',
      '1.2.3.4:5',
      ':1:2:3:4:5:6:7:8',
    ],
    ...['1:2:3:4:5:6:7:1.2.3.4', '0x1.2.3.4', '::1.2.3.4:5'],
  ])('%j is none', (text) => {
    expect(parseIp(text)).toBeUndefined()
  })

  it('does not take one family for the other', () => {
    expect(parseIpv4('::1')).toBeUndefined()
    expect(parseIpv6('192.0.2.1')).toBeUndefined()
  })

  it('comes back from its text', () => {
    const random = seededRandom(3)
    for (let i = 0; i < 500; i++) {
      const octets = Uint8Array.from({ length: 16 }, () => random.below(3) && random.below(256))
      for (let at = random.below(8) * 2; at < 16 && random.below(4) > 0; at++) octets[at] = 0
      expect([...(parseIp(formatIp(octets)) ?? [])]).toEqual([...octets])
    }
  })
})
