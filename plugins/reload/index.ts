/** *reload*: follows changes of the configuration, and says how often it is looked at. */

import { args, definePlugin, directive, durationBetween, many, optional } from '@fingerpost/sdk'

const DEFAULT_INTERVAL_MS = 30_000
const DEFAULT_JITTER_MS = 15_000

export default definePlugin({
  name: 'reload',
  processes: 'first',
  options: many(
    directive({
      args: args(
        optional(durationBetween({ minMs: 2000 }), DEFAULT_INTERVAL_MS),
        optional(durationBetween({ minMs: 0 }), DEFAULT_JITTER_MS),
      ),
      block: {},
      check({ args: [, jitterMs] }, report) {
        if (jitterMs > 0 && jitterMs < 1000) report('JITTER is 0 or at least 1s', { arg: 1 })
      },
    }),
  ),
  setup(occurrences, host) {
    const last = occurrences.at(-1)
    if (last === undefined) return {}
    const [intervalMs, jitterMs] = last.args
    host.settings.reload = { intervalMs, jitterMs: Math.min(jitterMs, intervalMs / 2) }
    return {}
  },
})
