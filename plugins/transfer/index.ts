/** *transfer*: sends whole zones to those who may have them, and tells them of changes. */

import {
  definePlugin,
  formatIpAddress,
  type Host,
  Message,
  Name,
  parseRdata,
  type Query,
  Rcode,
  Type,
} from '@fingerpost/sdk'
import { composeTransfer } from './compose-transfer.ts'
import { Notifier } from './notify.ts'
import { options, type Secondary, type TransferOptions } from './options.ts'

export default definePlugin({
  name: 'transfer',
  processes: 'first',
  options,
  setup(occurrences: TransferOptions, host: Host) {
    const rules = occurrences.map(
      ({ args: [own], block }): Rule => ({
        zones: own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones,
        to: block.to,
        source: block.source && formatIpAddress(block.source),
      }),
    )
    const notifier = new Notifier(host)
    const notify = (zone: Name): void => {
      const rule = ruleFor(rules, zone)
      for (const secondary of rule?.to ?? []) {
        if (secondary !== '*') notifier.notify(zone, secondary, rule?.source)
      }
    }
    return {
      onQuery(query) {
        const { qtype, qname } = query
        if (qtype !== Type.AXFR && qtype !== Type.IXFR) return
        if (!query.isStream) return query.reply({ rcode: Rcode.REFUSED })
        const rule = ruleFor(rules, qname)
        if (rule === undefined) return
        if (!mayHave(rule, query.clientAddress)) return query.reply({ rcode: Rcode.REFUSED })
        const serial = qtype === Type.IXFR ? serialIn(query) : undefined
        if (qtype === Type.IXFR && serial === undefined) {
          return query.reply({ rcode: Rcode.SERVFAIL })
        }
        for (const { plugin, offer } of host.offers('transfer')) {
          const records = offer.transfer(qname, serial)
          if (records === undefined) continue
          host.log.info(`Outgoing transfer of ${qname} (${plugin}) to ${query.clientAddress}`)
          return composeTransfer(query, records)
        }
        return undefined
      },
      offers: { notify },
      started() {
        for (const { offer } of host.offers('transfer'))
          for (const zone of offer.zones) notify(zone)
      },
      shutdown: () => notifier.close(),
    }
  },
})

/** Who may have which zones. */
interface Rule {
  readonly zones: readonly Name[]
  readonly to: readonly Secondary[]
  /** The address that NOTIFY is sent from. */
  readonly source: string | undefined
}

/** The rule with the longest zone that holds a name. */
function ruleFor(rules: readonly Rule[], name: Name): Rule | undefined {
  let found: Rule | undefined
  let longest = -1
  for (const rule of rules) {
    for (const zone of rule.zones) {
      if (zone.labelCount <= longest || !name.isSubdomainOf(zone)) continue
      found = rule
      longest = zone.labelCount
    }
  }
  return found
}

function mayHave({ to }: Rule, clientAddress: string): boolean {
  return to.some((one) => one === '*' || one.host === clientAddress)
}

/** The serial that the client has: that of the SOA in the authority section (RFC 1995 3). */
function serialIn(query: Query): number | undefined {
  const [soa] = Message.parse(query.wire)?.authority ?? []
  if (soa?.type !== Type.SOA) return undefined
  return parseRdata(Type.SOA, soa.rdata)?.serial
}
