/** Puts together what all commands need: the context of plugins, and where the Corefile is. */

import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { ConfigError } from '@fingerpost/sdk'
import type { Context } from './context.ts'
import type { Flags } from './flags.ts'
import { openPlace } from './listen/open-place.ts'
import type { Loader } from './loader.ts'
import { Log, type WriteLine } from './log.ts'
import { Metrics } from './metrics.ts'
import { type ConfigSource, defaultCorefile } from './read-corefile.ts'
import type { Runtime } from './runtime/runtime.ts'
import { SocketPool } from './sockets.ts'
import { version } from './version.ts'

/** The surroundings of the plugins of this process. */
export function makeContext(
  runtime: Runtime,
  loader: Loader,
  writeLog: WriteLine,
  fatal: () => void,
  { sharesPorts = false }: { readonly sharesPorts?: boolean } = {},
): Context {
  const log = new Log(writeLog)
  const metrics = new Metrics()
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
  return {
    loader,
    log,
    metrics,
    clock: runtime.clock,
    random: runtime.random,
    network: runtime.network,
    identity: { program: `Fingerpost-${version}`, hostname: hostname() },
    environment: runtime.env,
    sockets: new SocketPool((place, listener, serve) =>
      openPlace(
        runtime,
        {
          ...place,
          listener,
          isShared: sharesPorts,
          onFault: (error) => log.core.warning(`${place.label}: ${messageOf(error)}`),
          onShed: (count) => shed.labels(place.label, 'queue').add(count),
          onCertificate: (error) => {
            if (error === undefined) log.core.info(`${place.label} has a new certificate`)
            else log.core.error(`${place.label} keeps its certificate: ${messageOf(error)}`)
          },
          onHttpResponse: ({ label }, status) => https.labels(label, String(status)).add(),
        },
        serve,
      ),
    ),
    files: (root) => runtime.files(root),
    fatal,
  }
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
