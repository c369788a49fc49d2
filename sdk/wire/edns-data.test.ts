import { describe, expect, it } from 'vitest'
import { arbitraryOctets } from '../record/arbitrary.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import {
  composeClientSubnet,
  composeCookie,
  composeExtendedError,
  composeKeepalive,
  composeNsid,
  composePadding,
  findEdnsOption,
  parseClientSubnet,
  parseCookie,
  parseExtendedError,
  parseKeepalive,
} from './edns-data.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

describe('client subnet (RFC 7871)', () => {
  it.each([
    ['00011800c00002', 'c0000200', 24, 0],
    ['00011910c0000280', 'c0000280', 25, 16],
    ['00010000', '00000000', 0, 0],
    ['00012000c0000201', 'c0000201', 32, 0],
    ['0002200020010db8', '20010db8000000000000000000000000', 32, 0],
    [`00028080${'ff'.repeat(16)}`, 'ff'.repeat(16), 128, 128],
    ['00000000', '', 0, 0],
  ])('%s', (data, address, source, scope) => {
    const subnet = parseClientSubnet(bytes(data))
    expect(subnet && { ...subnet, address: hex(subnet.address) }).toEqual({
      address,
      sourcePrefixLength: source,
      scopePrefixLength: scope,
    })
    expect(subnet && composeClientSubnet(subnet)).toEqual({ code: 8, data: bytes(data) })
    for (let size = 0; size < data.length / 2; size++) {
      expect(parseClientSubnet(bytes(data).subarray(0, size))).toBeUndefined()
    }
  })

  it.each([
    ['bits behind the prefix', '00011900c0000281'],
    ['an octet too many', '00011800c0000200'],
    ['a prefix longer than the address', '00012100c000020100'],
    ['a scope longer than the address', '00011821c00002'],
    ['an unknown family', '00031800c00002'],
    ['a prefix without a family', '00000800c0'],
  ])('%s is malformed', (_, data) => {
    expect(parseClientSubnet(bytes(data))).toBeUndefined()
  })

  it('leaves out the bits behind the prefix when composed', () => {
    const address = Uint8Array.of(192, 0, 2, 255)
    const option = composeClientSubnet({ address, sourcePrefixLength: 25, scopePrefixLength: 0 })
    expect(hex(option.data)).toBe('00011900c0000280')
    const subnet = { address: new Uint8Array(5), sourcePrefixLength: 0, scopePrefixLength: 0 }
    expect(() => composeClientSubnet(subnet)).toThrow(RangeError)
    expect(() =>
      composeClientSubnet({ address, sourcePrefixLength: 33, scopePrefixLength: 0 }),
    ).toThrow(RangeError)
  })
})

describe('cookies (RFC 7873)', () => {
  it('have 8 octets of the client and 0 or 8 to 32 of the server', () => {
    const legal = new Set([8, ...Array.from({ length: 25 }, (_, i) => 16 + i)])
    for (let size = 0; size < 50; size++) {
      const data = Uint8Array.from({ length: size }, (_, i) => i)
      const cookie = parseCookie(data)
      expect(cookie !== undefined).toBe(legal.has(size))
      if (cookie !== undefined) expect(composeCookie(cookie)).toEqual({ code: 10, data })
    }
    const client = new Uint8Array(8)
    expect(() => composeCookie({ client, server: new Uint8Array(7) })).toThrow(RangeError)
    expect(() => composeCookie({ client: new Uint8Array(16), server: client })).toThrow(RangeError)
  })
})

describe('TCP keepalive (RFC 7828)', () => {
  it('has no time or tenths of a second', () => {
    expect(parseKeepalive(bytes(''))).toEqual({ timeoutMs: undefined })
    expect(parseKeepalive(bytes('012c'))).toEqual({ timeoutMs: 30_000 })
    expect(parseKeepalive(bytes('01'))).toBeUndefined()
    expect(parseKeepalive(bytes('000001'))).toBeUndefined()
    expect(composeKeepalive({ timeoutMs: 30_099 })).toEqual({ code: 11, data: bytes('012c') })
    expect(composeKeepalive({ timeoutMs: undefined }).data.length).toBe(0)
    expect(() => composeKeepalive({ timeoutMs: 6_553_600 })).toThrow(RangeError)
    expect(() => composeKeepalive({ timeoutMs: -1 })).toThrow(RangeError)
  })
})

describe('extended DNS errors (RFC 8914)', () => {
  it.each([
    ['0016', { infoCode: 22 }],
    ['00166e6f', { infoCode: 22, text: 'no' }],
    ['00166e6f00', { infoCode: 22, text: 'no' }],
    ['ffffc3a9', { infoCode: 65535, text: 'é' }],
    ['0000ff', { infoCode: 0, text: '\ufffd' }],
  ])('%s', (data, error) => {
    expect(parseExtendedError(bytes(data))).toEqual(error)
  })

  it('come back as they were composed; one octet is none', () => {
    const error = { infoCode: 15, text: 'blocked' }
    expect(parseExtendedError(composeExtendedError(error).data)).toEqual(error)
    expect(parseExtendedError(bytes('00'))).toBeUndefined()
  })
})

it('NSID and padding are composed', () => {
  expect(composeNsid()).toEqual({ code: 3, data: new Uint8Array() })
  expect(composeNsid('ns1')).toEqual({ code: 3, data: bytes('6e7331') })
  expect(composePadding(3)).toEqual({ code: 12, data: bytes('000000') })
})

it('the first option of a code is found', () => {
  const options = [composePadding(1), composeNsid('a'), composeNsid('b')]
  expect(findEdnsOption(options, 3)).toEqual(bytes('61'))
  expect(findEdnsOption(options, 8)).toBeUndefined()
})

it('no octets at all make parsing throw', () => {
  const random = seededRandom(6)
  for (let i = 0; i < 1000; i++) {
    const data = arbitraryOctets(random, 0, 24)
    if (data.length > 1 && i % 2 === 0) data.set([0, 1 + random.below(2)])
    for (const parse of [parseClientSubnet, parseCookie, parseKeepalive, parseExtendedError]) {
      expect(() => parse(data)).not.toThrow()
    }
  }
})
