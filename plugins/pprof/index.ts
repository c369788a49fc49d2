/** *pprof*: profiles of the running process over HTTP, for those who want to know where time goes. */

import { addressWithPort, args, definePlugin, directive, integer, optional } from '@fingerpost/sdk'

export default definePlugin({
  name: 'pprof',
  processes: 'first',
  options: directive({
    args: args(optional(addressWithPort(), { host: 'localhost', port: 6053 })),
    // For Go's scheduler, of which there is none: taken, so that the Corefile needs no change.
    block: { block: optional(args(optional(integer(), 1)), [1]) },
  }),
  setup({ args: [{ host: address, port }] }, host) {
    host.settings.endpoints.push({ kind: 'pprof', address, port, at: host.block.at })
    return {}
  },
})
