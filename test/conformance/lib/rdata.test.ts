import { describe, expect, it } from 'vitest'
import { composeRdata, formatRdata } from './rdata.ts'

describe('RDATA', () => {
  it.each([
    ['A', 'c0000201', '192.0.2.1'],
    ['AAAA', '20010db8000000000000000000000001', '2001:db8::1'],
    ['AAAA', '0064ff9b00000000000000000a010203', '64:ff9b::a01:203'],
    ['MX', '000a016d00', '10 m.'],
    ['TXT', '03612262025cff00', '"a\\"b" "\\\\\\255" ""'],
    ['CAA', '0005697373756563612e74657374', '0 issue "ca.test"'],
    ['SRV', '000100020035016100', '1 2 53 a.'],
    ['DS', '30390d02abcd', '12345 13 2 ABCD'],
    ['NSEC', '0161000006400000000003', 'a. A RRSIG NSEC'],
    ['NSEC3PARAM', '0100000a02beef', '1 0 10 BEEF'],
    ['NSEC3PARAM', '0100000a00', '1 0 10 -'],
    ['NSEC3', '0100000a0005ffffffffff000140', '1 0 10 - VVVVVVVV A'],
    [
      'HTTPS',
      '000100000100060268320268330003000220fb00040004c0000205',
      '1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.5',
    ],
    ['SVCB', '00000377656200', '0 web.'],
    ['SVCB', '000100000000020001fe00000161', '1 . mandatory=alpn key65024="a"'],
    ['LOC', '00ff', '\\# 2 00ff'],
    ['TYPE65280', '', '\\# 0'],
  ])('of %s is written as in the recordings', (type, hex, text) => {
    const rdata = Buffer.from(hex, 'hex')
    expect(formatRdata(type, rdata, 0, rdata.length)).toBe(text)
  })

  it.each([
    ['A', '192.0.2'],
    ['AAAA', '192.0.2.1'],
    ['MX', '10'],
    ['MX', 'ten mail.'],
    ['SRV', '1 2 3 a. b.'],
    ['LOC', '52 22 23.000 N'],
  ])('of %s is not composed from "%s"', (type, text) => {
    expect(() => composeRdata(type, text.split(' '))).toThrow()
  })
})
