/** Makes lines from options: reads files, looks up names, finds or makes upstreams. */

import {
  ConfigError,
  ConfigErrors,
  formatIpAddress,
  type Host,
  parseNameText,
  type TlsOptions,
  type Token,
  tlsFiles,
} from '@fingerpost/sdk'
import type { Destination } from './destination.ts'
import { lookUp } from './host-name.ts'
import { Line } from './line.ts'
import { defaultHealthCheck, type LineOptions } from './options.ts'
import { ResolvConf } from './resolv-conf.ts'
import type { Upkeep } from './upkeep.ts'
import { type CheckOptions, type TransportOptions, Upstream, upstreamKey } from './upstream.ts'

/** Upstreams of the running generation that nobody of the next has claimed yet, by their key. */
export type Unclaimed = Map<string, Upstream[]>

/** What the arguments and files of one line give. Nothing is claimed and no socket is open yet. */
export interface LinePlan {
  readonly options: LineOptions
  /** In the order of the arguments: destinations, or a file that names some. */
  readonly sources: readonly (readonly Destination[] | ResolvConf)[]
  readonly transport: TransportOptions
}

/** A line with what keeps its upstreams up to date. */
export interface LiveLine {
  readonly line: Line
  /** Reads changed files; resolves when that is done. */
  poll(): Promise<void>
  /** Reads a file whenever it may have changed, until `release`. */
  watch(): void
  readonly hasFiles: boolean
  release(): void
}

/** @throws ConfigErrors with all mistakes that only the surroundings can show */
export async function planLine(options: LineOptions, host: Host): Promise<LinePlan> {
  const faults: ConfigError[] = []
  const note = <T>(value: T | ConfigError): T | undefined => {
    if (!(value instanceof ConfigError)) return value
    faults.push(value)
    return undefined
  }
  const tls = note(await readTls(options, host))
  const sources: (readonly Destination[] | ResolvConf)[] = []
  for (const { value, at } of options.args[1]) {
    const source = value.isName ? note(await findSource(value, at, options, host)) : [value]
    if (source !== undefined) sources.push(source)
  }
  if (faults.length === 0 && destinationsOf(sources).length === 0) {
    const at = options.args[1][0]?.at
    faults.push(new ConfigError('file', 'forward: no nameservers found', { at }))
  }
  if (faults.length > 0 || tls === undefined) throw new ConfigErrors(faults)
  const { block } = options
  const transport = {
    localAddress: block.source_address && formatIpAddress(block.source_address),
    idleMs: block.expire,
    maxAgeMs: block.max_age,
    maxIdle: block.max_idle_conns,
    method: block.doh_method,
    tls,
  }
  return { options, sources, transport }
}

/** Makes a line of a plan; upstreams that the running generation has are taken over. */
export function makeLine(
  { options, sources, transport }: LinePlan,
  unclaimed: Unclaimed,
  host: Host,
  upkeep: Upkeep,
): LiveLine {
  const check: CheckOptions = {
    ...(options.block.health_check ?? defaultHealthCheck),
    overTcp: options.block.force_tcp,
  }
  const make = (destination: Destination): Upstream => {
    const known = unclaimed.get(upstreamKey(destination, transport))?.shift()
    const upstream = known ?? new Upstream(destination, transport, check, host, upkeep)
    return upstream.claim(check)
  }
  const line = new Line(options, destinationsOf(sources).map(make), host)
  const files = sources.filter((source) => source instanceof ResolvConf)
  let isReleased = false
  let unwatch: (() => void)[] = []
  const poll = async (): Promise<void> => {
    const changes = await Promise.all(files.map((file) => file.poll()))
    if (!isReleased && changes.includes(true)) {
      replaceUpstreams(line, destinationsOf(sources), transport, make)
    }
  }
  return {
    line,
    hasFiles: files.length > 0,
    poll,
    watch() {
      unwatch = files.map((file) => file.watch(() => void poll()))
    },
    release() {
      isReleased = true
      for (const stop of unwatch) stop()
      const { upstreams } = line
      // Queries still on the way find nothing to try next and end.
      line.upstreams = []
      for (const upstream of upstreams) upstream.release(true)
    },
  }
}

function replaceUpstreams(
  line: Line,
  destinations: readonly Destination[],
  transport: TransportOptions,
  make: (destination: Destination) => Upstream,
): void {
  const old = new Map(line.upstreams.map((upstream) => [upstream.key, upstream]))
  line.upstreams = destinations.map((destination) => {
    const key = upstreamKey(destination, transport)
    const known = old.get(key)
    old.delete(key)
    return known ?? make(destination)
  })
  for (const upstream of old.values()) upstream.release(false)
}

function destinationsOf(sources: LinePlan['sources']): Destination[] {
  const all = sources.flatMap((source) =>
    source instanceof ResolvConf ? source.destinations : source,
  )
  return [...new Map(all.map((destination) => [JSON.stringify(destination), destination])).values()]
}

/** What a word that is no IP address stands for: a file if there is one, else a host name. */
async function findSource(
  destination: Destination,
  at: Token,
  options: LineOptions,
  host: Host,
): Promise<readonly Destination[] | ResolvConf | ConfigError> {
  const name = destination.host
  const file = new ResolvConf(name, host)
  try {
    if (await file.open()) return file
  } catch (cause) {
    return new ConfigError('file', `forward: ${name} cannot be read`, { at, cause })
  }
  const fault = new ConfigError(
    'bad-value',
    `forward: "${name}" is neither an IP address nor a file nor a host name that can be looked up`,
    { at },
  )
  if (name.includes('/') || parseNameText(name) === undefined) return fault
  const serverName = name.replace(/\.$/, '')
  // `fetch` looks names up itself, and needs them to check certificates.
  if (destination.transport === 'https') return [{ ...destination, host: serverName }]
  const addresses = await lookUp(name, options.block.resolver, host)
  if (addresses.length === 0) return fault
  return addresses.map((address) => ({
    ...destination,
    host: address,
    isName: false,
    ...(destination.transport === 'tls' &&
      options.block.tls_servername === undefined && { serverName }),
  }))
}

async function readTls({ block }: LineOptions, host: Host): Promise<TlsOptions | ConfigError> {
  try {
    const read = await tlsFiles(block.tls ?? [], host.files)
    const { tls_servername: serverName } = block
    return { ...(await read()), ...(serverName !== undefined && { serverName }) }
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}
