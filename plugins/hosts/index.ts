/** *hosts*: answers A, AAAA and PTR from a hosts file and from lines in the Corefile. */

import { definePlugin, type Host, Name, parseNameText, Type } from '@fingerpost/sdk'
import { HostsFile } from './hosts-file.ts'
import { options } from './options.ts'
import { UNKNOWN } from './replies.ts'

const DEFAULT_TTL_SECONDS = 3600
const DEFAULT_RELOAD_MS = 5000

export default definePlugin({
  name: 'hosts',
  options,
  async setup({ args: [path = '/etc/hosts', zoneTexts], block, others }, host: Host) {
    const zones = zoneTexts.length > 0 ? zonesOf(zoneTexts) : host.block.zones
    const fallthrough = block.fallthrough && zonesOf(block.fallthrough, Name.root)
    const file = new HostsFile(host, {
      path,
      zones,
      inline: others
        .map(({ keyword, args }) => [keyword, ...args].map(({ text }) => text).join(' '))
        .join('\n'),
      hasReverse: block.no_reverse === undefined,
      ttlSeconds: block.ttl?.[0] ?? DEFAULT_TTL_SECONDS,
    })
    await file.read()
    const stop = file.watch(block.reload?.[0] ?? DEFAULT_RELOAD_MS)
    const passesUnsupported = block.fallthrough_unsupported !== undefined
    const isForAll = zones.some((zone) => zone.isRoot)
    const isOurs = (name: Name): boolean => zones.some((zone) => name.isSubdomainOf(zone))
    return {
      onQuery(query) {
        if (query.qtype === Type.PTR) {
          const reply = file.replies.replyToPointer(query)
          return reply === UNKNOWN ? undefined : reply
        }
        if (!isForAll && !isOurs(query.qname)) return
        const isAddress = query.qtype === Type.A || query.qtype === Type.AAAA
        if (passesUnsupported && !isAddress && fallsThrough(fallthrough, query.qname)) return
        const reply = file.replies.reply(query)
        if (reply !== UNKNOWN) return reply
        if (fallsThrough(fallthrough, query.qname)) return
        // Without a SOA there is no proper NXDOMAIN: CoreDNS answers so too.
        return query.reply({ rcode: 2 })
      },
      shutdown: stop,
    }
  },
})

function fallsThrough(zones: readonly Name[] | undefined, name: Name): boolean {
  return zones?.some((zone) => name.isSubdomainOf(zone)) ?? false
}

/** Names of zones; `fallback` alone when there are none. */
function zonesOf(texts: readonly string[], fallback?: Name): Name[] {
  const zones = texts.flatMap((text) => parseNameText(text) ?? [])
  return zones.length === 0 && fallback ? [fallback] : zones
}
