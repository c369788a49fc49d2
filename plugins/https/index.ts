/** *https*: how many clients of `https://` server blocks are served at a time. */

import { definePlugin, directive, integer, many } from '@fingerpost/sdk'

const MAX_CONNECTIONS = 1_000_000

export default definePlugin({
  name: 'https',
  options: many(directive({ block: { max_connections: integer(0, MAX_CONNECTIONS) } })),
  setup(occurrences, { settings }) {
    for (const { block } of occurrences) {
      const { max_connections: count } = block
      if (count === undefined) continue
      settings.httpsConnections = count === 0 ? Number.POSITIVE_INFINITY : count
    }
    return {}
  },
})
