/** *log*: a line for every query and what became of it. */

import {
  definePlugin,
  type Host,
  Message,
  type Name,
  Opcode,
  type Query,
  type QueryFormat,
  Rcode,
  Type,
} from '@fingerpost/sdk'
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
      const { format, classes: wanted } = rule
      const type = typeOf(query, response)
      query.metadata?.set('log/type', type)
      query.metadata?.set('log/class', classes[type])
      if (wanted.has('all') || wanted.has(classes[type])) {
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
  readonly format: QueryFormat
  readonly classes: ReadonlySet<LogClass>
}

/**
 * What sort of response it is, by CoreDNS's names: a negative one needs a SOA to be a denial, and
 * what is no ordinary exchange (NOTIFY, transfers) is `META`.
 */
function typeOf({ opcode, qtype }: Query, response: Message): keyof typeof classes {
  if (response.isDropped) return 'OTHERERROR'
  if (opcode === Opcode.UPDATE) return 'UPDATE'
  if (opcode === Opcode.NOTIFY || qtype === Type.AXFR || qtype === Type.IXFR) return 'META'
  const { rcode } = response
  if (rcode === Rcode.NOERROR && response.answerCount > 0) return 'NOERROR'
  if (rcode === Rcode.SERVFAIL || rcode === Rcode.NOTIMP) return 'SERVERERROR'
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return 'OTHERERROR'
  const hasSoa = response.authority.some(({ type }) => type === Type.SOA)
  if (rcode === Rcode.NXDOMAIN) return hasSoa ? 'NXDOMAIN' : 'OTHERERROR'
  if (hasSoa) return 'NODATA'
  return response.authority.some(({ type }) => type === Type.NS) ? 'DELEGATION' : 'NOERROR'
}

const classes = {
  NOERROR: 'success',
  DELEGATION: 'success',
  NXDOMAIN: 'denial',
  NODATA: 'denial',
  SERVERERROR: 'error',
  META: 'error',
  UPDATE: 'error',
  OTHERERROR: 'error',
} as const satisfies Record<string, LogClass>
