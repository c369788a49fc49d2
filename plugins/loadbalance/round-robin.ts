/** The policy *round_robin*: a fair shuffle, with addresses in preferred networks moved first. */

import type { Cidr, Random } from '@fingerpost/sdk'
import type { Candidates, Policy } from './policy.ts'

/** Makes the policy; `preferred` in the order of preference. */
export function roundRobin(random: Random, preferred: readonly Cidr[]): Policy {
  return {
    appliesTo: () => true,
    ordersAll: true,
    arrangeAddresses(candidates) {
      shuffle(candidates, random)
      if (preferred.length > 0) prefer(candidates, preferred)
    },
    arrangeExchanges: (candidates) => shuffle(candidates, random),
  }
}

/** Fisher and Yates's shuffle: every order is as likely as every other. */
function shuffle(candidates: Candidates, random: Random): void {
  const { count } = candidates
  for (let i = 0; i < count - 1; i++) {
    const chosen = i + random.below(count - i)
    if (chosen !== i) candidates.swap(i, chosen)
  }
}

/** Moves what lies in the first network to the front, then what lies in the second, and so on. */
function prefer(candidates: Candidates, preferred: readonly Cidr[]): void {
  let placed = 0
  for (const network of preferred) {
    for (let i = placed; i < candidates.count; i++) {
      if (network.contains(candidates.rdata(i))) candidates.swap(placed++, i)
    }
  }
}
