import { describe, expect, it } from 'vitest'
import { Class } from '../dns/class.ts'
import { Type } from '../dns/type.ts'
import { Name } from '../wire/name.ts'
import {
  makeA,
  makeAaaa,
  makeCname,
  makeHinfo,
  makeMx,
  makeNs,
  makePtr,
  makeRr,
  makeSoa,
  makeSrv,
  makeTxt,
} from './make-rr.ts'
import { formatRr } from './rr-text.ts'

const owner = Name.parseText('a.example')
const target = Name.parseText('b.example')

describe('records made for answers', () => {
  it.each([
    [makeA(owner, 1, '192.0.2.1'), 'A\t192.0.2.1'],
    [makeA(owner, 1, Uint8Array.of(192, 0, 2, 1)), 'A\t192.0.2.1'],
    [makeAaaa(owner, 1, '::1'), 'AAAA\t::1'],
    [makeNs(owner, 1, target), 'NS\tb.example.'],
    [makeCname(owner, 1, target), 'CNAME\tb.example.'],
    [makePtr(owner, 1, target), 'PTR\tb.example.'],
    [makeMx(owner, 1, { preference: 5, exchange: target }), 'MX\t5 b.example.'],
    [makeSrv(owner, 1, { priority: 1, weight: 2, port: 3, target }), 'SRV\t1 2 3 b.example.'],
    [makeTxt(owner, 1, 'a b'), 'TXT\t"a b"'],
    [makeTxt(owner, 1, ''), 'TXT\t""'],
    [makeTxt(owner, 1, ['a', Uint8Array.of(255)]), 'TXT\t"a" "\\255"'],
    [makeTxt(owner, 1, 'x'.repeat(256)), `TXT\t"${'x'.repeat(255)}" "x"`],
    [makeHinfo(owner, 1, 'RFC8482', ''), 'HINFO\t"RFC8482" ""'],
    [makeRr(owner, Type.DNAME, 1, { target }), 'DNAME\tb.example.'],
    [
      makeSoa(owner, 1, {
        mname: target,
        rname: target,
        serial: 4294967295,
        refreshSeconds: 1,
        retrySeconds: 2,
        expireSeconds: 3,
        minimumSeconds: 4,
      }),
      'SOA\tb.example. b.example. 4294967295 1 2 3 4',
    ],
  ])('%#', (rr, text) => {
    expect(formatRr(rr)).toBe(`a.example.\t1\tIN\t${text}`)
  })

  it('takes another class as its last parameter', () => {
    expect(formatRr(makeTxt(owner, 0, 'x', Class.CH))).toBe('a.example.\t0\tCH\tTXT\t"x"')
    expect(formatRr(makeA(owner, 0, '192.0.2.1', Class.CH))).toContain('\tCH\tA')
  })

  it('refuses values that have no wire form', () => {
    expect(() => makeA(owner, 1, '::1')).toThrow(RangeError)
    expect(() => makeA(owner, 1, new Uint8Array(16))).toThrow(RangeError)
    expect(() => makeAaaa(owner, 1, '192.0.2.1')).toThrow(RangeError)
    expect(() => makeTxt(owner, 1, [])).toThrow(RangeError)
    expect(() => makeHinfo(owner, 1, 'x'.repeat(256), '')).toThrow(RangeError)
    expect(() => makeMx(owner, 1, { preference: 65536, exchange: target })).toThrow(RangeError)
    expect(() => makeMx(owner, 1, { preference: 0.5, exchange: target })).toThrow(RangeError)
    const strings = Array.from({ length: 257 }, () => 'x'.repeat(255))
    expect(() => makeTxt(owner, 1, strings)).toThrow(/65535/)
  })
})
