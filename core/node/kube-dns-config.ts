/**
 * The ConfigMap `kube-dns` as node-cache takes it: `stubDomains` and `upstreamNameservers`, each a
 * JSON text (reference 3.5). What is not valid is refused as a whole, with all reasons.
 */

import { normaliseZone, parseIp } from '@fingerpost/sdk'
import * as v from 'valibot'

/** What the ConfigMap says. */
export interface KubeDnsConfig {
  /** Servers by domain, the domains sorted. */
  readonly stubDomains: ReadonlyMap<string, readonly string[]>
  /** Resolvers in place of the host's; empty for the host's. */
  readonly upstreamNameservers: readonly string[]
}

/** Texts of the ConfigMap by key; undefined for those that are not there. */
export interface KubeDnsTexts {
  readonly stubDomains?: string | undefined
  readonly upstreamNameservers?: string | undefined
}

export const emptyKubeDnsConfig: KubeDnsConfig = {
  stubDomains: new Map(),
  upstreamNameservers: [],
}

/** Server blocks that a ConfigMap may ask for. */
export const MAX_STUB_DOMAINS = 100
/** Those of *forward*. */
export const MAX_STUB_SERVERS = 15
export const MAX_UPSTREAM_NAMESERVERS = 3

/** Reads the texts: the configuration, or everything that is wrong, a line each. */
export function parseKubeDnsConfig({
  stubDomains,
  upstreamNameservers,
}: KubeDnsTexts): KubeDnsConfig | readonly string[] {
  const problems: string[] = []
  const domains = readKey('stubDomains', stubDomains, stubDomainsSchema, problems) ?? {}
  const servers =
    readKey('upstreamNameservers', upstreamNameservers, nameserversSchema, problems) ?? []
  if (problems.length > 0) return problems
  const sorted = Object.entries(domains).sort(([a], [b]) => (a < b ? -1 : 1))
  return { stubDomains: new Map(sorted), upstreamNameservers: servers }
}

function readKey<S extends v.GenericSchema>(
  key: string,
  text: string | undefined,
  schema: S,
  problems: string[],
): v.InferOutput<S> | undefined {
  if (text === undefined || text.trim() === '') return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    problems.push(`${key} is no JSON: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  if (value === null) return undefined
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  for (const issue of result.issues) {
    const at = issue.path?.map((item) => JSON.stringify(item.key)).join(' ') ?? ''
    problems.push(`${key}${at === '' ? '' : ` ${at}`}: ${issue.message}`)
  }
  return undefined
}

/** `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`, with `dns://` or `tls://` in front. */
function isServer(text: string): boolean {
  const [, scheme = 'dns', rest = ''] = /^(?:([a-z0-9]+):\/\/)?(.*)$/s.exec(text) ?? []
  if (scheme !== 'dns' && scheme !== 'tls') return false
  if (parseIp(rest) !== undefined) return true
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(rest)
  const port = Number(match?.[3])
  return parseIp(match?.[1] ?? match?.[2] ?? '') !== undefined && port > 0 && port < 65_536
}

/** A DNS-1123 subdomain: lower-case letters, digits and hyphens between dots. */
function isDomain(text: string): boolean {
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
  const hasForm = text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text)
  return hasForm && normaliseZone(text) !== undefined
}

const server = v.pipe(
  v.string('a server is an IP address in quotes'),
  v.check(isServer, ({ input }) => `"${input}" is no server: write IP or IP:PORT`),
)
const domain = v.pipe(
  v.string(),
  v.check(
    isDomain,
    ({ input }) => `"${input}" is no domain: write it in lower case, without a dot at its end`,
  ),
)
const nameserversSchema = v.pipe(
  v.array(server, 'expected a list of servers'),
  v.maxLength(MAX_UPSTREAM_NAMESERVERS, `there are more than ${MAX_UPSTREAM_NAMESERVERS} servers`),
)
const DOMAINS_EXPECTED = 'expected an object of domains, each with a list of servers'
const stubDomainsSchema = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), DOMAINS_EXPECTED),
  v.record(
    domain,
    v.pipe(
      v.array(server, 'expected a list of servers'),
      v.minLength(1, 'a domain needs a server'),
      v.maxLength(MAX_STUB_SERVERS, `a domain has ${MAX_STUB_SERVERS} servers at most`),
    ),
    DOMAINS_EXPECTED,
  ),
  v.check(
    (domains) => Object.keys(domains).length <= MAX_STUB_DOMAINS,
    `there are more than ${MAX_STUB_DOMAINS} domains`,
  ),
)
