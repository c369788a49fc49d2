/** *dnstap*: tells collectors of queries and responses, those of clients and those of upstreams. */

import {
  definePlugin,
  type Host,
  Message,
  type Query,
  type UpstreamExchange,
} from '@fingerpost/sdk'
import { options } from './options.ts'
import { Tap } from './tap.ts'

export default definePlugin({
  name: 'dnstap',
  options,
  setup(lines, host: Host) {
    const taps = lines.map((line) => new Tap(line, host))
    const { clock } = host

    /** Has the response told of when it is as the client gets it: finished, and signed by *tsig*. */
    const follow = (query: Query, response: Message, came: Moment): Message => {
      if (response.isDropped) return response
      const { seal } = query
      query.seal = (finished) => {
        const wire = seal === undefined ? finished : seal(finished)
        const durationMs = clock.now() - came.atMs
        const timeMs = came.wallMs + durationMs
        const tapped = { query, queryTimeMs: came.wallMs, response: { wire, timeMs } }
        for (const tap of taps) tap.tell(tapped, { query, response, durationMs })
        return wire
      }
      return response
    }

    const onExchange = ({ query, upstream, transport, durationMs, reply }: UpstreamExchange) => {
      if (query.trace !== undefined) return
      const timeMs = clock.wallNow()
      const asked = {
        query,
        upstream: { ...upstream, transport },
        queryTimeMs: timeMs - durationMs,
      }
      const said = { query, response: undefined, durationMs }
      for (const tap of taps) {
        tap.tell({ ...asked, response: undefined }, said)
        if (reply !== undefined) tap.tell({ ...asked, response: { wire: reply, timeMs } }, said)
      }
    }

    return {
      offers: { upstreamObserver: { onExchange } },
      onQuery(query, next) {
        // Lookups of plugins and explanations have no client.
        if (query.depth > 0 || query.trace !== undefined) return
        const came = { atMs: clock.now(), wallMs: clock.wallNow() }
        const tapped = { query, queryTimeMs: came.wallMs, response: undefined }
        for (const tap of taps) tap.tell(tapped, { query, response: undefined, durationMs: 0 })
        const response = next(query)
        if (response instanceof Message) return follow(query, response, came)
        return response.then((message) => follow(query, message, came))
      },
      started() {
        for (const { collector } of taps) collector.start()
      },
      async shutdown() {
        await Promise.all(taps.map(({ collector }) => collector.close()))
      },
    }
  },
})

/** When a query came, by both clocks. */
interface Moment {
  readonly atMs: number
  readonly wallMs: number
}
