import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { addressWithPort, formatAddressWithPort } from './address.ts'
import { cidr } from './cidr.ts'
import { formatIpAddress, parseIpAddress } from './ip-address.ts'

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('ipAddress', () => {
  it.each([
    ['0.0.0.0', '00000000'],
    ['255.1.20.3', 'ff011403'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['1::', `0001${'0'.repeat(28)}`],
    ['2001:DB8::1', `20010db8${'0'.repeat(23)}1`],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:192.0.2.1', '000100020003000400050006c0000201'],
  ])('takes %s', (text, bytes) => {
    expect(hex(parseIpAddress(text)?.bytes)).toBe(bytes)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1.2.3.',
    '1..2.3',
    '0x1.2.3.4',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    ':1',
    '1:',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    '[::1]',
    '1.2.3.4%eth0',
    '::1%',
    '%eth0',
  ])('refuses "%s"', (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  })

  it('keeps a zone id apart', () => {
    const address = parseIpAddress('fe80::1%eth0')!
    expect([address.text, address.zoneId]).toEqual(['fe80::1', 'eth0'])
    expect(formatIpAddress(address)).toBe('fe80::1%eth0')
  })
})

describe('cidr', () => {
  it.each([
    ['10.1.2.3/8', '0a000000', 8],
    ['10.1.2.255/25', '0a010280', 25],
    ['0.0.0.0/0', '00000000', 0],
    ['192.0.2.1', 'c0000201', 32],
    ['192.0.2.1/32', 'c0000201', 32],
    ['fdff::/7', `fc${'0'.repeat(30)}`, 7],
    ['::1', `${'0'.repeat(31)}1`, 128],
  ])('takes %s', (text, address, prefixLength) => {
    const network = v.parse(cidr, text)
    expect([hex(network.address), network.prefixLength]).toEqual([address, prefixLength])
  })

  it.each([
    '',
    '/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10/8',
    '10.0.0.0/8/8',
    'fe80::1%eth0/64',
    'fe80::1%eth0',
    'a.org',
  ])('refuses "%s"', (text) => {
    expect(v.is(cidr, text)).toBe(false)
  })

  it.each([
    ['10.0.0.0/9', '10.127.255.255', true],
    ['10.0.0.0/9', '10.128.0.0', false],
    ['10.0.0.0/9', '::ffff:10.1.2.3', true],
    ['10.0.0.0/9', '::10.1.2.3', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.0', false],
  ])('%s contains %s: %s', (network, address, isContained) => {
    expect(v.parse(cidr, network).contains(parseIpAddress(address)!.bytes)).toBe(isContained)
  })
})

describe('addressWithPort', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4', 53],
    ['1.2.3.4:5353', '1.2.3.4', 5353],
    ['[::1]:5353', '::1', 5353],
    ['[::1]', '::1', 53],
    ['::1', '::1', 53],
    ['fe80::1%eth0', 'fe80::1%eth0', 53],
    ['[fe80::1%eth0]:5353', 'fe80::1%eth0', 5353],
    [':9153', '', 9153],
    ['localhost:9153', 'localhost', 9153],
    ['dns.example.org.', 'dns.example.org.', 53],
    ['_a-b.c1:0', '_a-b.c1', 0],
  ])('takes %s', (text, host, port) => {
    const address = v.parse(addressWithPort(53), text)
    expect(address).toEqual({ host, port })
    expect(v.parse(addressWithPort(), formatAddressWithPort(address))).toEqual(address)
  })

  it.each([
    '',
    ':',
    'a:',
    'a:x',
    'a:65536',
    'a:-1',
    '[a]:53',
    '[::1',
    '::1]:53',
    '[::1]53',
    '1.2.3:53',
    '256.1.1.1',
    '1.2.3.4.5',
    '-a',
    'a-',
    'a..b',
    '.',
    'a b',
    '[]:53',
    'http://a',
    'a/b',
  ])('refuses "%s"', (text) => {
    expect(v.is(addressWithPort(53), text)).toBe(false)
  })

  it('asks for the port if there is no default', () => {
    expect(v.safeParse(addressWithPort(), 'localhost').issues?.[0].message).toBe(
      'expected an address with a port, got "localhost": the port is missing',
    )
    expect(v.is(addressWithPort(), '::1')).toBe(false)
  })
})
