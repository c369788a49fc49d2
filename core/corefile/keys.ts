/**
 * Reads the keys of a server block: `[SCHEME://]ZONE[:PORT]`, where the zone may be an address
 * block in CIDR notation that stands for its reverse zones. Names: RFC 1035 sections 2.3.1 and 5.1.
 */

import type { Token } from '@fingerpost/sdk'
import { normaliseZone, reverseZones } from '@fingerpost/sdk'
import { clip } from './lexer.ts'
import type { Problems } from './problems.ts'

/** What a server block listens with. */
export type Transport = 'dns' | 'tls' | 'https' | 'https3' | 'quic' | 'grpc'

/** Port of each transport when a key names none; for `dns` the `-dns.port` flag may change it. */
export const defaultPorts: Readonly<Record<Transport, number>> = {
  dns: 53,
  tls: 853,
  https: 443,
  https3: 443,
  quic: 853,
  grpc: 443,
}

/** One zone that a server block serves. Several keys share a token if it was an address block. */
export interface Key {
  readonly token: Token
  /** As written, variables replaced and without the comma after it. */
  readonly text: string
  readonly transport: Transport
  /** Fully qualified, lower-cased presentation form, such as `example.org.`. */
  readonly zone: string
  /** 0 to 65535; 0 asks the system for a free one. Undefined: the default of the transport. */
  readonly port: number | undefined
}

/** A name in which every octet is written as an escape. */
const maxTextLength = 1020

/** The zones and the port that a text stands for, or what is wrong with it. */
export type ZonesAndPort =
  | { readonly zones: readonly string[]; readonly port: number | undefined }
  | { readonly problem: string; readonly suggestion?: string }

/** Reads one key. With a mistake in it, that is reported and the list is empty. */
export function parseKey(token: Token, text: string, problems: Problems): Key[] {
  const { transport, rest } = splitTransport(text)
  const parsed = parseZones(rest)
  if ('problem' in parsed) {
    problems.error('bad-zone', parsed.problem, token, parsed.suggestion)
    return []
  }
  warnAboutOddZone(token, rest, parsed.zones, problems)
  return parsed.zones.map((zone) => ({ token, text, transport, zone, port: parsed.port }))
}

/** Splits the scheme off a key. Only lower-case ones count; anything else is part of the zone. */
export function splitTransport(text: string): { transport: Transport; rest: string } {
  const [, scheme, rest] = /^(dns|tls|https|https3|quic|grpc):\/\/(.*)$/s.exec(text) ?? []
  if (scheme === undefined || rest === undefined) return { transport: 'dns', rest: text }
  return { transport: scheme as Transport, rest }
}

/**
 * Reads `ZONE[:PORT]`. The port is what follows the last colon if that is a whole number,
 * otherwise there is none; an address block gives one or more reverse zones. Plugins' ZONES
 * arguments have the same form.
 *
 * @example parseZones('10.0.0.0/23:1053') // two zones in in-addr.arpa., port 1053
 */
export function parseZones(text: string): ZonesAndPort {
  const colon = text.lastIndexOf(':')
  if (colon === text.length - 1) {
    return text === ''
      ? { problem: 'the zone name is empty' }
      : { problem: `a port must follow the last colon of '${clip(text)}'` }
  }
  const digits = colon === -1 ? '' : text.slice(colon + 1)
  const hasPort = /^[+-]?\d+$/.test(digits)
  const name = hasPort ? text.slice(0, colon) : text
  const port = hasPort ? Number(digits) : undefined
  if (port !== undefined && !(port >= 0 && port <= 65_535)) {
    return { problem: `the port ${clip(digits)} is not between 0 and 65535` }
  }
  const reverse = reverseZones(name)
  if (reverse !== undefined) return { zones: reverse, port }
  // CoreDNS's rule; it also keeps out ::/0, which would be all of ip6.arpa.
  if (/^(:|0[\da-f]*:)[\da-f:.]*\/\d+$/i.test(name)) {
    return { problem: `'${clip(name)}' is not accepted as an address block: it starts with zero` }
  }
  const zone = name.length > maxTextLength ? undefined : normaliseZone(name === '@' ? '\\@' : name)
  if (zone !== undefined) return { zones: [zone], port }
  if (name === '') {
    const problem = `the zone name before '${clip(text)}' is empty`
    return { problem, suggestion: `the root zone is written '.'` }
  }
  const problem = `'${clip(name)}' is not a valid zone name: ${faultOf(name)}`
  return { problem, ...suggestionFor(name) }
}

/** The form in which listeners are named: `dns://example.org.:53`. */
export function formatKey(transport: Transport, zone: string, port: number): string {
  return `${transport}://${zone}:${port}`
}

function faultOf(name: string): string {
  if (name.startsWith('.')) return 'it starts with a dot'
  if (name.includes('..')) return 'a label is empty'
  const labels = name.split('.')
  if (labels.some((label) => label.length > 63)) return 'a label is longer than 63 octets'
  return name.length > 254 ? 'it is longer than 255 octets' : 'it is no domain name'
}

/**
 * Tells whether a zone name follows RFC 1035's preferred syntax: letters, digits and hyphens,
 * each label starting with a letter. The root and reverse zones pass.
 */
function hasPreferredSyntax(zone: string): boolean {
  if (zone === '.' || /(^|\.)(in-addr|ip6)\.arpa\.$/.test(zone)) return true
  const labels = zone.slice(0, -1).split('.')
  return labels.every((label) => /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(label))
}

function suggestionFor(name: string): { suggestion?: string } {
  if (/:\d+-\d+$/.test(name)) return { suggestion: 'a key has one port; write one key for each' }
  if (/:[^:]*$/.test(name)) return { suggestion: 'a port is a number' }
  return {}
}

/** CoreDNS takes almost anything for a zone name; what was hardly meant as one gets a warning. */
function warnAboutOddZone(
  token: Token,
  rest: string,
  zones: readonly string[],
  problems: Problems,
): void {
  const odd = zones.find((zone) => !hasPreferredSyntax(zone))
  if (odd === undefined) return
  const message = `Domain "${clip(odd)}" does not follow RFC1035 preferred syntax`
  problems.warn('bad-zone', message, token, oddZoneHelp(rest))
}

function oddZoneHelp(text: string): string | undefined {
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(text)?.[1]
  if (scheme !== undefined) {
    const schemes = Object.keys(defaultPorts).join(', ')
    return `'${clip(scheme)}://' is read as part of the name; schemes are ${schemes}`
  }
  const withoutPort = text.replace(/:\d+$/, '')
  if (/^\d+(\.\d+){3}$/.test(withoutPort)) {
    const reverse = `its reverse zone is '${withoutPort}/32'`
    return `this is read as a name; ${reverse}, and bind chooses addresses to listen on`
  }
  if (/^\[.*\]$/s.test(withoutPort)) {
    return 'this is read as a name; bind chooses addresses to listen on'
  }
  if (/^\[?[\d.a-f:]+\]?(\/\d+)$/i.test(withoutPort)) {
    return 'this is read as a name, because it is not a valid address block'
  }
  if (/\s/.test(text)) return 'this is one name; a variable cannot hold several keys'
  if (text.includes(',')) return `keys are separated by a space, or by ',' and a space`
  if (/^\(.*\)$/s.test(withoutPort))
    return 'this is read as a zone; a snippet has one name and a { } block'
  if (/:[^:/]*$/.test(withoutPort))
    return 'what follows the colon is read as part of the name; a port is a number'
  return undefined
}
