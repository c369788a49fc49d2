/** *cancel*: ends the work on a query after a given time with SERVFAIL. */

import {
  args,
  DnsError,
  definePlugin,
  directive,
  durationBetween,
  Message,
  optional,
} from '@fingerpost/sdk'

// CoreDNS's default: one millisecond more than the time most clients wait.
const DEFAULT_TIMEOUT_MS = 5001

export default definePlugin({
  name: 'cancel',
  options: directive({ args: args(optional(durationBetween({ minMs: 1 }), DEFAULT_TIMEOUT_MS)) }),
  setup({ args: [timeoutMs] }, host) {
    const cancelled = new DnsError('query-cancelled', `no answer within ${timeoutMs} ms`)
    return {
      onQuery(query, next) {
        const response = next(query)
        if (response instanceof Message) return response
        return new Promise((resolve, reject) => {
          const timer = host.clock.after(timeoutMs, () => reject(cancelled))
          void response.then((message) => {
            timer.cancel()
            resolve(message)
          })
        })
      },
    }
  },
})
