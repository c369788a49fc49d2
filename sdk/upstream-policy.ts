/** In which order upstreams are tried: the policies of *forward* and *grpc*. */

import type { Random } from './host.ts'

/** The names of the policies. */
export const upstreamPolicies = ['random', 'round_robin', 'sequential'] as const

export type UpstreamPolicyName = (typeof upstreamPolicies)[number]

/**
 * Chooses upstreams by index. Most queries need the first alone, so the rest of an order is made
 * only when an upstream fails.
 */
export interface UpstreamPolicy {
  /** The index of the upstream to try first, of `count` upstreams. */
  first(count: number): number
  /** All indexes in the order to try them, `first` in front. */
  order(first: number, count: number): number[]
  /** Any upstream, by chance: for when all are down. */
  any(count: number): number
}

export function createUpstreamPolicy(name: UpstreamPolicyName, random: Random): UpstreamPolicy {
  const any = (count: number): number => (count <= 1 ? 0 : random.below(count))
  if (name === 'sequential') return { first: () => 0, order: firstThenAscending, any }
  if (name === 'random') {
    return {
      first: any,
      order: (first, count) => shuffleRest(firstThenAscending(first, count), random),
      any,
    }
  }
  // The count goes on before it is used, so the second upstream is the first to be asked.
  let turn = 0
  return {
    first(count) {
      turn = (turn + 1) >>> 0
      return count === 0 ? 0 : turn % count
    },
    order: firstThenAscending,
    any,
  }
}

function firstThenAscending(first: number, count: number): number[] {
  const order = [first]
  for (let i = 0; i < count; i++) if (i !== first) order.push(i)
  return order
}

/** Shuffles all but the first element (Fisher and Yates). */
function shuffleRest(order: number[], random: Random): number[] {
  for (let i = order.length - 1; i > 1; i--) {
    const j = 1 + random.below(i)
    const moved = order[i] as number
    order[i] = order[j] as number
    order[j] = moved
  }
  return order
}
