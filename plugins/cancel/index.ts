/** *cancel*: answers a query with SERVFAIL when that takes longer than a given time. */

import {
  args,
  DnsError,
  definePlugin,
  directive,
  durationBetween,
  formatDuration,
  Message,
  many,
  optional,
} from '@fingerpost/sdk'

// CoreDNS's default: one millisecond more than the time most clients wait.
const DEFAULT_TIMEOUT_MS = 5001

export default definePlugin({
  name: 'cancel',
  // Of several, the last one counts.
  options: many(
    directive({ args: args(optional(durationBetween({ minMs: 1 }), DEFAULT_TIMEOUT_MS)) }),
  ),
  setup(occurrences, { clock }) {
    const timeoutMs = occurrences.at(-1)?.args[0] ?? DEFAULT_TIMEOUT_MS
    const reason = `no answer within ${formatDuration(timeoutMs)}`
    return {
      onQuery(query, next) {
        const response = next(query)
        // What is there at once needs neither a timer nor a promise.
        if (response instanceof Message) return response
        return new Promise((resolve, reject) => {
          const timer = clock.after(timeoutMs, () => {
            reject(new DnsError('query-cancelled', reason))
          })
          void response.then((message) => {
            timer.cancel()
            // Comes to nothing if the time was over before.
            resolve(message)
          })
        })
      },
    }
  },
})
