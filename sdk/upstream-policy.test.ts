import { describe, expect, it } from 'vitest'
import { seededRandom } from './testing/seeded-random.ts'
import { createUpstreamPolicy, upstreamPolicies } from './upstream-policy.ts'

describe('policies', () => {
  it('sequential begins with the first upstream every time', () => {
    const policy = createUpstreamPolicy('sequential', seededRandom(1))
    expect([policy.first(3), policy.first(3), policy.order(0, 3)]).toEqual([0, 0, [0, 1, 2]])
  })

  it('round_robin begins with the second upstream and goes round', () => {
    const policy = createUpstreamPolicy('round_robin', seededRandom(1))
    expect([1, 2, 3, 4].map(() => policy.first(3))).toEqual([1, 2, 0, 1])
    expect(policy.order(1, 3)).toEqual([1, 0, 2])
  })

  it('random comes to begin with every upstream', () => {
    const policy = createUpstreamPolicy('random', seededRandom(1))
    expect(new Set(Array.from({ length: 60 }, () => policy.first(3)))).toEqual(new Set([0, 1, 2]))
  })

  it.each(upstreamPolicies)('%s tries every upstream once, the first one first', (name) => {
    const policy = createUpstreamPolicy(name, seededRandom(1))
    for (let count = 1; count < 8; count++) {
      const order = policy.order(count - 1, count)
      expect(order[0]).toBe(count - 1)
      expect([...order].sort()).toEqual(Array.from({ length: count }, (_, i) => i))
    }
  })
})
