/** *bufsize*: lowers the UDP payload size that clients ask for, against fragments (RFC 9715). */

import { args, definePlugin, directive, integer, many, optional } from '@fingerpost/sdk'

export default definePlugin({
  name: 'bufsize',
  options: many(directive({ args: args(optional(integer(512, 4096), 1232)) })),
  setup(occurrences, host) {
    const [first, ...others] = occurrences
    const limit = first?.args[0] ?? 1232
    if (others.length > 0) host.log.warning('is given several times; the first one counts')
    return {
      onQuery(query) {
        query.limitEdnsSize(limit)
      },
    }
  },
})
