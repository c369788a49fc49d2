/** *trace*: spans of queries and of the plugins they meet, for Zipkin and OpenTelemetry. */

import { definePlugin, type Host, Message, type Query } from '@fingerpost/sdk'
import { Exporter } from './exporter.ts'
import { options } from './options.ts'
import { type OpenSpan, Tracer } from './tracer.ts'

export default definePlugin({
  name: 'trace',
  options,
  setup({ args: receiver, block }, host: Host) {
    const exporter = new Exporter(
      {
        ...receiver,
        service: block.service,
        maxBacklog: block.zipkin_max_backlog_size,
        maxBatch: block.zipkin_max_batch_size,
        intervalMs: block.zipkin_max_batch_interval,
      },
      host,
    )
    const { clock, random } = host
    const tracer = new Tracer({ clock, random, onSpan: exporter.add })
    const every = Math.max(1, block.every)
    let untilNext = every
    const finish = (query: Query, root: OpenSpan, response: Message): Message => {
      tracer.finish(query, root, response)
      return response
    }
    return {
      onQuery(query, next) {
        // Lookups of plugins belong to the query that they are for; explanations are no traffic.
        if (query.depth > 0 || query.trace !== undefined || --untilNext > 0) return
        untilNext = every
        const root = tracer.begin(query)
        query.metadata?.set('trace/traceid', root.traceId)
        const response = next(query)
        if (response instanceof Message) return finish(query, root, response)
        return response.then((message) => finish(query, root, message))
      },
      offers: { chainObserver: tracer },
      shutdown: () => exporter.close(),
    }
  },
})
