/** A serving process, whatever its role: starts, follows files and signals, ends (reference 1.8). */

import { readFile, unlink, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { makeAdminSource } from './administration.ts'
import { describeConfigError } from './config-errors.ts'
import type { Context } from './context.ts'
import type { ExtraSource } from './extra/extra-source.ts'
import { openExtras } from './extra/open-extras.ts'
import { UsageError } from './flag-syntax.ts'
import type { Flags } from './flags.ts'
import type { Generation } from './generation.ts'
import { LastGood } from './last-good.ts'
import { Lifecycle } from './lifecycle.ts'
import { keepProcessSmall, makeContext, placeOpener, surviveStrayFaults } from './process.ts'
import { declareProcessMetrics } from './process-metrics.ts'
import { describeProgram, describeRuntime, Exit, type Program } from './program.ts'
import type { ConfigSource } from './read-corefile.ts'
import type { Runtime } from './runtime/runtime.ts'
import {
  DEFAULT_ADMIN_ADDRESS,
  isLoopback,
  parseAdminAddress,
  parseAdminToken,
} from './sidecar/admin-address.ts'
import type { AdminSource } from './sidecar/admin-source.ts'
import { Sidecar } from './sidecar/sidecar.ts'
import { startUp } from './start-up.ts'
import { commit, version } from './version.ts'
import { processStarter } from './workers/channel.ts'
import { workerWords } from './workers/command.ts'
import { Workers } from './workers/workers.ts'

/** What is particular to a role. */
export interface Role {
  /** Called once, before anything else; what it throws is printed and ends the process. */
  source(context: Context): ConfigSource
  /** Extra configuration, if not simply what the flags name. */
  extras?(context: Context): readonly ExtraSource[]
  /** Whether a successor may have the same ports while it takes over. */
  readonly sharesPorts?: boolean
  /** Whether a pause of some tens of milliseconds now and then, at rest, is worth less memory. */
  readonly isSmall?: boolean
  /** Before the configuration is read and sockets are opened. */
  beforeStart?(surroundings: Surroundings): Promise<void>
  /** Somebody took an address away between {@link beforeStart} and its sockets: once more. */
  beforeRetry?(): Promise<void>
  /** Once everything is answered. What it throws ends the process. */
  started?(surroundings: Surroundings, generation: Generation): Promise<void>
  /**
   * Clients had the time to move away; everything is still answered. Also called after a start
   * that failed, and where the process ends at once. Never rejects.
   */
  beforeEnd?(): Promise<void>
}

/** What a role works with. */
export interface Surroundings {
  readonly context: Context
  readonly sidecar: Sidecar
  /** For the administration and other pages. */
  readonly admin: AdminSource
}

/** Serves until a signal ends it. */
export async function serve(program: Program, role: Role): Promise<void> {
  const { runtime, flags, loader } = program
  const endWith = async (code: number): Promise<void> => {
    await role.beforeEnd?.()
    runtime.exit(code)
  }
  void runtime.askForShortSlices?.()
  const fatal = (): void => void endWith(Exit.FAILED)
  const { sharesPorts = false, isSmall = false } = role
  const write = (line: string): void => runtime.stdout.write(line)
  const context = makeContext(runtime, loader, write, fatal, placeOpener(runtime, sharesPorts))
  const { clock, log, metrics } = context
  declareProcessMetrics(metrics, { version, revision: commit, runtime: describeRuntime(runtime) })
  const source = role.source(context)
  const workers = makeWorkers(program, context, isSmall)
  const admin: AdminSource = makeAdminSource(context, () => lifecycle, {
    workers,
    runtime: describeRuntime(runtime),
    path: () => source.path,
  })
  const sidecar = new Sidecar({ clock, log, metrics, source: admin, sharesPorts })
  const lifecycle = new Lifecycle(context, {
    source,
    extras: role.extras?.(context) ?? openExtras(program, flags, context),
    environment: runtime.env,
    dnsPort: flags.dnsPort,
    isWatching: flags.watch,
    lastGood: flags.state === '' ? undefined : new LastGood(flags.state),
    sidecar,
    workers,
    beforeEnd: role.beforeEnd?.bind(role),
  })
  followSignals(runtime, lifecycle, flags, () => void endWith(Exit.OK))
  surviveStrayFaults(context, fatal)
  const token = await readToken(flags)
  const surroundings = { context, sidecar, admin }
  // A predecessor that was killed left its own, and whoever waits for the file would be misled.
  if (flags.pidfile !== '') await unlink(flags.pidfile).catch(() => {})
  try {
    await role.beforeStart?.(surroundings)
    const generation = await startUp(() => lifecycle.start(), role.beforeRetry?.bind(role))
    if (flags.pidfile !== '') await writeFile(flags.pidfile, `${process.pid}\n`)
    await role.started?.(surroundings, generation)
    if (isSmall) keepProcessSmall(runtime)
    if (!flags.quiet) greet(runtime, generation)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    return endWith(Exit.FAILED)
  }
  try {
    await administer(context, flags, admin, sidecar, token)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    await lifecycle.stop()
    runtime.exit(Exit.FAILED)
  }
}

function makeWorkers(
  { runtime, flags }: Program,
  { clock, log, metrics }: Context,
  isSmall: boolean,
): Workers | undefined {
  const { command, processorCount, spreadsDatagrams } = runtime
  if (!spreadsDatagrams) return undefined
  const start = processStarter([...command, ...workerWords(flags, isSmall)])
  return new Workers({ start, clock, log: log.core, metrics, processorCount })
}

function greet(runtime: Runtime, generation: Generation): void {
  const lines = [...generation.zones, ...describeProgram(runtime).split('\n')]
  for (const line of lines) runtime.stdout.write(line)
}

/** Opens the administration. DNS goes on without it where only the default address is taken. */
async function administer(
  { clock, log }: Context,
  { admin }: Flags,
  source: AdminSource,
  sidecar: Sidecar,
  token: string | undefined,
): Promise<void> {
  const address = parseAdminAddress(admin)
  if (address === undefined) return
  try {
    const { openAdmin } = await import('./sidecar/admin-server.ts')
    const { server, sharesPorts: isShared } = sidecar
    const parts = { clock, log: log.core, source, sidecar: await server, isShared }
    await openAdmin(address, { ...parts, token: () => token })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (admin === DEFAULT_ADMIN_ADDRESS) log.core.warning(`No administration: ${reason}`)
    else throw error
  }
}

/** @throws UsageError for an address or a token that won't do */
async function readToken({ admin, adminTokenFile }: Flags): Promise<string | undefined> {
  try {
    const address = parseAdminAddress(admin)
    if (adminTokenFile !== '') return parseAdminToken(await readFile(adminTokenFile, 'utf8'))
    if (address === undefined || isLoopback(address.host)) return undefined
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  throw new UsageError(`${admin} is no loopback address: -admin-token-file is needed`)
}

function followSignals(
  runtime: Runtime,
  lifecycle: Lifecycle,
  { pidfile }: Flags,
  quit: () => void,
): void {
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
  runtime.onSignal('SIGQUIT', quit)
  runtime.onSignal('SIGHUP', () => {})
  runtime.onSignal('SIGUSR1', () => void lifecycle.reload(true))
}
