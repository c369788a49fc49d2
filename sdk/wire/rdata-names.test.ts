import { describe, expect, it } from 'vitest'
import { formatType, Type } from '../dns/type.ts'
import { ARBITRARY_TYPES, arbitraryOctets, arbitraryRr } from '../record/arbitrary.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { parseRdataOctets, rdataNames } from './rdata-names.ts'

// 0: org. 5: a name of two labels that ends in a pointer, 4 octets.
const message = (...rdata: number[]): Uint8Array =>
  Uint8Array.from([3, 0x6f, 0x72, 0x67, 0, ...rdata])
const POINTED = [1, 0x61, 0xc0, 0]
const WHOLE = [1, 0x61, 3, 0x6f, 0x72, 0x67, 0]
const zeros = (size: number): number[] => new Array<number>(size).fill(0)

describe('names in RDATA', () => {
  it.each([
    ['NS', POINTED, WHOLE],
    ['CNAME', POINTED, WHOLE],
    ['PTR', POINTED, WHOLE],
    ['DNAME', POINTED, WHOLE],
    ['MX', [0, 5, ...POINTED], [0, 5, ...WHOLE]],
    ['AFSDB', [0, 5, ...POINTED], [0, 5, ...WHOLE]],
    ['RP', [...POINTED, 0xc0, 0], [...WHOLE, 3, 0x6f, 0x72, 0x67, 0]],
    ['SRV', [...zeros(6), ...POINTED], [...zeros(6), ...WHOLE]],
    ['SOA', [...POINTED, ...POINTED, ...zeros(20)], [...WHOLE, ...WHOLE, ...zeros(20)]],
    [
      'NAPTR',
      [0, 1, 0, 2, 1, 65, 0, 2, 66, 67, ...POINTED],
      [0, 1, 0, 2, 1, 65, 0, 2, 66, 67, ...WHOLE],
    ],
    // No name in these may be compressed: octets that look like a pointer stay.
    ['TXT', [1, 0xc0], [1, 0xc0]],
    ['SVCB', [0, 1, ...POINTED], [0, 1, ...POINTED]],
    ['TYPE65280', POINTED, POINTED],
    ['A', [], []],
  ])('of %s are uncompressed', (type, rdata, expected) => {
    const code = type === 'TYPE65280' ? 65280 : Type[type as keyof typeof Type]
    const octets = parseRdataOctets(message(...rdata), code, 5, rdata.length)
    expect([...(octets ?? [-1])]).toEqual(expected)
  })

  it.each([
    ['nothing at all', 'NS', []],
    ['a name that is cut short', 'NS', [1, 0x61]],
    ['an octet too many', 'NS', [...POINTED, 0]],
    ['a pointer forwards', 'NS', [0xc0, 20]],
    ['a prefix without a name', 'MX', [0, 5]],
    ['half a prefix', 'SRV', [0, 0, 0]],
    ['one name instead of two', 'SOA', [...POINTED, ...zeros(20)].slice(0, 20)],
    ['numbers cut short', 'SOA', [...POINTED, ...POINTED, ...zeros(19)]],
    ['a number too many', 'SOA', [...POINTED, ...POINTED, ...zeros(21)]],
    ['a string past the end', 'NAPTR', [0, 1, 0, 2, 200, 65]],
  ])('%s is malformed', (_, type, rdata) => {
    const code = Type[type as keyof typeof Type]
    expect(parseRdataOctets(message(...rdata), code, 5, rdata.length)).toBeUndefined()
  })

  it('are not looked for past the RDATA', () => {
    const octets = message(...POINTED)
    for (let size = 0; size < POINTED.length; size++) {
      expect(parseRdataOctets(octets, Type.NS, 5, size)).toBeUndefined()
    }
  })

  it('are compressed by types of RFC 1035 only (RFC 3597 section 4)', () => {
    const compressed = Object.entries(Type).filter(([, code]) => rdataNames(code)?.mayCompress)
    expect(compressed.map(([name]) => name).sort()).toEqual([
      ...['CNAME', 'MB', 'MD', 'MF', 'MG', 'MINFO', 'MR', 'MX', 'NS', 'PTR', 'SOA'],
    ])
  })

  it.each(ARBITRARY_TYPES.map((type) => [formatType(type), type] as const))(
    'of %s without pointers are copied as they are',
    (_, type) => {
      const random = seededRandom(type)
      for (let i = 0; i < 50; i++) {
        const { rdata } = arbitraryRr(random, type)
        expect([...(parseRdataOctets(rdata, type, 0, rdata.length) ?? [-1])]).toEqual([...rdata])
      }
      for (let i = 0; i < 200; i++) {
        const octets = arbitraryOctets(random, 0, 60)
        expect(() => parseRdataOctets(octets, type, 0, octets.length)).not.toThrow()
      }
    },
  )
})
