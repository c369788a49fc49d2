/** The policy *weighted*: chooses the first address by its weight, the rest stays as it is. */

import { type Random, Type } from '@fingerpost/sdk'
import type { Candidates, Policy } from './policy.ts'
import type { WeightFile } from './weight-file.ts'

const DEFAULT_WEIGHT = 1

/** Makes the policy; weights are looked up anew for every response. */
export function weighted(random: Random, file: WeightFile): Policy {
  return {
    appliesTo: (qtype) => qtype === Type.A || qtype === Type.AAAA || qtype === Type.SRV,
    ordersAll: false,
    arrangeAddresses(candidates) {
      const first = choose(candidates, random, file)
      if (first > 0) candidates.swap(0, first)
    },
    arrangeExchanges: () => {},
  }
}

function choose(candidates: Candidates, random: Random, file: WeightFile): number {
  const weights: number[] = []
  let sum = 0
  for (let i = 0; i < candidates.count; i++) {
    const weight = file.weightOf(candidates.owner(i), candidates.rdata(i)) ?? DEFAULT_WEIGHT
    weights.push(weight)
    sum += weight
  }
  if (weights.length < 2) return 0
  let left = random.below(sum)
  for (const [i, weight] of weights.entries()) {
    if (left < weight) return i
    left -= weight
  }
  return 0
}
