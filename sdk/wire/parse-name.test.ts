import { describe, expect, it } from 'vitest'
import { arbitraryName, arbitraryOctets } from '../record/arbitrary.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { MAX_NAME_SIZE, Name } from './name.ts'
import { copyName, parseName, skipName } from './parse-name.ts'

const bytes = (...parts: (number | string)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'number' ? [part] : [part.length, ...Buffer.from(part, 'latin1')],
    ),
  )
const text = (message: Uint8Array, at: number, end?: number): string | undefined =>
  parseName(message, at, end)?.toString()

describe('a name in a message', () => {
  it('is read with its pointers undone', () => {
    // 0: org. 5: example.org (pointer at 13). 15: www + pointer. 21: pointer to a pointer.
    const message = bytes('org', 0, 'example', 0xc0, 0, 'www', 0xc0, 5, 0xc0, 19)
    expect(text(message, 0)).toBe('org.')
    expect(text(message, 5)).toBe('example.org.')
    expect(text(message, 15)).toBe('www.example.org.')
    expect(text(message, 21)).toBe('example.org.')
    expect([0, 5, 15, 21].map((at) => skipName(message, at))).toEqual([5, 15, 21, 23])
  })

  it('keeps case and any octets', () => {
    expect(text(bytes('A.\x00\xff', 0), 0)).toBe('A\\.\\000\\255.')
  })

  it.each([
    ['a pointer to itself', bytes(0xc0, 0), 0],
    ['a pointer to the labels before it', bytes('a', 0xc0, 0), 0],
    ['a pointer forwards', bytes(0xc0, 2, 0), 0],
    ['two pointers at each other', bytes(0xc0, 2, 0xc0, 0), 2],
    ['a pointer whose target runs into it', bytes(0, 0, 4, 0, 0xc0, 2, 0, 0), 4],
    ['a pointer past the end', bytes(0, 0xff, 0xff), 1],
    ['half a pointer', bytes(0, 0xc0), 1],
    ['a label of kind 01', bytes(0x40, 0), 0],
    ['a label of kind 10', bytes(0x80, 0), 0],
    ['an offset at the end', bytes(0), 1],
    ['no octets', bytes(), 0],
  ])('%s is malformed', (_, message, at) => {
    expect(text(message, at)).toBeUndefined()
  })

  it('has at most 255 octets, whatever the pointers', () => {
    const label = 'x'.repeat(63)
    // 0: 255 octets in all. 255: one label and a pointer past its first one, or to it.
    const whole = bytes(label, label, label, 'x'.repeat(61), 0)
    expect(whole.length).toBe(MAX_NAME_SIZE)
    expect(parseName(whole, 0)?.wire.length).toBe(MAX_NAME_SIZE)
    const twice = (at: number, prefix: string): Uint8Array =>
      Uint8Array.from([...whole, ...bytes(prefix, 0xc0, at)])
    expect(parseName(twice(64, label), 255)?.wire.length).toBe(MAX_NAME_SIZE)
    expect(parseName(twice(0, 'x'), 255)).toBeUndefined()
    const tooLong = bytes(label, label, label, 'x'.repeat(62), 0)
    expect(parseName(tooLong, 0)).toBeUndefined()
    expect(skipName(tooLong, 0)).toBe(-1)
    expect(skipName(whole, 0)).toBe(255)
  })

  it('ends within a chain of pointers as long as they go backwards', () => {
    const message = new Uint8Array(0x2002)
    for (let at = 1; at + 1 < message.length; at += 2) {
      const target = at === 1 ? 0 : at - 2
      message[at] = 0xc0 | (target >> 8)
      message[at + 1] = target & 0xff
    }
    expect(text(message, 0x1fff)).toBe('.')
  })

  it('is not read past `end`', () => {
    const message = bytes('abc', 0, 'd', 0xc0, 0)
    for (let end = 0; end < 5; end++) {
      expect(text(message, 0, end)).toBeUndefined()
      expect(skipName(message, 0, end)).toBe(-1)
    }
    for (let end = 5; end < 9; end++) expect(text(message, 5, end)).toBeUndefined()
    expect(text(message, 0, 5)).toBe('abc.')
    expect(text(message, 5, 9)).toBe('d.abc.')
  })

  it('cut short at any octet is none', () => {
    const random = seededRandom(4)
    for (let i = 0; i < 100; i++) {
      const { wire } = arbitraryName(random)
      for (let size = 0; size < wire.length; size++) {
        expect(parseName(wire.subarray(0, size), 0)).toBeUndefined()
        expect(skipName(wire.subarray(0, size), 0)).toBe(-1)
      }
    }
  })

  it('of any octets at all is either valid or none', () => {
    const random = seededRandom(5)
    let valid = 0
    for (let i = 0; i < 5000; i++) {
      const message = arbitraryOctets(random, 1, 30)
      // Low octets and pointers to the start, so that some are valid.
      for (let at = 0; at < message.length; at++) {
        message[at] = ((message[at] as number) % 9) | (random.below(9) === 0 ? 0xc0 : 0)
      }
      const at = random.below(message.length)
      const name = parseName(message, at)
      if (name === undefined) continue
      valid++
      expect(name.wire.length).toBeLessThanOrEqual(MAX_NAME_SIZE)
      expect(parseName(name.wire, 0)?.wire).toEqual(name.wire)
      expect(new Name(name.wire).toString()).toMatch(/\.$/)
      expect(skipName(message, at)).toBeGreaterThan(at)
    }
    expect(valid).toBeGreaterThan(200)
  })

  it('is copied to an offset', () => {
    const target = new Uint8Array(300)
    expect(copyName(bytes('org', 0, 'a', 0xc0, 0), 5, target, 10)).toBe(7)
    expect([...target.subarray(9, 18)]).toEqual([0, ...bytes('a', 'org', 0), 0])
  })
})
