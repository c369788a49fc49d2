/** *any*: answers ANY queries with one small HINFO instead of all there is (RFC 8482 4.2). */

import { anything, definePlugin, makeHinfo, many, Type } from '@fingerpost/sdk'

const TTL_SECONDS = 8482

export default definePlugin({
  name: 'any',
  // CoreDNS reads neither arguments nor a block here, so Corefiles may have them.
  options: many(anything),
  setup(occurrences, host) {
    for (const { args, block } of occurrences) {
      if (args.length > 0 || block !== undefined) {
        host.log.warning('takes no arguments and no options; what is there is ignored')
      }
    }
    return {
      onQuery(query) {
        if (query.qtype !== Type.ANY) return undefined
        const hinfo = makeHinfo(query.qname, TTL_SECONDS, 'ANY obsoleted', 'See RFC 8482')
        return query.reply({ isAuthoritative: false, answer: [hinfo] })
      },
    }
  },
})
