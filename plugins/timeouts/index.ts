/** *timeouts*: how long clients of TCP, TLS and HTTPS may take, and how much they may ask. */

import {
  args,
  check,
  custom,
  definePlugin,
  directive,
  duration,
  integer,
  many,
  text,
} from '@fingerpost/sdk'

const MIN_MS = 1000
const MAX_MS = 24 * 3_600_000

/** A duration, or whole seconds without a unit as CoreDNS takes them here only. */
const timeout = custom(
  (tokens, report) => {
    report.read(args(text), tokens)
    const [token] = tokens
    if (token === undefined) throw report.error('a duration is missing')
    const isSeconds = /^\d+$/.test(token.text)
    const timeoutMs = isSeconds ? Number(token.text) * 1000 : report.read(duration, token)
    if (timeoutMs < MIN_MS || timeoutMs > MAX_MS) {
      throw report.error(`${token.text} is not between 1s and 24h`, token)
    }
    return timeoutMs
  },
  { takes: 'DURATION' },
)

export default definePlugin({
  name: 'timeouts',
  options: many(
    directive({
      block: {
        read: timeout,
        write: timeout,
        idle: timeout,
        maxtcpqueries: check(integer(-1), (count, report) => {
          if (count === 0) report('it is -1 for any number, or at least 1', { arg: 0 })
        }),
      },
      check({ block }, report) {
        const isEmpty = Object.values(block).every((value) => value === undefined)
        if (isEmpty) report('there is nothing in it: read, write, idle or maxtcpqueries')
      },
    }),
  ),
  setup(occurrences, { settings }) {
    for (const { block } of occurrences) {
      const { readMs, writeMs, idleMs, maxQueries } = settings.streams
      settings.streams = {
        readMs: block.read ?? readMs,
        writeMs: block.write ?? writeMs,
        idleMs: block.idle ?? idleMs,
        maxQueries: block.maxtcpqueries ?? maxQueries,
      }
    }
    return {}
  },
})
