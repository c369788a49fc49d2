import { describe, expect, it } from 'vitest'
import { formatType, Type } from '../dns/type.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { Name } from '../wire/name.ts'
import { ARBITRARY_TYPES, arbitraryOctets, arbitraryRr } from './arbitrary.ts'
import { composeRdata, formatRdata, parseRdata, parseRdataText, rdataCodec } from './rdata.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

describe.each(ARBITRARY_TYPES.map((type) => [formatType(type), type] as const))('%s', (_, type) => {
  const random = seededRandom(type)
  const samples = Array.from({ length: 60 }, () => arbitraryRr(random, type).rdata)

  it('has the same octets after parsing and composing', () => {
    for (const rdata of samples) {
      const data = parseRdata(type, rdata)
      expect(data, hex(rdata)).toBeDefined()
      expect(hex(composeRdata(type, data as never))).toBe(hex(rdata))
    }
  })

  it('has the same octets after formatting and reading the text', () => {
    for (const rdata of samples) {
      const text = formatRdata(type, rdata)
      expect(text).toMatch(/^[\x20-\x7e]*$/)
      expect(text).not.toMatch(/^\\#/)
      expect(hex(parseRdataText(type, text)), text).toBe(hex(rdata))
    }
  })

  it('is read from the generic form of its octets too', () => {
    for (const rdata of samples.slice(0, 5)) {
      expect(hex(parseRdataText(type, `\\# ${rdata.length} ${hex(rdata)}`))).toBe(hex(rdata))
    }
  })

  it('cut short at any octet is no data, or other data, and never an exception', () => {
    for (const rdata of samples.slice(0, 10)) {
      for (let size = 0; size < rdata.length; size++) {
        const cut = rdata.subarray(0, size)
        const data = parseRdata(type, cut)
        if (data !== undefined) expect(hex(composeRdata(type, data as never))).toBe(hex(cut))
        expect(formatRdata(type, cut)).toMatch(/^[\x20-\x7e]*$/)
      }
    }
  })

  it('survives any octets and formats them so that they come back', () => {
    for (let i = 0; i < 300; i++) {
      // Half of them start as something valid.
      const rdata =
        i % 2 === 0
          ? arbitraryOctets(random, 0, 40)
          : (samples[i % samples.length] as Uint8Array).slice()
      if (i % 2 === 1 && rdata.length > 0) rdata[random.below(rdata.length)] = random.below(256)
      const data = parseRdata(type, rdata)
      const text = formatRdata(type, rdata)
      if (data === undefined) expect(text).toMatch(/^\\# \d+( [0-9a-f]+)?$/)
      else expect(hex(parseRdataText(type, text)), text).toBe(hex(rdata))
    }
  })

  it('text cut short at any token is refused with a RangeError or is other data', () => {
    for (const rdata of samples.slice(0, 10)) {
      const words = formatRdata(type, rdata).split(' ')
      for (let count = 0; count < words.length; count++) {
        try {
          parseRdataText(type, words.slice(0, count).join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }
      expect(() => parseRdataText(type, '')).toThrow(RangeError)
    }
  })
})

describe('presentation forms', () => {
  // Type, text in, octets, text out where it differs.
  const table: [keyof typeof Type, string, string, string?][] = [
    ['A', '192.0.2.1', 'c0000201'],
    ['AAAA', '2001:DB8:0:0::1', '20010db8000000000000000000000001', '2001:db8::1'],
    ['NS', 'ns1', '036e733107657861' + '6d706c65036f726700', 'ns1.example.org.'],
    ['CNAME', 'a\\.b.', '03612e6200'],
    [
      'SOA',
      '. @ 1 2h 3m 1w 0',
      '0007657861' + '6d706c65036f726700000000010000' + '1c20000000b400093a8000000000',
      '. example.org. 1 7200 180 604800 0',
    ],
    ['MX', '0 .', '000000'],
    ['TXT', 'a "b c" "" \\097\\"', '016103622063' + '00026122', '"a" "b c" "" "a\\""'],
    ['TXT', '"\\000\\255é"', '0400ffc3a9', '"\\000\\255\\195\\169"'],
    ['HINFO', 'RFC8482 ""', '075246433834383200', '"RFC8482" ""'],
    ['SRV', '1 2 65535 a.', '00010002ffff016100'],
    ['CAA', '128 issue "ca.example; a=b"', '80056973737565' + '63612e6578616d706c653b20613d62'],
    ['URI', '10 1 "http://a/"', '000a0001687474703a2f2f612f'],
    [
      'NAPTR',
      '1 2 "U" "E2U+sip" "!^.*$!sip:a!" .',
      '000100020155074532552b7369700c215e2e2a24217369703a612100',
    ],
    ['DS', '1 8 2 ab CD', '00010802abcd', '1 8 2 ABCD'],
    ['DS', '0 0 0 00', '0000000000'],
    ['DNSKEY', '257 3 ED25519 AQ ==', '0101030f01', '257 3 15 AQ=='],
    [
      'RRSIG',
      'A 8 2 60 20300101000000 1893456000 5 a. AQ==',
      '00010802' + '0000003c' + '70dbd88070dbd880' + '0005016100' + '01',
      'A 8 2 60 20300101000000 20300101000000 5 a. AQ==',
    ],
    ['NSEC', '\\000. A TYPE65280 MX', '010000' + '00024001' + 'ff0180', '\\000. A MX TYPE65280'],
    ['NSEC3PARAM', '1 0 10 AB', '0100000a01ab'],
    ['TLSA', '3 1 1 0a', '0301010a', '3 1 1 0A'],
    ['SSHFP', '4 2 0a', '04020a', '4 2 0A'],
    ['HTTPS', '0 a.', '0000016100'],
    [
      'SVCB',
      '1 . alpn=h2,h3 port=8443 no-default-alpn',
      '000100' + '00010006026832026833' + '00020000' + '0003000220fb',
      '1 . alpn="h2,h3" no-default-alpn port=8443',
    ],
    [
      'SVCB',
      '1 . mandatory=ipv4hint,alpn alpn="a\\\\,b" ipv4hint=192.0.2.1',
      '000100' + '0000000400010004' + '0001000403612c62' + '00040004c0000201',
      '1 . mandatory=alpn,ipv4hint alpn="a\\\\,b" ipv4hint=192.0.2.1',
    ],
    [
      'SVCB',
      '16 . key65333=ex1 ech="AQ=="',
      '001000' + '0005000101' + 'ff35000365783' + '1',
      '16 . ech=AQ== key65333="ex1"',
    ],
    ['SPF', '"v=spf1 -all"', '0b763d73706631202d616c6c'],
    ['NULL', '\\# 2 AB cd', 'abcd', '\\# 2 abcd'],
    ['NULL', '\\# 0', ''],
  ]
  const origin = Name.parseText('example.org')
  it.each(table)('%s %s', (type, text, octets, normal = text) => {
    const rdata = parseRdataText(Type[type], text, origin)
    expect(hex(rdata)).toBe(octets)
    expect(formatRdata(Type[type], rdata)).toBe(normal)
  })

  it('NSEC3 and LOC come back as they were written', () => {
    const nsec3 = '1 1 12 AABBCCDD 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG'
    expect(formatRdata(Type.NSEC3, parseRdataText(Type.NSEC3, nsec3))).toBe(nsec3)
    const loc = parseRdataText(Type.LOC, '42 21 54 N 71 06 18 W -24m 30m')
    // The octets are those of RFC 1876's example as BIND writes them.
    expect(hex(loc)).toBe('003316138917' + '2dd0' + '70be15f0' + '00988d20')
    expect(formatRdata(Type.LOC, loc)).toBe('42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m')
  })
})

describe('text that is refused', () => {
  const table: [keyof typeof Type, string, RegExp][] = [
    ['A', '192.0.2.256', /A address: expected an IPv4 address, got '192\.0\.2\.256'/],
    ['A', '192.0.2.1 x', /expected the end of the record, got 'x'/],
    ['AAAA', '192.0.2.1', /expected an IPv6 address/],
    ['MX', '65536 a', /MX preference: expected a whole number from 0 to 65535/],
    ['MX', '-1 a', /preference/],
    ['MX', '1', /exchange: expected a domain name, but the text ends/],
    ['CNAME', 'a..b', /target: expected a domain name/],
    ['TXT', '\\300', /escapes/],
    ['TXT', '"a', /never closed/],
    ['CAA', '0 a-b x', /tag/],
    ['DS', '1 8 2 abc', /hex digits/],
    ['DNSKEY', '1 3 8 A', /Base64/],
    ['DNSKEY', '1 3 NOPE AA==', /algorithm/],
    ['RRSIG', 'A 8 2 60 20300231000000 0 5 a. AQ==', /expiration: expected a time/],
    ['NSEC', 'a. NOPE', /types: expected a type, got 'NOPE'/],
    ['NSEC3PARAM', '1 0 0 xyz', /salt/],
    ['LOC', '91 N 0 E 0', /latitude/],
    ['LOC', '1 60 N 0 E 0', /latitude/],
    ['LOC', '1 N 0 E', /altitude/],
    ['SVCB', '1 . port=x', /port: expected a port, got 'x'/],
    ['SVCB', '1 . alpn', /alpn/],
    ['SVCB', '1 . alpn=h2 alpn=h3', /twice/],
    ['SVCB', '1 . mandatory=port', /mandatory/],
    ['SVCB', '1 . nope=1', /parameter/],
    ['SVCB', '1 . key65536=1', /parameter/],
    ['SVCB', '1 . ipv4hint=::1', /addresses/],
    ['A', '\\# 3 c00002', /valid for its type/],
    ['A', '\\# 4 c00002', /8 hex digits/],
    ['NULL', 'abc', /\\#/],
  ]
  it.each(table)('%s %s', (type, text, reason) => {
    expect(() => parseRdataText(Type[type], text)).toThrow(reason)
    expect(() => parseRdataText(Type[type], text)).toThrow(RangeError)
  })
})

describe('octets that are malformed', () => {
  it.each([
    ['a name that is a pointer', Type.NS, 'c00c'],
    ['a label of 64 octets', Type.NS, `40${'61'.repeat(64)}00`],
    ['a name past 255 octets', Type.NS, `${'3f'.padEnd(128, '61').repeat(4)}00`],
    ['TXT without a string', Type.TXT, ''],
    ['a CAA tag with a space', Type.CAA, '000261' + '20' + '61'],
    ['an empty type window', Type.NSEC, '000000'],
    ['windows out of order', Type.NSEC, '00' + '010180' + '000140'],
    ['a window that ends in zeros', Type.NSEC, '00' + '00024000'],
    ['SvcParams out of order', Type.SVCB, '000100' + '0003000201bb' + '000100030268' + '32'],
    ['a port of three octets', Type.SVCB, '000100' + '0003000301bb00'],
    ['a LOC of another version', Type.LOC, `01${'00'.repeat(15)}`],
    ['no digest', Type.DS, '00010802'],
  ])('%s', (_, type, octets) => {
    expect(rdataCodec(type)?.parse(bytes(octets))).toBeUndefined()
    expect(formatRdata(type, bytes(octets))).toMatch(/^\\# /)
  })
})

it('has no codec for unknown types, however they are called', () => {
  expect(rdataCodec(10)).toBeUndefined()
  expect(rdataCodec(65280)).toBeUndefined()
})
