/** *debug*: debug lines in the log, and faults of plugins end the process instead of one query. */

import { definePlugin, directive, many } from '@fingerpost/sdk'

export default definePlugin({
  name: 'debug',
  // CoreDNS lets it stand several times.
  options: many(directive({})),
  setup(_, host) {
    host.settings.isDebug = true
    return {}
  },
})
