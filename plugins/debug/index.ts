/** *debug*: debug lines in the log, and faults of plugins end the process instead of one query. */

import { definePlugin, directive } from '@fingerpost/sdk'

export default definePlugin({
  name: 'debug',
  options: directive({}),
  setup(_, host) {
    host.settings.isDebug = true
    return {}
  },
})
