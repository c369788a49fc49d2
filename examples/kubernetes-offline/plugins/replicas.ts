/** *replicas*: answers TXT at the name of a service with the number of its addresses. */

import {
  definePlugin,
  directive,
  type Message,
  makeTxt,
  parseNameText,
  type Query,
  Type,
} from '@fingerpost/sdk'

export default definePlugin({
  name: 'replicas',
  // Ahead of what would say that there is no TXT.
  order: { before: 'kubernetes' },
  options: directive({}),
  setup(_, host) {
    const services = parseNameText('svc.cluster.local')
    const counted = host.counter('answers_total', 'Services whose addresses were counted.')

    async function count(query: Query): Promise<Message | undefined> {
      // The server is asked, not the API: this works wherever the names come from.
      const addresses = await host.resolve(query.with({ qtype: Type.A }))
      const { length } = addresses.rrs('answer').filter(({ type }) => type === Type.A)
      if (length === 0) return undefined
      counted.add()
      const text = `${length} ${length === 1 ? 'address' : 'addresses'}`
      return query.reply({ answer: [makeTxt(query.qname, 5, text)] })
    }

    return {
      // Returning nothing passes the query on. Only TXT costs a promise.
      onQuery(query) {
        const isService = services !== undefined && query.qname.isSubdomainOf(services)
        return query.qtype === Type.TXT && isService ? count(query) : undefined
      },
    }
  },
})
