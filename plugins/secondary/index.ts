/** *secondary*: serves zones that are transferred from other servers. */

import {
  type AddressWithPort,
  definePlugin,
  HEADER_SIZE,
  type Host,
  type Message,
  Name,
  Opcode,
  type Query,
  Type,
} from '@fingerpost/sdk'
import { options } from './options.ts'
import { type SecondaryState, SecondaryZone } from './secondary-zone.ts'

export default definePlugin({
  name: 'secondary',
  processes: 'one',
  options,
  async setup(occurrences, host) {
    const sdk = await import('@fingerpost/sdk/zone')
    const inherited = host.inherited as ReadonlyMap<string, SecondaryState> | undefined
    // As in CoreDNS the last of several lines for one zone counts.
    const wanted = new Map<string, { origin: Name; primaries: readonly AddressWithPort[] }>()
    for (const { args, block } of occurrences) {
      const origins = args.length > 0 ? args.map((text) => Name.parseText(text)) : host.block.zones
      const primaries = block.transfer.flat()
      for (const origin of origins) wanted.set(String(origin), { origin, primaries })
    }
    const zones = [...wanted].map(([key, { origin, primaries }]) => {
      return new SecondaryZone(host, sdk, origin, primaries, inherited?.get(key))
    })
    const index = new sdk.ZoneIndex(zones.map((zone) => [zone.origin, zone]))
    return {
      refusesAtEnd: true,
      offers: { transfer: sdk.transferSource(() => zones) },
      onQuery(query) {
        const zone = index.find(query.wire, HEADER_SIZE)
        if (zone === undefined) return
        if (query.opcode === Opcode.NOTIFY) return takeNotify(query, zone, host)
        return sdk.answerQuery(zone, query, host)
      },
      started() {
        for (const zone of zones) zone.start()
      },
      handover: () =>
        new Map(zones.flatMap((zone) => (zone.state ? [[String(zone.origin), zone.state]] : []))),
      shutdown() {
        for (const zone of zones) zone.close()
      },
    }
  },
})

/** Answers a NOTIFY of a primary and looks for what is new (RFC 1996); others get nothing. */
function takeNotify(query: Query, zone: SecondaryZone, host: Host): Message {
  const { clientAddress, qtype, qname } = query
  const isPrimary = zone.primaries.some((primary) => primary.host === clientAddress)
  if (!isPrimary || qtype !== Type.SOA || !qname.equals(zone.origin)) {
    host.log.info(`Dropping notify from ${clientAddress} for ${qname}`)
    return query.drop()
  }
  host.log.info(`Notify from ${clientAddress} for ${zone.origin}: checking transfer`)
  void zone.check()
  return query.reply()
}
