/** The program: reads the command line, starts, follows signals, ends (reference 1.8). */

import { readFile, unlink, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { type CatalogueEntry, ConfigError } from '@fingerpost/sdk'
import type { Context } from './context.ts'
import { type Flags, formatUsage, parseFlags, UsageError } from './flags.ts'
import { formatZone, type Generation } from './generation.ts'
import { LastGood } from './last-good.ts'
import { type ConfigSource, defaultCorefile, describeConfigError, Lifecycle } from './lifecycle.ts'
import { openDns } from './listen/open-dns.ts'
import { Loader } from './loader.ts'
import { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import type { Runtime } from './runtime/runtime.ts'
import { SocketPool } from './sockets.ts'
import { commit, version } from './version.ts'

/** Exit codes, CoreDNS's: 1 for a start that failed, 2 for an impatient end, 4 for an unclean one. */
const Exit = { OK: 0, FAILED: 1, IMPATIENT: 2, SHUTDOWN_FAILED: 4 } as const

/** Runs the program with the plugins given. */
export async function main(
  runtime: Runtime,
  catalogue: readonly CatalogueEntry[],
  absent: readonly string[],
): Promise<void> {
  let flags: Flags
  try {
    flags = parseFlags(runtime.args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    runtime.stderr.write(`fingerpost: ${error.message}\n\n${formatUsage().trimEnd()}`)
    return runtime.exit(Exit.FAILED)
  }
  const loader = new Loader(catalogue, absent)
  if (flags.help) return say(runtime, formatUsage())
  if (flags.version) return say(runtime, `${describeProgram(runtime)}\n`)
  if (flags.plugins) {
    return say(runtime, loader.names.map((name) => `dns.${name}\n`).join(''))
  }
  await run(runtime, flags, loader)
}

async function run(runtime: Runtime, flags: Flags, loader: Loader): Promise<void> {
  const context: Context = {
    loader,
    log: new Log((line) => runtime.stdout.write(line)),
    metrics: new Metrics(),
    clock: runtime.clock,
    random: runtime.random,
    network: runtime.network,
    sockets: new SocketPool((place, listener, serve) =>
      openDns(
        runtime,
        {
          address: place.address,
          port: place.port,
          udp: (port) => listener('udp', port),
          tcp: (port) => listener('tcp', port),
        },
        serve,
      ),
    ),
    files: (root) => runtime.files(root),
    fatal: () => runtime.exit(Exit.FAILED),
  }
  const lifecycle = new Lifecycle(context, {
    source: sourceOf(runtime, flags),
    environment: runtime.env,
    dnsPort: flags.dnsPort,
    isWatching: flags.watch,
    lastGood: flags.state === '' ? undefined : new LastGood(flags.state),
  })
  followSignals(runtime, lifecycle, flags)
  try {
    const generation = await lifecycle.start()
    if (flags.pidfile !== '') await writeFile(flags.pidfile, `${process.pid}\n`)
    if (!flags.quiet) greet(runtime, generation)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    runtime.exit(Exit.FAILED)
  }
}

/** `-conf`, standard input, `./Corefile`, or what CoreDNS does without any of them. */
function sourceOf(runtime: Runtime, { conf, dnsPort }: Flags): ConfigSource {
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
  if (conf !== '') return { path: conf, isFile: true, read: () => readCorefile(conf) }
  return {
    path: 'Corefile',
    isFile: true,
    read: async () => {
      try {
        return await readFile('Corefile', 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        return defaultCorefile(dnsPort)
      }
    },
  }
}

async function readCorefile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = reasons[code ?? ''] ?? message
    throw new ConfigError('file', `can't read the Corefile ${path}: ${reason}`, { cause })
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

function followSignals(runtime: Runtime, lifecycle: Lifecycle, { pidfile }: Flags): void {
  let isEnding = false
  const end = async (): Promise<void> => {
    isEnding = true
    const isClean = await lifecycle.stop()
    if (pidfile !== '') await unlink(pidfile).catch(() => {})
    runtime.exit(isClean ? Exit.OK : Exit.SHUTDOWN_FAILED)
  }
  runtime.onSignal('SIGTERM', () => {
    if (!isEnding) void end()
  })
  runtime.onSignal('SIGINT', () => {
    if (isEnding) runtime.exit(Exit.IMPATIENT)
    else void end()
  })
  runtime.onSignal('SIGQUIT', () => runtime.exit(Exit.OK))
  runtime.onSignal('SIGHUP', () => {})
  runtime.onSignal('SIGUSR1', () => void lifecycle.reload(true))
}

function greet(runtime: Runtime, generation: Generation): void {
  for (const zone of generation.zones) runtime.stdout.write(formatZone(zone))
  for (const line of describeProgram(runtime).split('\n')) runtime.stdout.write(line)
}

function describeProgram({ name, version: runtimeVersion }: Runtime): string {
  const platform = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`
  const parts = [platform, `${name}${runtimeVersion}`, commit].filter((part) => part !== '')
  return `Fingerpost-${version}\n${parts.join(', ')}`
}

function say(runtime: Runtime, text: string): void {
  runtime.stdout.write(text.trimEnd())
  runtime.exit(Exit.OK)
}
