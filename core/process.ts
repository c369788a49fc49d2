/** Puts together what all commands need: the context of plugins, and where the Corefile is. */

import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import process from 'node:process'
import { type Clock, ConfigError } from '@fingerpost/sdk'
import type { Context } from './context.ts'
import type { Flags } from './flags.ts'
import { keepSmall } from './footprint.ts'
import type { OnHttpResponse } from './listen/https.ts'
import { openPlace } from './listen/open-place.ts'
import { stackOf } from './loader/plugin-fault.ts'
import type { Loader } from './loader.ts'
import { Log, type WriteLine } from './log.ts'
import { Metrics } from './metrics.ts'
import { type ConfigSource, defaultCorefile } from './read-corefile.ts'
import type { Runtime } from './runtime/runtime.ts'
import { type OpenSockets, SocketPool } from './sockets.ts'
import { version } from './version.ts'

/** How often the log says that a place is overloaded; the metric counts all the time. */
const OVERLOAD_LOG_MS = 60_000

/** Hears of what happens at places that are open, named by their labels. */
export interface PlaceEvents {
  onFault(label: string, error: unknown): void
  onShed(label: string, count: number, heaviest: string | undefined): void
  onCertificate(label: string, error: unknown): void
  readonly onHttpResponse: OnHttpResponse
}

/** The surroundings of the plugins of this process; `opener` makes what opens its sockets. */
export function makeContext(
  runtime: Runtime,
  loader: Loader,
  writeLog: WriteLine,
  fatal: () => void,
  opener: (events: PlaceEvents) => OpenSockets,
): Context {
  const log = new Log(writeLog)
  const metrics = new Metrics()
  return {
    loader,
    log,
    metrics,
    clock: runtime.clock,
    random: runtime.random,
    network: runtime.network,
    identity: { program: `Fingerpost-${version}`, hostname: hostname() },
    environment: runtime.env,
    sockets: new SocketPool(opener(placeEvents(runtime.clock, log, metrics))),
    files: (root) => runtime.files(root),
    fatal,
  }
}

/** Opens everything that server blocks listen on; with `isShared`, beside another process. */
export function placeOpener(
  runtime: Runtime,
  isShared: boolean,
): (events: PlaceEvents) => OpenSockets {
  return ({ onFault, onShed, onCertificate, onHttpResponse }) =>
    (place, listener, serve) =>
      openPlace(
        runtime,
        {
          ...place,
          listener,
          isShared,
          onFault: (error) => onFault(place.label, error),
          onShed: (count, heaviest) => onShed(place.label, count, heaviest),
          onCertificate: (error) => onCertificate(place.label, error),
          onHttpResponse,
        },
        serve,
      )
}

function placeEvents(clock: Clock, log: Log, metrics: Metrics): PlaceEvents {
  const https = metrics.counter(
    'coredns_dns_https_responses_total',
    'Responses of DNS over HTTPS by HTTP status.',
    ['server', 'status'],
  )
  const shed = metrics.counter(
    'coredns_shed_dropped_total',
    'Queries dropped unread, since more came than can be answered.',
    ['server', 'reason'],
  )
  const toldMs = new Map<string, number>()
  return {
    onFault: (label, error) => log.core.warning(`${label}: ${messageOf(error)}`),
    onShed(label, count, heaviest) {
      shed.labels(label, 'queue').add(count)
      if (clock.now() - (toldMs.get(label) ?? Number.NEGATIVE_INFINITY) < OVERLOAD_LOG_MS) return
      toldMs.set(label, clock.now())
      const who = heaviest === undefined ? '' : `; ${heaviest} sends most of them`
      log.core.warning(`${label}: more queries come than can be answered, some are dropped${who}`)
    },
    onCertificate(label, error) {
      if (error === undefined) log.core.info(`${label} has a new certificate`)
      else log.core.error(`${label} keeps its certificate: ${messageOf(error)}`)
    },
    onHttpResponse: ({ label }, status) => https.labels(label, String(status)).add(),
  }
}

/** Gives memory back when there is little to do, where the runtime can. */
export function keepProcessSmall({ clock, releaseMemory, releasePages }: Runtime): void {
  if (releaseMemory === undefined || releasePages === undefined) return
  const residentBytes = (): number => process.memoryUsage.rss()
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  keepSmall({ clock, residentBytes, cpuMs, releaseMemory, releasePages })
}

/** A fault that no query waits for, in a timer of a plugin say, must not end the server. */
export function surviveStrayFaults({ log, metrics }: Context, fatal: () => void): void {
  const survive = (error: unknown): void => {
    metrics.counter('coredns_panics_total', 'Faults of plugins that were caught.').add()
    log.core.error(`a fault outside of any query: ${stackOf(error)}`)
    if (log.isDebug) fatal()
  }
  process.on('uncaughtException', survive)
  process.on('unhandledRejection', survive)
}

/** `-conf`, standard input, `./Corefile`, or what CoreDNS does without any of them. */
export function sourceOf(runtime: Runtime, { conf, dnsPort }: Flags): ConfigSource {
  if (conf === 'stdin') {
    // A pipe can be read once: a reload keeps what it said.
    let text: Promise<string> | undefined
    return {
      path: 'stdin',
      isFile: false,
      read: () => {
        text ??= runtime.readStdin()
        return text
      },
    }
  }
  const path = conf === '' ? 'Corefile' : conf
  return {
    path,
    isFile: true,
    read: async () => {
      try {
        return await readFile(path, 'utf8')
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException
        if (conf === '' && code === 'ENOENT') return defaultCorefile(dnsPort)
        const reason = reasons[code ?? ''] ?? message
        throw new ConfigError('file', `can't read the Corefile ${path}: ${reason}`, { cause })
      }
    },
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
