/** *prometheus*: counts the queries of a server block, and has all metrics served over HTTP. */

import {
  ConfigError,
  definePlugin,
  type Endpoint,
  type Host,
  type Listener,
  Message,
  type Query,
} from '@fingerpost/sdk'
import { declareFamilies } from './families.ts'
import { options } from './options.ts'
import { QueryCounts } from './query-counts.ts'
import { ZoneIndex } from './zone-index.ts'

export default definePlugin({
  name: 'prometheus',
  options,
  setup({ args: [{ host: address, port }], block }, host: Host) {
    if (block.tls !== undefined) {
      // Without it, what was to be secret would be served to anybody.
      const reason = 'this version serves metrics over HTTP only, not over HTTPS'
      throw new ConfigError('setup', reason, { at: block.tls.at })
    }
    const endpoint: Endpoint = {
      kind: 'metrics',
      // Like Go, which prefers IPv4 where a name has both.
      address: address === 'localhost' ? '127.0.0.1' : address,
      port,
      hasRuntimeMetrics: block.runtime_metrics,
      at: host.block.at,
    }
    host.settings.endpoints.push(endpoint)

    const { clock } = host
    const families = declareFamilies(host)
    const zones = new ZoneIndex(host.block.zones)
    /** By listener, then by zone. */
    const counts: (QueryCounts | undefined)[][] = []
    const add = (listener: Listener, zone: number): QueryCounts => {
      const made = new QueryCounts(
        families,
        listener,
        zones.names[zone] as string,
        host.settings.viewName,
      )
      counts[listener.index] ??= []
      ;(counts[listener.index] as QueryCounts[])[zone] = made
      return made
    }
    // On its own, so that what it keeps is not allocated for answers that are there at once.
    const countLater = (
      own: QueryCounts,
      query: Query,
      response: Promise<Message>,
      startMs: number,
    ): Promise<Message> =>
      response.then((message) => {
        own.count(query, message, clock.now() - startMs)
        return message
      })
    return {
      onQuery(query, next) {
        const zone = zones.find(query)
        const { listener } = query
        const own = counts[listener.index]?.[zone] ?? add(listener, zone)
        const startMs = clock.now()
        const response = next(query)
        if (response instanceof Message) {
          own.count(query, response, clock.now() - startMs)
          return response
        }
        return countLater(own, query, response, startMs)
      },
    }
  },
})
