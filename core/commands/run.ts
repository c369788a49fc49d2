/** The server: starts, follows files and signals, ends (reference 1.8). */

import { readFile, unlink, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { makeAdminSource } from '../administration.ts'
import { describeConfigError } from '../config-errors.ts'
import type { Context } from '../context.ts'
import { type Flags, UsageError } from '../flags.ts'
import { LastGood } from '../last-good.ts'
import { Lifecycle } from '../lifecycle.ts'
import { stackOf } from '../loader/plugin-fault.ts'
import { makeContext, sourceOf } from '../process.ts'
import { declareProcessMetrics } from '../process-metrics.ts'
import { describeProgram, describeRuntime, Exit, type Program } from '../program.ts'
import type { Runtime } from '../runtime/runtime.ts'
import {
  DEFAULT_ADMIN_ADDRESS,
  isLoopback,
  parseAdminAddress,
  parseAdminToken,
} from '../sidecar/admin-address.ts'
import type { AdminSource } from '../sidecar/admin-source.ts'
import { Sidecar } from '../sidecar/sidecar.ts'
import { commit, version } from '../version.ts'

/** `run`, and what happens without a command. */
export async function run({ runtime, flags, loader }: Program): Promise<void> {
  const fatal = (): void => runtime.exit(Exit.FAILED)
  const context = makeContext(runtime, loader, (line) => runtime.stdout.write(line), fatal)
  const { clock, log, metrics } = context
  declareProcessMetrics(metrics, { version, revision: commit, runtime: describeRuntime(runtime) })
  const source = sourceOf(runtime, flags)
  const facts = { runtime: describeRuntime(runtime), path: source.path }
  const admin: AdminSource = makeAdminSource(context, () => lifecycle, facts)
  const sidecar = new Sidecar({ clock, log, metrics, source: admin })
  const lifecycle = new Lifecycle(context, {
    source,
    environment: runtime.env,
    dnsPort: flags.dnsPort,
    isWatching: flags.watch,
    lastGood: flags.state === '' ? undefined : new LastGood(flags.state),
    sidecar,
  })
  followSignals(runtime, lifecycle, flags)
  surviveStrayFaults(context, fatal)
  const token = await readToken(flags)
  try {
    const generation = await lifecycle.start()
    if (flags.pidfile !== '') await writeFile(flags.pidfile, `${process.pid}\n`)
    if (!flags.quiet) {
      for (const zone of generation.zones) runtime.stdout.write(zone)
      for (const line of describeProgram(runtime).split('\n')) runtime.stdout.write(line)
    }
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    return runtime.exit(Exit.FAILED)
  }
  try {
    await administer(context, flags, admin, sidecar, token)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    await lifecycle.stop()
    runtime.exit(Exit.FAILED)
  }
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
    const { openAdmin } = await import('../sidecar/admin-server.ts')
    const parts = { clock, log: log.core, source, sidecar: await sidecar.server }
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

/** A fault that no query waits for, in a timer of a plugin say, must not end the server. */
function surviveStrayFaults({ log, metrics }: Context, fatal: () => void): void {
  const survive = (error: unknown): void => {
    metrics.counter('coredns_panics_total', 'Faults of plugins that were caught.').add()
    log.core.error(`a fault outside of any query: ${stackOf(error)}`)
    if (log.isDebug) fatal()
  }
  process.on('uncaughtException', survive)
  process.on('unhandledRejection', survive)
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
