import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Word } from '../schema.ts'
import { float, integer, sizeBytes } from './number.ts'

function read(word: Word, text: string): unknown {
  const { output, success } = v.safeParse(word, text)
  return success ? output : undefined
}

describe('integer', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['+5', 5],
    ['-5', -5],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', undefined],
    ['', undefined],
    ['-', undefined],
    ['1.0', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    [' 1', undefined],
    ['\u0661', undefined],
  ])('takes "%s" for %s', (text, value) => {
    expect(read(integer(), text)).toBe(value)
  })

  it.each([
    [integer(1, 65535), '1', '65535', '0', '65536', 'a whole number from 1 to 65535'],
    [integer(2), '2', '999999', '1', '-2', 'a whole number of at least 2'],
    [integer(undefined, 2), '-9', '2', '3', '4', 'a whole number of at most 2'],
  ])('keeps within its bounds (%#)', (word, low, high, below, above, expects) => {
    expect(read(word, low)).toBe(Number(low))
    expect(read(word, high)).toBe(Number(high))
    expect(v.safeParse(word, below).issues?.[0].message).toBe(`expected ${expects}, got "${below}"`)
    expect(read(word, above)).toBeUndefined()
  })

  it.each([integer(), integer(40), integer(7, 9), integer(undefined, -3), integer(0, 1)])(
    'gives an example that it takes (%#)',
    (word) => {
      const { example } = v.getMetadata(word) as { example: string }
      expect(v.is(word, example)).toBe(true)
    },
  )
})

describe('float', () => {
  it.each([
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['-1e3', -1000],
    ['+2', 2],
    ['1e400', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['', undefined],
    ['.', undefined],
    ['0x1', undefined],
  ])('takes "%s" for %s', (text, value) => {
    expect(read(float(), text)).toBe(value)
  })

  it('keeps within its bounds', () => {
    expect(read(float(0, 1), '1')).toBe(1)
    expect(read(float(0, 1), '1.01')).toBeUndefined()
  })
})

describe('sizeBytes', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['64k', 64_000],
    ['64K', 64_000],
    ['64kB', 64_000],
    ['64Ki', 65_536],
    ['64KiB', 65_536],
    ['1.5Mi', 1_572_864],
    ['10MB', 10_000_000],
    ['2Gi', 2_147_483_648],
    ['1Ti', 1_099_511_627_776],
    ['0.3', undefined],
    ['-1', undefined],
    ['1i', undefined],
    ['1m', undefined],
    ['k', undefined],
    ['99999Ti', undefined],
    ['', undefined],
  ])('takes "%s" for %s', (text, value) => {
    expect(read(sizeBytes, text)).toBe(value)
  })
})
