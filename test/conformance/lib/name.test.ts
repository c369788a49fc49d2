import { describe, expect, it } from 'vitest'
import { composeName, parseName } from './name.ts'

describe('names', () => {
  it.each([
    ['.', '00'],
    ['a.test.', '0161047465737400'],
    ['\\000\\255.', '0200ff00'],
    ['a\\.b\\\\.', '04612e625c00'],
    ['\\@\\$\\"\\;\\(\\).', '064024223b282900'],
    ['\\032.', '012000'],
    ['\\195\\188.', '02c3bc00'],
  ])('have one form in text and on the wire: %s', (text, hex) => {
    expect(composeName(text).toString('hex')).toBe(hex)
    expect(parseName(Buffer.from(hex, 'hex'), 0)).toEqual({ text, end: hex.length / 2 })
  })

  it('may lack the final dot and hold unescaped UTF-8 in text', () => {
    expect(composeName('ü.test')).toEqual(composeName('\\195\\188.test.'))
  })

  it('end after the first pointer', () => {
    const message = Buffer.from('0161000162c000ff', 'hex')
    expect(parseName(message, 3)).toEqual({ text: 'b.a.', end: 7 })
  })

  it('have at most 255 octets', () => {
    const label = `3f${'61'.repeat(63)}`
    const longest = Buffer.from(`${label.repeat(3)}3d${'61'.repeat(61)}00`, 'hex')
    const tooLong = Buffer.from(`${label.repeat(3)}3e${'61'.repeat(62)}00`, 'hex')
    expect(parseName(longest, 0).end).toBe(255)
    expect(() => parseName(tooLong, 0)).toThrow('255')
  })
})
