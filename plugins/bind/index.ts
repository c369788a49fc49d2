/** *bind*: listens on given addresses, or on those of given interfaces, instead of all. */

import {
  args,
  ConfigError,
  definePlugin,
  directive,
  formatIp,
  type Host,
  type Located,
  located,
  many,
  type NetworkInterface,
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
  setup(occurrences, host: Host) {
    const interfaces = host.network.interfaces()
    const { bindAddresses } = host.settings
    for (const {
      args: [words],
      block,
    } of occurrences) {
      const except = new Set(block.except.flatMap((word) => addressesOf(word, interfaces)))
      for (const address of words.flatMap((word) => addressesOf(word, interfaces))) {
        if (!except.has(address) && !bindAddresses.includes(address)) bindAddresses.push(address)
      }
    }
    if (bindAddresses.length === 0) {
      const last = occurrences.at(-1)?.args[0].at(-1)
      throw new ConfigError('listen', 'nothing is left to listen on', { at: last?.at })
    }
    return {}
  },
})

/** All addresses of the interface of that name, or the address itself. */
function addressesOf(
  { value, at }: Located<string>,
  interfaces: readonly NetworkInterface[],
): readonly string[] {
  const found = interfaces.find(({ name }) => name === value)
  if (found !== undefined) return found.addresses.map((text) => normalise(text, []) ?? text)
  const address = normalise(value, interfaces)
  if (address !== undefined) return [address]
  const names = interfaces.map(({ name }) => name)
  throw new ConfigError('listen', `not a valid IP address or interface name: "${value}"`, {
    at,
    suggestion: `the interfaces here are ${names.join(', ')}`,
  })
}

/**
 * One spelling for each address, so that they can be compared (RFC 5952). A link-local IPv6
 * address without a zone (RFC 4007 11) gets that of the interface it belongs to.
 */
function normalise(text: string, interfaces: readonly NetworkInterface[]): string | undefined {
  const address = parseIpAddress(text)
  if (address === undefined) return undefined
  const plain = formatIp(address.bytes)
  if (address.zoneId !== undefined) return `${plain}%${address.zoneId}`
  if (!isLinkLocal(address.bytes)) return plain
  const zoned = interfaces.flatMap(({ addresses }) => addresses.map((one) => normalise(one, [])))
  const mine = zoned.filter((one) => one?.startsWith(`${plain}%`))
  // Several interfaces may have the same address: then nobody knows which one is meant.
  return mine.length === 1 ? mine[0] : plain
}

/** fe80::/10 (RFC 4291 2.5.6). */
function isLinkLocal(octets: Uint8Array): boolean {
  return octets.length === 16 && octets[0] === 0xfe && ((octets[1] as number) & 0xc0) === 0x80
}
