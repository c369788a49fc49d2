/** What may stand for FROM and TO: zones, addresses with a transport, files and host names. */

import {
  type AddressWithPort,
  addressWithPort,
  formatAddressWithPort,
  matches,
  normaliseZone,
  parseIpAddress,
  reverseZones,
  type Word,
  word,
} from '@fingerpost/sdk'

/** How an upstream is reached: UDP and TCP, TLS (RFC 7858), HTTPS (RFC 8484). */
export type UpstreamTransport = 'dns' | 'tls' | 'https'

/** An upstream's address as it was configured or found in a file. */
export interface Destination {
  readonly transport: UpstreamTransport
  /** An IP address with its zone id; a path or a host name if `isName`. */
  readonly host: string
  readonly port: number
  /** The name to verify the certificate against and to send as SNI. */
  readonly serverName?: string
  /** Set for what is no IP address: a file like resolv.conf, or a host name. */
  readonly isName: boolean
}

/** Ports of the transports. */
export const DEFAULT_PORT: Record<UpstreamTransport, number> = { dns: 53, tls: 853, https: 443 }

/** The zone of a line; a network may stand for several. */
export const from: Word<string[]> = word<string[]>({
  expects: 'a zone or a network',
  name: 'FROM',
  example: '.',
  parse: (text, refuse) => parseZones(text) ?? refuse(),
})

/** A word of `except`. CoreDNS starts with words that are no names; they except nothing. */
export interface Exception {
  readonly text: string
  readonly zones: readonly string[]
}

export const exception: Word<Exception> = word<Exception>({
  expects: 'a name or a network',
  name: 'NAME',
  example: 'internal.example.org',
  format: ({ text }) => text,
  parse: (text) => ({ text, zones: parseZones(text) ?? [] }),
})

/** One TO: an address, a file or a host name, with a transport in front or not. */
export const destination: Word<Destination> = word<Destination>({
  expects: 'an IP address, a file or a host name',
  name: 'TO',
  example: '192.0.2.1:53',
  parse(text, refuse) {
    const [, scheme = 'dns', rest = ''] = /^(?:([a-z][a-z0-9]*):\/\/)?(.*)$/is.exec(text) ?? []
    if (scheme !== 'dns' && scheme !== 'tls' && scheme !== 'https') {
      return refuse(`the transports are dns://, tls:// and https://, not ${scheme}://`)
    }
    if (rest === '') return refuse()
    if (scheme === 'https' && rest.includes('/')) return refuse('a path cannot be chosen')
    const { bare, serverName } = scheme === 'tls' ? splitServerName(rest) : { bare: rest }
    const found = parseAddress(bare, DEFAULT_PORT[scheme])
    if (found === 'bad-port') return refuse('ports go from 1 to 65535')
    const isName = parseIpAddress(found.host) === undefined
    if (isName && serverName !== undefined) return refuse('a server name follows an IP address')
    if (isName && /^[\d.]+$/.test(found.host)) return refuse()
    return {
      transport: scheme,
      ...found,
      ...(serverName !== undefined && serverName !== '' && { serverName }),
      isName,
    }
  },
})

/** The address of a resolver: an IP address with or without a port. */
export const address: Word<AddressWithPort> = word<AddressWithPort>({
  expects: 'an IP address with or without a port',
  name: 'IP[:PORT]',
  example: '192.0.2.1',
  format: formatAddressWithPort,
  parse(text, refuse) {
    if (!matches(addressWithPort(53), text)) return refuse()
    const found = parseAddress(text, 53)
    if (found === 'bad-port' || parseIpAddress(found.host) === undefined) return refuse()
    return found
  },
})

function parseZones(text: string): string[] | undefined {
  const bare = text.replace(/^(dns|tls|https|grpc):\/\//, '').replace(/:\d+$/, '')
  const network = bare.includes('/') ? reverseZones(bare) : undefined
  if (network !== undefined) return network
  if (/^[0-9a-f.:]+\/\d+$/i.test(bare)) return undefined
  const zone = normaliseZone(bare)
  return zone === undefined ? undefined : [zone]
}

/** `IP%name`, `IP%name:port`, `[v6%name]:port`: an address and the name after its last `%`. */
function splitServerName(text: string): { bare: string; serverName?: string } {
  const percent = text.lastIndexOf('%')
  if (percent < 0) return { bare: text }
  const behind = /^(.*?)(\]?(?::\d+)?)$/.exec(text.slice(percent + 1))
  return { bare: text.slice(0, percent) + (behind?.[2] ?? ''), serverName: behind?.[1] ?? '' }
}

/** Text that is no address with a port comes back whole: it may be a path. */
function parseAddress(text: string, defaultPort: number): AddressWithPort | 'bad-port' {
  if (parseIpAddress(text) !== undefined) return { host: text, port: defaultPort }
  const match = /^(?:\[([^\]]+)\]|([^:/]+))(?::(.*))?$/.exec(text)
  if (match === null) return { host: text, port: defaultPort }
  const host = match[1] ?? (match[2] as string)
  if (match[3] === undefined) return { host, port: defaultPort }
  const isPort = /^\d{1,5}$/.test(match[3]) && Number(match[3]) > 0 && Number(match[3]) < 65536
  return isPort ? { host, port: Number(match[3]) } : 'bad-port'
}
