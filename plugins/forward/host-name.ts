/** Looks up upstreams that are configured by host name, once, when the configuration is read. */

import {
  type AddressWithPort,
  composeQuery,
  DnsError,
  type Exchange,
  Flag,
  formatAddressWithPort,
  formatIpAddress,
  type Host,
  isReplyTo,
  Message,
  type Name,
  parseIpAddress,
  parseNameText,
  type Query,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import type { Pending } from './pending.ts'
import { parseResolvConf } from './resolv-conf.ts'
import { UdpExchange } from './udp-exchange.ts'
import { Upkeep } from './upkeep.ts'

/** Time for one question to one resolver. */
const TIMEOUT_MS = 1000
/** Resolvers asked in turn: more would hold up the start for too long. */
const MAX_RESOLVERS = 2
const SYSTEM_RESOLVERS = '/etc/resolv.conf'

/**
 * The IPv4 addresses of a host name, or else its IPv6 addresses; none when it has none or nobody
 * answered. Asks the resolvers given, or else the system's.
 */
export async function lookUp(
  hostName: string,
  resolvers: readonly AddressWithPort[],
  host: Host,
): Promise<string[]> {
  const name = parseNameText(hostName)
  if (name === undefined) return []
  const upkeep = new Upkeep(host.clock)
  const asked = resolvers.length > 0 ? resolvers : await systemResolvers(host)
  for (const resolver of asked.slice(0, MAX_RESOLVERS)) {
    const exchange = new UdpExchange({ address: resolver.host, port: resolver.port }, 0, {
      network: host.network,
      random: host.random,
      upkeep,
      countReuse: () => {},
    })
    try {
      for (const type of [Type.A, Type.AAAA]) {
        const found = await ask(exchange, name, type, upkeep)
        if (found.length > 0) return found
      }
      return []
    } catch (error) {
      const at = formatAddressWithPort(resolver)
      host.log.warning(`resolver ${at} for ${hostName}: ${String(error)}`)
    } finally {
      exchange.close()
    }
  }
  return []
}

async function systemResolvers(host: Host): Promise<AddressWithPort[]> {
  try {
    return parseResolvConf(await host.files.readText(SYSTEM_RESOLVERS))
  } catch {
    return []
  }
}

/** Rejects with the fault when there is no usable reply. */
async function ask(
  exchange: UdpExchange,
  name: Name,
  type: number,
  { clock }: Upkeep,
): Promise<string[]> {
  const flags = Flag.RD
  const edns = undefined
  const query = composeQuery({
    id: 0,
    flags,
    qname: name,
    qtype: type,
    qclass: 1,
    edns,
    exchange: nobody,
    depth: 0,
  })
  const reply = await new Promise<Uint8Array>((resolve, reject) => {
    exchange.send(new Lookup(query, clock.now() + TIMEOUT_MS, resolve, reject))
  })
  const message = isReplyTo(query, reply) ? Message.parse(reply) : undefined
  if (message === undefined) throw new DnsError('upstream-mismatch', 'unusable reply')
  return message.answer.filter((rr) => rr.type === type).flatMap(addressOf)
}

class Lookup implements Pending {
  readonly wire: Uint8Array
  id = 0
  expiresAt: number
  readonly onReply: (reply: Uint8Array) => void
  readonly onFault: (fault: DnsError) => void

  constructor(
    query: Query,
    expiresAt: number,
    onReply: (reply: Uint8Array) => void,
    onFault: (fault: DnsError) => void,
  ) {
    this.wire = query.wire
    this.expiresAt = expiresAt
    this.onReply = onReply
    this.onFault = onFault
  }

  onConnected(): void {}
}

function addressOf({ rdata }: Rr): string[] {
  const text = rdata.length === 4 ? rdata.join('.') : toIpv6Text(rdata)
  const address = parseIpAddress(text)
  return address === undefined ? [] : [formatIpAddress(address)]
}

function toIpv6Text(bytes: Uint8Array): string {
  const groups: string[] = []
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    groups.push((((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16))
  }
  return groups.join(':')
}

const nobody: Exchange = {
  listener: { index: 0, transport: 'udp', address: '', port: 0, label: '' },
  clientAddress: '',
  clientPort: 0,
}
