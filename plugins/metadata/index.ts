/** *metadata*: lets plugins tell each other what they know about a query. */

import {
  args,
  definePlugin,
  directive,
  Metadata,
  Name,
  type Query,
  rest,
  zones,
} from '@fingerpost/sdk'

export default definePlugin({
  name: 'metadata',
  options: directive({ args: args(rest(zones)) }),
  setup({ args: [own] }, host) {
    const served = own.length > 0 ? own.map((zone) => Name.parseText(zone)) : host.block.zones
    const collect = (query: Query): void => {
      if (!served.some((zone) => query.qname.isSubdomainOf(zone))) return
      query.metadata = new Metadata(host.offers('metadata'), query)
    }
    return {
      onQuery: collect,
      offers: { collectMetadata: collect },
    }
  },
})
