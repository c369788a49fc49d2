/** *rrl*: limits how many responses of a kind a client gets in a second, over UDP. */

import { definePlugin, Flag, type Host, type InferOptions, Name, type Query } from '@fingerpost/sdk'
import { Accounts } from './accounts.ts'
import { accountOf, type Kind, kindOf, prefixOf } from './categories.ts'
import { options } from './options.ts'

export default definePlugin({
  name: 'rrl',
  options,
  setup({ args: [own], block }, host) {
    const served = own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones
    const accounts = new Accounts(block.window * 1000, block['max-table-size'])
    const intervals = intervalsOf(block)
    const requestInterval = intervalOf(block['requests-per-second'])
    const slipRatio = block['slip-ratio']
    const isReportOnly = block['report-only']
    const { clock } = host
    const responsesExceeded = exceededCounter(host, 'responses')
    const requestsExceeded = exceededCounter(host, 'requests')

    const clientOf = (query: Query): string | undefined =>
      query.isStream || !served.some((zone) => query.qname.isSubdomainOf(zone))
        ? undefined
        : prefixOf(query.clientAddress, block['ipv4-prefix-length'], block['ipv6-prefix-length'])

    return {
      onQuery(query) {
        const client = requestInterval === 0 ? undefined : clientOf(query)
        if (client === undefined) return undefined
        if (accounts.debit(`${client}/request`, requestInterval, clock.now()) === 0)
          return undefined
        requestsExceeded.labels(query.clientAddress).add()
        return isReportOnly ? undefined : query.drop()
      },
      onResponse(query, response) {
        const kind = kindOf(response)
        const interval = intervals[kind]
        const client = interval === 0 ? undefined : clientOf(query)
        if (client === undefined) return response
        const account = accountOf(kind, client, query, response)
        const exceeded = accounts.debit(account, interval, clock.now())
        if (exceeded === 0) return response
        responsesExceeded.labels(query.clientAddress).add()
        if (isReportOnly) return response
        if (slipRatio === 0 || exceeded % slipRatio !== 0) return query.drop()
        const slipped = query.replyLike(response, {})
        slipped.flags |= Flag.TC
        return slipped
      },
    }
  },
})

function intervalsOf(block: InferOptions<typeof options>['block']): Readonly<Record<Kind, number>> {
  const all = block['responses-per-second']
  return {
    response: intervalOf(all),
    nodata: intervalOf(block['nodata-per-second'] ?? all),
    nxdomain: intervalOf(block['nxdomains-per-second'] ?? all),
    referral: intervalOf(block['referrals-per-second'] ?? all),
    error: intervalOf(block['errors-per-second'] ?? all),
  }
}

/** Milliseconds for each, to the microsecond below; 0 where there is no limit. */
function intervalOf(perSecond: number): number {
  return perSecond === 0 ? 0 : Math.floor(1e6 / perSecond) / 1000
}

function exceededCounter(host: Host, what: 'responses' | 'requests') {
  return host.counter(`${what}_exceeded_total`, `More ${what} than are allowed.`, ['client_ip'])
}
