import { seededRandom } from '@fingerpost/sdk/testing'
import { describe, expect, it } from 'vitest'
import { MAX_PROXY_HEADER, readProxyHeader } from './proxy-header.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
const v2 = (command: number, family: number, rest: readonly number[], length = rest.length) =>
  Uint8Array.from([...SIGNATURE, command, family, length >> 8, length & 255, ...rest])
const FOUR = [192, 0, 2, 1, 198, 51, 100, 1, 0x30, 0x39, 0, 53]
const SIX = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1, ...Array(16).fill(0), 0x30, 0x39, 0, 53]

describe('a PROXY header', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 198.51.100.1 12345 53\r\n', '192.0.2.1', 12345],
    ['PROXY TCP6 2001:db8::1 2001:db8::2 1 53\r\n', '2001:db8::1', 1],
  ])('of version 1: %j', (text, address, port) => {
    const bytes = ascii(`${text}rest`)
    expect(readProxyHeader(bytes)).toEqual({ length: text.length, client: { address, port } })
  })

  it('of version 1 may not know the client', () => {
    for (const text of ['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ::1 ::1 1 2\r\n']) {
      expect(readProxyHeader(ascii(text))).toEqual({ length: text.length, client: undefined })
    }
  })

  it.each([
    'PROXY TCP4 192.0.2.1 198.51.100.1 12345\r\n',
    'PROXY TCP4 2001:db8::1 198.51.100.1 12345 53\r\n',
    'PROXY TCP6 192.0.2.1 ::1 12345 53\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 65536 53\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 1 53\n',
    'PROXY UDP4 192.0.2.1 198.51.100.1 1 53\r\n',
    'PROXY  \r\n',
    `PROXY UNKNOWN ${'x'.repeat(120)}\r\n`,
  ])('of version 1 is malformed as %j', (text) => {
    expect(readProxyHeader(ascii(text))).toBe('malformed')
  })

  it('of version 2, for connections and datagrams, of both families', () => {
    const four = { length: 28, client: { address: '192.0.2.1', port: 12345 } }
    const six = { length: 52, client: { address: '2001:db8::1', port: 12345 } }
    for (const transport of [1, 2]) {
      expect(readProxyHeader(v2(0x21, 0x10 | transport, FOUR))).toEqual(four)
      expect(readProxyHeader(v2(0x21, 0x20 | transport, SIX))).toEqual(six)
    }
  })

  it('of version 2 may have further values, and be of the balancer itself', () => {
    const withTlv = v2(0x21, 0x11, [...FOUR, 4, 0, 1, 0])
    expect(readProxyHeader(withTlv)).toMatchObject({ length: 32, client: { port: 12345 } })
    expect(readProxyHeader(v2(0x20, 0x11, FOUR))).toEqual({ length: 28, client: undefined })
    expect(readProxyHeader(v2(0x20, 0, []))).toEqual({ length: 16, client: undefined })
    expect(readProxyHeader(v2(0x21, 0x31, Array(216).fill(0)))).toMatchObject({ length: 232 })
  })

  it.each([
    ['another version', v2(0x11, 0x11, FOUR)],
    ['another command', v2(0x22, 0x11, FOUR)],
    ['too short for its addresses', v2(0x21, 0x11, FOUR.slice(0, 11))],
    ['too long', v2(0x21, 0x11, FOUR, MAX_PROXY_HEADER)],
  ])('of version 2 is malformed with %s', (_, bytes) => {
    expect(readProxyHeader(bytes)).toBe('malformed')
  })

  it('may come in pieces', () => {
    for (const whole of [ascii('PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n'), v2(0x21, 0x21, SIX)]) {
      for (let length = 0; length < whole.length; length++) {
        expect(readProxyHeader(whole.subarray(0, length))).toBe('partial')
      }
    }
  })

  it('is not what DNS sends', () => {
    const overTcp = Uint8Array.of(0, 29, 0x50, 0x52, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    for (const bytes of [overTcp, overTcp.subarray(2), ascii('GET / HTTP/1.1\r\n')]) {
      expect(readProxyHeader(bytes)).toBe('none')
    }
  })

  it('never throws, whatever comes', () => {
    const random = seededRandom(7)
    const starts = [ascii('PROXY TCP4 '), Uint8Array.from(SIGNATURE), new Uint8Array()]
    for (let round = 0; round < 5000; round++) {
      const rest = Uint8Array.from({ length: random.below(120) }, () => random.below(256))
      const bytes = Uint8Array.from([...(starts[round % 3] as Uint8Array), ...rest])
      const header = readProxyHeader(bytes)
      if (typeof header === 'object') expect(header.length).toBeLessThanOrEqual(bytes.length)
    }
  })
})
