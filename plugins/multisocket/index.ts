/** *multisocket*: several UDP sockets on one address and port. */

import { args, definePlugin, directive, integer, optional } from '@fingerpost/sdk'

const MAX_SOCKETS = 1024
/** Core opens one for each processor. */
const ONE_PER_PROCESSOR = 0

export default definePlugin({
  name: 'multisocket',
  options: directive({ args: args(optional(integer(1, MAX_SOCKETS))) }),
  setup({ args: [count = ONE_PER_PROCESSOR] }, { settings }) {
    settings.socketCount = count
    return {}
  },
})
