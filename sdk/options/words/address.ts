/** Addresses with ports as directives name them: `:9153`, `localhost:9153`, `[::1]:53`. */

import * as v from 'valibot'
import type { Word } from '../schema.ts'
import { word } from '../word.ts'
import { parseIpAddress } from './ip-address.ts'

/** Where to listen, or whom to ask. */
export interface AddressWithPort {
  /** An IP address (with its zone id: `fe80::1%eth0`) or a host name; empty means all addresses. */
  readonly host: string
  readonly port: number
}

/**
 * An IP address or host name with a port: `192.0.2.1:53`, `[2001:db8::1]:53`, `localhost:9153`,
 * `:9153`. The port may be left out, and brackets with it, if there is a default.
 */
export function addressWithPort(defaultPort?: number): Word<AddressWithPort> {
  const isOptional = defaultPort !== undefined
  return word<AddressWithPort>({
    expects: isOptional ? 'an address with or without a port' : 'an address with a port',
    name: isOptional ? 'ADDRESS[:PORT]' : 'ADDRESS:PORT',
    example: `192.0.2.1:${defaultPort ?? 53}`,
    format: formatAddressWithPort,
    parse(text, refuse) {
      const split = splitPort(text)
      if (split === undefined) return refuse()
      const { host, portText } = split
      if (portText === undefined && defaultPort === undefined) return refuse('the port is missing')
      if (portText !== undefined && !isPort(portText)) return refuse('ports go from 0 to 65535')
      if (host === '' && portText === undefined) return refuse()
      if (host !== '' && !isHost(host)) return refuse()
      return { host, port: portText === undefined ? defaultPort! : Number(portText) }
    },
  })
}

/** Reads what {@link addressWithPort} takes; undefined for anything else. */
export function parseAddressWithPort(
  text: string,
  defaultPort: number,
): AddressWithPort | undefined {
  const parsed = v.safeParse(addressWithPort(defaultPort), text)
  return parsed.success ? parsed.output : undefined
}

/** Writes an address with its port, in brackets if it is IPv6. */
export function formatAddressWithPort({ host, port }: AddressWithPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function splitPort(text: string): { host: string; portText: string | undefined } | undefined {
  const bracketed = /^\[([^[\]]*:[^[\]]*)\](?::(.*))?$/.exec(text)
  if (bracketed) return { host: bracketed[1]!, portText: bracketed[2] }
  const colon = text.indexOf(':')
  if (colon === -1) return { host: text, portText: undefined }
  // Several colons without brackets: an IPv6 address.
  if (text.includes(':', colon + 1)) return { host: text, portText: undefined }
  return { host: text.slice(0, colon), portText: text.slice(colon + 1) }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535
}

/** A name whose last label is all digits is an IPv4 address gone wrong. */
function isHost(host: string): boolean {
  if (parseIpAddress(host)) return true
  const isName = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?)+$/i.test(host)
  return isName && host.length <= 254 && !/(^|\.)\d+\.?$/.test(host)
}
