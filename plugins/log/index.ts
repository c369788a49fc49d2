/** *log*: a line for every query and what became of it. */

import {
  definePlugin,
  type Host,
  Message,
  type Name,
  Opcode,
  type Query,
  Rcode,
  Type,
} from '@fingerpost/sdk'
import type { LogFormat } from './format.ts'
import { type LogClass, type LogOptions, options } from './options.ts'

export default definePlugin({
  name: 'log',
  options,
  setup(occurrences: LogOptions, host: Host) {
    const rules = occurrences.flatMap(({ args: { zones, format }, block }) => {
      const classes = new Set<LogClass>(block.class)
      if (classes.size === 0) classes.add('all')
      return zones.map((zone): Rule => ({ zone, format, classes }))
    })
    const write = (rule: Rule, query: Query, response: Message, startMs: number): Message => {
      const { format, classes } = rule
      if (classes.has('all') || classes.has(classOf(query, response))) {
        host.log.line(format({ query, response, durationMs: host.clock.now() - startMs }))
      }
      return response
    }
    return {
      onQuery(query, next) {
        const rule = rules.find(({ zone }) => zone.isRoot || query.qname.isSubdomainOf(zone))
        if (rule === undefined) return
        const startMs = host.clock.now()
        const response = next(query)
        if (response instanceof Message) return write(rule, query, response, startMs)
        return response.then((message) => write(rule, query, message, startMs))
      },
    }
  },
})

/** Which queries are logged, and how. */
interface Rule {
  readonly zone: Name
  readonly format: LogFormat
  readonly classes: ReadonlySet<LogClass>
}

/**
 * The class of a response as CoreDNS has it: a negative one needs a SOA to be a denial, and what
 * is no ordinary exchange (NOTIFY, transfers, no response at all) counts as an error.
 */
function classOf(query: Query, response: Message): LogClass {
  const { opcode, qtype } = query
  if (response.isDropped || opcode === Opcode.NOTIFY || opcode === Opcode.UPDATE) return 'error'
  if (qtype === Type.AXFR || qtype === Type.IXFR) return 'error'
  const { rcode } = response
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return 'error'
  if (rcode === Rcode.NOERROR && response.answerCount > 0) return 'success'
  if (response.authority.some(({ type }) => type === Type.SOA)) return 'denial'
  return rcode === Rcode.NOERROR ? 'success' : 'error'
}
