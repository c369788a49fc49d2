/** *health*: says over HTTP that the process lives, and how long it goes on after it is told to end. */

import {
  addressWithPort,
  args,
  definePlugin,
  directive,
  durationBetween,
  many,
  optional,
} from '@fingerpost/sdk'

/** A day: nobody waits longer, and a slip of the pen should not keep a process from ending. */
const MAX_LAMEDUCK_MS = 24 * 60 * 60 * 1000

export default definePlugin({
  name: 'health',
  processes: 'first',
  options: many(
    directive({
      args: args(optional(addressWithPort(), { host: '', port: 8080 })),
      block: { lameduck: durationBetween({ minMs: 0, maxMs: MAX_LAMEDUCK_MS }) },
    }),
  ),
  setup(occurrences, host) {
    // As in CoreDNS, the directive may be repeated, and what is said last counts.
    const address = occurrences.at(-1)?.args[0] ?? { host: '', port: 8080 }
    const lameduck = occurrences.findLast(({ block }) => block.lameduck !== undefined)
    host.settings.endpoints.push({
      kind: 'health',
      address: address.host,
      port: address.port,
      lameduckMs: lameduck?.block.lameduck ?? 0,
      at: host.block.at,
    })
    return {}
  },
})
