/** *bind*: listens on given addresses, or on those of given interfaces, instead of all. */

import {
  args,
  ConfigError,
  definePlugin,
  directive,
  type Host,
  type Located,
  located,
  many,
  parseIpAddress,
  text,
} from '@fingerpost/sdk'

export default definePlugin({
  name: 'bind',
  options: many(
    directive({
      args: args(many(located(text))),
      block: { except: many(located(text)) },
    }),
  ),
  setup(occurrences, host) {
    for (const {
      args: [words],
      block,
    } of occurrences) {
      const except = new Set(block.except.flatMap((word) => addressesOf(word, host)))
      for (const word of words) {
        for (const address of addressesOf(word, host)) {
          if (!except.has(address)) host.settings.bindAddresses.push(address)
        }
      }
    }
    const last = occurrences.at(-1)?.args[0].at(-1)
    if (host.settings.bindAddresses.length === 0) {
      throw new ConfigError('listen', 'nothing is left to listen on', { at: last?.at })
    }
    return {}
  },
})

/** The address itself, or all addresses of the interface of that name. */
function addressesOf({ value, at }: Located<string>, host: Host): readonly string[] {
  const address = parseIpAddress(value)
  if (address !== undefined) return [value.toLowerCase()]
  const found = host.network.interfaces().find(({ name }) => name === value)
  if (found !== undefined) return found.addresses
  const names = host.network.interfaces().map(({ name }) => name)
  throw new ConfigError('listen', `not a valid IP address or interface name: "${value}"`, {
    at,
    suggestion: `the interfaces here are ${names.join(', ')}`,
  })
}
