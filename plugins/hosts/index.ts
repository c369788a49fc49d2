/** *hosts*: answers A, AAAA and PTR from a hosts file and from lines in the Corefile. */

import { definePlugin, type Host, Name, parseNameText, Rcode, Type } from '@fingerpost/sdk'
import { HostsFile } from './hosts-file.ts'
import { inlineText } from './inline-lines.ts'
import { optionNames, options } from './options.ts'

export default definePlugin({
  name: 'hosts',
  options,
  traits: ({ block }) => ({ fallsThrough: block.fallthrough !== undefined }),
  async setup({ args: [path, zoneTexts], block, others }, host: Host) {
    const zones = zoneTexts.length > 0 ? namesOf(zoneTexts) : host.block.zones
    const isOurs = matcherOf(zones)
    const fallsThrough = matcherOf(fallthroughZones(block.fallthrough))
    const passesUnsupported = block.fallthrough_unsupported !== undefined
    const file = new HostsFile(host, {
      path: path ?? '/etc/hosts',
      isNamed: path !== undefined,
      zones,
      inline: inlineText(others, optionNames, host),
      hasReverse: block.no_reverse === undefined,
      ttlSeconds: block.ttl,
    })
    await file.read()
    const stop = file.watch(block.reload)
    return {
      onQuery(query) {
        const { qtype } = query
        // Reverse names need not be in the zones, and unknown ones are always passed on.
        if (qtype === Type.PTR) return file.replies.replyToPointer(query)
        if (passesUnsupported && qtype !== Type.A && qtype !== Type.AAAA && fallsThrough(query)) {
          return
        }
        const reply = file.replies.reply(query)
        if (reply !== undefined) return reply
        if (!isOurs(query) || fallsThrough(query)) return
        // Without a SOA there is no proper NXDOMAIN: CoreDNS answers so too.
        return query.reply({ rcode: Rcode.SERVFAIL })
      },
      shutdown: stop,
    }
  },
})

/** Tells whether a query's name is in one of the zones; asks for no `Name` where all are. */
function matcherOf(zones: readonly Name[]): (query: { readonly qname: Name }) => boolean {
  if (zones.length === 0) return () => false
  if (zones.some((zone) => zone.isRoot)) return () => true
  return ({ qname }) => zones.some((zone) => qname.isSubdomainOf(zone))
}

/** *fallthrough* without zones is for all names. */
function fallthroughZones(texts: readonly string[] | undefined): Name[] {
  return texts?.length === 0 ? [Name.root] : namesOf(texts ?? [])
}

function namesOf(texts: readonly string[]): Name[] {
  return texts.flatMap((text) => parseNameText(text) ?? [])
}
