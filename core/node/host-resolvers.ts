/**
 * Which file tells the host's resolvers. `/etc/resolv.conf` does, unless all it names is the stub
 * of systemd-resolved on 127.0.0.53 and nobody answers there (a network namespace of its own), or
 * the stub is not wanted: then its own list of upstreams does.
 */

import { parseIpAddress } from '@fingerpost/sdk'

/** What becomes of the stub of systemd-resolved: used if it answers, always used, never used. */
export type StubUse = 'auto' | 'use' | 'avoid'
export const stubUses = ['auto', 'use', 'avoid'] as const

/** What to choose from. */
export interface HostResolverOptions {
  /** `/etc/resolv.conf`. */
  readonly resolvConf: string
  /** The list that systemd-resolved keeps of its upstreams. */
  readonly upstreamResolvConf: string
  readonly stubUse: StubUse
  /** Addresses that are served here. */
  readonly localIps: readonly string[]
  /** The text of a file; undefined when it can't be read. */
  readText(path: string): Promise<string | undefined>
  /** Whether a DNS server answers at port 53 of an address. */
  answers(address: string): Promise<boolean>
}

/** The file to take, and a word for the log where it is not the first. */
export interface HostResolvers {
  readonly path: string
  readonly note?: string
}

/** Chooses the file. */
export async function chooseHostResolvers(options: HostResolverOptions): Promise<HostResolvers> {
  const { resolvConf, upstreamResolvConf, localIps } = options
  const servers = await nameserversIn(resolvConf, options)
  const fault = await faultOf(servers, options)
  if (fault === undefined) return { path: resolvConf }
  const others = await nameserversIn(upstreamResolvConf, options)
  const usable = others.filter((server) => !isStub(server) && !localIps.includes(server))
  if (usable.length > 0) {
    return {
      path: upstreamResolvConf,
      note: `${resolvConf} ${fault}: ${upstreamResolvConf} is used`,
    }
  }
  return { path: resolvConf, note: `${resolvConf} ${fault}, and ${upstreamResolvConf} is no help` }
}

/** What is wrong with the host's servers, if something is. */
async function faultOf(
  servers: readonly string[],
  { stubUse, localIps, answers }: HostResolverOptions,
): Promise<string | undefined> {
  if (servers.length === 0) return undefined
  if (servers.every((server) => localIps.includes(server))) return 'names only this server itself'
  if (stubUse === 'use' || !servers.every(isStub)) return undefined
  if (stubUse === 'avoid') return 'names only the stub of systemd-resolved, which is not wanted'
  if (await answers(servers[0] as string)) return undefined
  return 'names only the stub of systemd-resolved, where nobody answers'
}

async function nameserversIn(path: string, { readText }: HostResolverOptions): Promise<string[]> {
  const lines = (await readText(path))?.split('\n') ?? []
  return lines.flatMap((line) => {
    const [keyword, server = ''] = line.trim().split(/\s+/)
    return keyword === 'nameserver' && parseIpAddress(server) !== undefined ? [server] : []
  })
}

/** systemd-resolved listens on these two. */
function isStub(server: string): boolean {
  return server === '127.0.0.53' || server === '127.0.0.54'
}
