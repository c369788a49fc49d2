/** Where server blocks listen: the address, port and name of the server for each of their keys. */

import type { ConfiguredBlock } from './configure.ts'
import { defaultPorts, type Key } from './corefile/keys.ts'
import type { Claim } from './corefile/overlap.ts'
import type { ListenPlace } from './sockets.ts'

/** A key of a block at one of the addresses that the block listens on. */
export interface Placement {
  readonly key: Key
  readonly place: ListenPlace
}

/** Every key of a block at every address. */
export function placementsOf(
  { keys, settings }: Pick<ConfiguredBlock, 'keys' | 'settings'>,
  dnsPort: number,
): Placement[] {
  const { bindAddresses } = settings
  const addresses = bindAddresses.length === 0 ? [''] : bindAddresses
  return keys.flatMap((key) =>
    addresses.map((address) => ({ key, place: placeOf(key, address, portOf(key, dnsPort)) })),
  )
}

/** The port of a key: its own, `-dns.port`, or that of its transport. */
export function portOf(key: Key, dnsPort: number): number {
  return key.port ?? (key.transport === 'dns' ? dnsPort : defaultPorts[key.transport])
}

/** What a block claims, to be compared with what others claim. */
export function claimsOf({ keys, settings }: ConfiguredBlock, dnsPort: number): Claim[] {
  return keys.map((key) => ({
    transport: key.transport,
    zone: key.zone,
    port: portOf(key, dnsPort),
    addresses: settings.bindAddresses,
    isFiltered: settings.viewName !== '',
    at: key.token,
  }))
}

/**
 * A zone and where it is served, as CoreDNS lists them: `example.org.:1053 on 127.0.0.1`,
 * `tls://.:853`.
 */
export function formatPlacement({ key, place }: Placement, port: number): string {
  const scheme = key.transport === 'dns' ? '' : `${key.transport}://`
  const zone = `${scheme}${key.zone}:${port}`
  return place.address === '' ? zone : `${zone} on ${place.address}`
}

function placeOf(key: Key, address: string, port: number): ListenPlace {
  const host = address.includes(':') ? `[${address}]` : address
  const transport = key.transport as ListenPlace['transport']
  return { label: `${transport}://${host}:${port}`, transport, address, port, at: key.token }
}
