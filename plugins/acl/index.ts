/** *acl*: allows, blocks, filters or drops queries by their type and the client's address. */

import {
  type Counter,
  composeExtendedError,
  definePlugin,
  EDNS_DO,
  type Host,
  type Message,
  PerListener,
  type Query,
  Rcode,
} from '@fingerpost/sdk'
import { options } from './options.ts'
import { Rules } from './rules.ts'

// RFC 8914 4.16 and 4.18.
const BLOCKED = 15
const FILTERED = 17
// The payload size in the OPT record of a refusal.
const UDP_SIZE = 4096

export default definePlugin({
  name: 'acl',
  options,
  setup(occurrences, host) {
    const rules = new Rules(occurrences, host.block.zones)
    const allowed = host.counter('allowed_requests_total', 'Queries allowed.', ['server', 'view'])
    const allowedOf = new PerListener(({ label }) => allowed.labels(label, host.settings.viewName))
    const refused = {
      block: zoneCounters(host, rules, 'blocked_requests_total', 'Queries blocked.'),
      filter: zoneCounters(host, rules, 'filtered_requests_total', 'Queries filtered.'),
      drop: zoneCounters(host, rules, 'dropped_requests_total', 'Queries dropped.'),
    }
    return {
      onQuery(query) {
        const verdict = rules.judge(query)
        if (verdict === undefined || verdict.action === 'allow') {
          allowedOf.of(query.listener).add()
          return undefined
        }
        refused[verdict.action].of(query.listener)[verdict.zoneIndex]?.add()
        return answers[verdict.action](query)
      },
    }
  },
})

const answers = {
  block: (query: Query): Message => refuse(query, Rcode.REFUSED, BLOCKED),
  filter: (query: Query): Message => refuse(query, Rcode.NOERROR, FILTERED),
  drop: (query: Query): Message => query.drop(),
}

function refuse(query: Query, rcode: number, infoCode: number): Message {
  const options = [composeExtendedError({ infoCode })]
  const edns = { udpSize: UDP_SIZE, flags: EDNS_DO, options }
  return query.reply({ rcode, isAuthoritative: false, edns })
}

function zoneCounters(
  host: Host,
  rules: Rules,
  name: string,
  help: string,
): PerListener<readonly Counter[]> {
  const counter = host.counter(name, help, ['server', 'zone', 'view'])
  return new PerListener(({ label }) =>
    rules.zones.map((zone) => counter.labels(label, String(zone), host.settings.viewName)),
  )
}
