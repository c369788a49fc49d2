import { describe, expect, it } from 'vitest'
import { fuzzTarget, tryInput } from './fuzz-target.ts'
import { ensure, hex, type Target, unhex } from './target.ts'
import { targets } from './targets.ts'

const COUNT = 2000

it.each(targets.map((target) => [target.name, target] as const))(
  '%s stands a few thousand inputs that always are the same',
  async (_, target) => {
    const { findings, count } = await fuzzTarget(target, { count: COUNT, seed: 20_260_101 })
    expect(findings.map(({ reason, input }) => `${reason}: ${hex(input)}`)).toEqual([])
    expect(count).toBe(COUNT)
  },
  60_000,
)

it('has shares of inputs that add up to a whole', () => {
  const packets = targets.filter(({ name }) => name !== 'corefiles')
  const sum = targets.reduce((total, { share }) => total + share, 0)
  expect(sum).toBe(1700)
  expect(packets.length).toBe(targets.length - 1)
})

describe('a target that fails', () => {
  const fragile: Target = {
    name: 'fragile',
    input: 'an octet',
    share: 0,
    prepare: (random) => ({
      next: () => Uint8Array.of(random.below(256)),
      check: ([octet]) => ensure(octet !== 7, 'it was a 7'),
    }),
  }

  it('is reported with the input', async () => {
    const { findings } = await fuzzTarget(fragile, { count: 2000, seed: 1 })
    expect(findings[0]?.reason).toMatch(/it was a 7/)
    expect(hex(findings[0]?.input ?? new Uint8Array(0))).toBe('07')
  })

  it('fails again with the same input', async () => {
    expect(await tryInput(fragile, unhex('07'))).toMatch(/it was a 7/)
    expect(await tryInput(fragile, unhex('08'))).toBeUndefined()
  })
})
