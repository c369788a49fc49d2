import { describe, expect, it } from 'vitest'
import { systemRandom } from './random.ts'

/** Fills batches with the given numbers over and over. */
function fixed(...numbers: readonly number[]): {
  fills: number
  random: ReturnType<typeof systemRandom>
} {
  const made = {
    fills: 0,
    random: systemRandom((batch) => {
      made.fills++
      for (let i = 0; i < batch.length; i++) batch[i] = numbers[i % numbers.length] as number
    }),
  }
  return made
}

describe('systemRandom', () => {
  it('asks the system once for many numbers', () => {
    const made = fixed(0xabcd_1234)
    for (let i = 0; i < 1024; i++) expect(made.random.uint16()).toBe(0xabcd)
    expect(made.fills).toBe(1)
    made.random.uint16()
    expect(made.fills).toBe(2)
  })

  it('leaves out numbers that would favour small results', () => {
    // 2³² is 3 · 1,431,655,765 + 1: the largest number would count for 0 once more.
    expect(fixed(0xffff_ffff, 5).random.below(3)).toBe(2)
    expect(fixed(0xffff_fffe).random.below(3)).toBe(2)
  })

  it('gives whole numbers within the limit', () => {
    const random = systemRandom()
    const seen = new Set<number>()
    for (let i = 0; i < 1000; i++) seen.add(random.below(5))
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4])
    expect(random.below(1)).toBe(0)
    for (let i = 0; i < 100; i++) expect(random.uint16()).toBeLessThan(0x1_0000)
  })

  it.each([0, -1, Number.NaN, 2 ** 33])('refuses the limit %d', (limit) => {
    expect(() => systemRandom().below(limit)).toThrow(RangeError)
  })
})
