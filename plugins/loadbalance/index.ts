/** *loadbalance*: varies the order of addresses, so that clients that take the first one spread. */

import { definePlugin, type Host, type InferOptions } from '@fingerpost/sdk'
import { arrange } from './arrange.ts'
import { DEFAULT_RELOAD_MS, options } from './options.ts'
import type { Policy } from './policy.ts'
import { roundRobin } from './round-robin.ts'
import { WeightFile } from './weight-file.ts'
import { weighted } from './weighted.ts'

export default definePlugin({
  name: 'loadbalance',
  options,
  async setup(occurrences, host) {
    if (occurrences.length > 1) host.log.warning('is given several times; the first one counts')
    const { policy, end } = await policyOf(occurrences[0]!, host)
    return {
      onResponse: (query, response) => arrange(query, response, policy),
      shutdown: () => end?.(),
    }
  },
})

async function policyOf(
  { args, block }: InferOptions<typeof options>[number],
  host: Host,
): Promise<{ policy: Policy; end?: () => void }> {
  if (args.policy === 'round_robin') {
    return { policy: roundRobin(host.random, block.prefer?.flat() ?? []) }
  }
  const file = await WeightFile.open(args.file, block.reload ?? DEFAULT_RELOAD_MS, host)
  return { policy: weighted(host.random, file), end: () => file.close() }
}
