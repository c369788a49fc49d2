/** *geoip*: tells where clients are, as metadata. */

import {
  args,
  definePlugin,
  directive,
  EdnsOption,
  findEdnsOption,
  flag,
  formatIp,
  type Host,
  located,
  many,
  parseClientSubnet,
  path,
  type Query,
} from '@fingerpost/sdk'
import { GeoDatabase, type GeoRecord } from './database.ts'
import { isGeoLabel, readLabel } from './labels.ts'

export default definePlugin({
  name: 'geoip',
  options: many(directive({ args: args(located(path)), block: { 'edns-subnet': flag } })),
  async setup(occurrences, host: Host) {
    const databases = await Promise.all(
      occurrences.map(({ args: [{ value, at }] }) => GeoDatabase.open(value, host, at)),
    )
    const usesSubnet = occurrences.some(({ block }) => block['edns-subnet'])
    // Who asks for one label of a query asks for others as well.
    let last: { readonly query: Query; readonly records: readonly GeoRecord[] } | undefined
    const recordsOf = (query: Query): readonly GeoRecord[] => {
      if (last?.query === query) return last.records
      const address = (usesSubnet && subnetOf(query)) || query.clientAddress
      const records = databases.flatMap((one): GeoRecord[] => {
        const record = one.find(address)
        return record === undefined ? [] : [record]
      })
      last = { query, records }
      return records
    }
    return {
      offers: {
        metadata: {
          get(label, query) {
            if (!isGeoLabel(label)) return undefined
            for (const record of recordsOf(query)) {
              const value = readLabel(record, label)
              if (value !== undefined) return value
            }
            return ''
          },
        },
      },
      shutdown() {
        for (const database of databases) database.close()
      },
    }
  },
})

/** The address that a resolver says its client has (RFC 7871). */
function subnetOf({ ednsOptions }: Query): string | undefined {
  const option = findEdnsOption(ednsOptions, EdnsOption.ECS)
  const subnet = option && parseClientSubnet(option)
  return subnet && subnet.address.length > 0 ? formatIp(subnet.address) : undefined
}
