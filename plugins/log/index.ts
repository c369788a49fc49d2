/** *log*: a line for every query and what became of it. */

import { definePlugin, type Host, Message, Rcode, Type } from '@fingerpost/sdk'
import { type LogClass, type LogOptions, options } from './options.ts'

export default definePlugin({
  name: 'log',
  options,
  setup(occurrences: LogOptions, host: Host) {
    const rules = occurrences.flatMap(({ args: { zones, format }, block }) =>
      zones.flatMap((zone) => (zone ? { zone, format, classes: new Set(block.class) } : [])),
    )
    return {
      onQuery(query, next) {
        const rule = rules.find(({ zone }) => query.qname.isSubdomainOf(zone))
        if (rule === undefined) return
        const { format, classes } = rule
        const start = host.clock.now()
        const write = (response: Message): Message => {
          if (classes.size === 0 || classes.has('all') || classes.has(classOf(response))) {
            const durationMs = host.clock.now() - start
            host.log.line(format({ query, response, durationMs }))
          }
          return response
        }
        const response = next(query)
        return response instanceof Message ? write(response) : response.then(write)
      },
    }
  },
})

/** The kind of a response: positive, negative, or a failure. */
function classOf(response: Message): LogClass {
  if (response.isDropped) return 'success'
  const { rcode } = response
  if (rcode === Rcode.NXDOMAIN) return 'denial'
  if (rcode !== Rcode.NOERROR) return 'error'
  const isNegative =
    response.answerCount === 0 && response.authority.some(({ type }) => type === Type.SOA)
  return isNegative ? 'denial' : 'success'
}
