/** *ready*: says over HTTP whether all plugins of the process are ready to answer. */

import { addressWithPort, args, definePlugin, directive, oneOf, optional } from '@fingerpost/sdk'

export default definePlugin({
  name: 'ready',
  processes: 'first',
  options: directive({
    args: args(optional(addressWithPort(), { host: '', port: 8181 })),
    block: { monitor: optional(oneOf('until-ready', 'continuously'), 'until-ready') },
  }),
  setup({ args: [{ host: address, port }], block }, host) {
    host.settings.endpoints.push({
      kind: 'ready',
      address,
      port,
      isContinuous: block.monitor === 'continuously',
      at: host.block.at,
    })
    return {}
  },
})
