/** *file*: serves zones from files in the format of RFC 1035. */

import {
  definePlugin,
  HEADER_SIZE,
  type Message,
  Name,
  parseNameText,
  Rcode,
} from '@fingerpost/sdk'
import { openZones, statesOf } from './open-zones.ts'
import { type FileOptions, options } from './options.ts'

export default definePlugin({
  name: 'file',
  options,
  traits: (occurrences) => ({
    fallsThrough: occurrences.some(({ block }) => block.fallthrough !== undefined),
  }),
  async setup(occurrences, host) {
    const zoneSdk = await import('@fingerpost/sdk/zone')
    const { answerQuery, transferSource, ZoneIndex } = zoneSdk
    const zones = await openZones(occurrences, host, zoneSdk)
    const served = zones.map(({ file }) => file)
    const index = new ZoneIndex(served.map((file) => [file.origin, file]))
    const fallthrough = new ZoneIndex(fallthroughZones(occurrences).map((zone) => [zone, true]))
    const stops = zones.map(({ file, reloadMs }) => {
      return reloadMs > 0 ? file.watch(reloadMs) : () => file.close()
    })
    return {
      refusesAtEnd: true,
      offers: { transfer: transferSource(() => served) },
      onQuery(query) {
        const zone = index.find(query.wire, HEADER_SIZE)
        if (zone === undefined) return
        const reply = answerQuery(zone, query, host)
        if (fallthrough.find(query.wire, HEADER_SIZE) !== true) return reply
        return reply instanceof Promise ? reply.then(unlessMissing) : unlessMissing(reply)
      },
      handover: () => statesOf(served),
      shutdown() {
        for (const stop of stops) stop()
      },
    }
  },
})

/** Nothing for NXDOMAIN, so that the query is passed on. */
function unlessMissing(reply: Message): Message | undefined {
  return reply.rcode === Rcode.NXDOMAIN ? undefined : reply
}

/** *fallthrough* without zones is for all names; as in CoreDNS, the last one is for all files. */
function fallthroughZones(occurrences: FileOptions): Name[] {
  const texts = occurrences.findLast(({ block }) => block.fallthrough !== undefined)?.block
    .fallthrough
  if (texts?.length === 0) return [Name.root]
  return (texts ?? []).flatMap((text) => parseNameText(text) ?? [])
}
