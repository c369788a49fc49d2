/** *nsid*: names the server in responses to clients that ask for it (RFC 5001). */

import {
  composeNsid,
  custom,
  definePlugin,
  directive,
  EDNS_DO,
  EdnsOption,
  findEdnsOption,
  type Message,
  type Query,
  withEdns,
} from '@fingerpost/sdk'

const words = custom((tokens) => tokens.map(({ text }) => text).join(' '), { takes: '[DATA…]' })

export default definePlugin({
  name: 'nsid',
  options: directive({ args: words }),
  setup({ args: data }, host) {
    const nsid = composeNsid(data === '' ? host.identity.hostname : data)
    return {
      onResponse(query: Query, response: Message): Message {
        if (!isAsked(query)) return response
        const edns = response.edns ?? {
          udpSize: query.ednsSize,
          extendedRcode: 0,
          version: 0,
          flags: EDNS_DO,
          options: [],
        }
        const others = edns.options.filter(({ code }) => code !== EdnsOption.NSID)
        return withEdns(response, { ...edns, options: [...others, nsid] })
      },
    }
  },
})

function isAsked(query: Query): boolean {
  return query.hasEdns && findEdnsOption(query.ednsOptions, EdnsOption.NSID) !== undefined
}
