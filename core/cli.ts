/** The program: reads the command line, runs a command, follows signals, ends (reference 1.8). */

import { unlink, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { type CatalogueEntry, ConfigError } from '@fingerpost/sdk'
import { CheckExit, checkCorefile, checkToJson, formatCheck } from './commands/check.ts'
import { readQuestion } from './commands/explain.ts'
import { formatExplanation } from './explain.ts'
import { type Flags, formatUsage, parseFlags, UsageError } from './flags.ts'
import { formatZone, Generation } from './generation.ts'
import { LastGood } from './last-good.ts'
import { describeConfigError, Lifecycle, readCorefile } from './lifecycle.ts'
import { Loader } from './loader.ts'
import { makeContext, sourceOf } from './process.ts'
import type { Runtime } from './runtime/runtime.ts'
import { commit, version } from './version.ts'

/** Exit codes, CoreDNS's: 1 for a start that failed, 2 for an impatient end, 4 for an unclean one. */
const Exit = { OK: 0, FAILED: 1, IMPATIENT: 2, SHUTDOWN_FAILED: 4 } as const

interface Program {
  readonly runtime: Runtime
  readonly flags: Flags
  readonly loader: Loader
}

/** What stands in front of the flags; without it the server runs. */
const commands: Readonly<Record<string, (program: Program) => Promise<void> | void>> = {
  run,
  check,
  explain,
  plugins,
}

/** Runs the program with the plugins given. */
export async function main(
  runtime: Runtime,
  catalogue: readonly CatalogueEntry[],
  absent: readonly string[],
): Promise<void> {
  const [first = '', ...others] = runtime.args
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  try {
    const flags = command ? parseFlags(others, command !== run) : parseFlags(runtime.args)
    const loader = new Loader(catalogue, absent)
    if (flags.help) return say(runtime, formatUsage())
    if (flags.version) return say(runtime, describeProgram(runtime))
    if (flags.plugins) return plugins({ runtime, flags, loader })
    await (command ?? run)({ runtime, flags, loader })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    runtime.stderr.write(`fingerpost: ${error.message}\n\n${formatUsage().trimEnd()}`)
    runtime.exit(first === 'check' ? CheckExit.UNABLE : Exit.FAILED)
  }
}

async function run({ runtime, flags, loader }: Program): Promise<void> {
  const fatal = (): void => runtime.exit(Exit.FAILED)
  const context = makeContext(runtime, loader, (line) => runtime.stdout.write(line), fatal)
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
    if (flags.quiet) return
    for (const zone of generation.zones) runtime.stdout.write(formatZone(zone))
    for (const line of describeProgram(runtime).split('\n')) runtime.stdout.write(line)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    runtime.exit(Exit.FAILED)
  }
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

/** `check [FILE]`: exit code 0 without errors, 1 with, 2 when it can't be told. */
async function check(program: Program): Promise<void> {
  const { runtime, flags } = program
  const conf = flags.words[0] ?? flags.conf
  if (flags.words.length > 1) throw new UsageError(`check takes one file: ${flags.words.join(' ')}`)
  const source = sourceOf(runtime, { ...flags, conf })
  const context = makeContext(
    runtime,
    program.loader,
    (line) => runtime.stderr.write(line),
    () => {},
  )
  try {
    const corefile = await readCorefile(source, context.loader, runtime.env, flags.dnsPort)
    const result = await checkCorefile(corefile, context, flags.dnsPort)
    const text = flags.json
      ? JSON.stringify(checkToJson(result), undefined, 2)
      : formatCheck(result, source.path)
    runtime.stdout.write(text)
    runtime.exit(result.errors.length > 0 ? CheckExit.ERRORS : CheckExit.CLEAN)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    runtime.stderr.write(describeConfigError(error))
    runtime.exit(CheckExit.UNABLE)
  }
}

/** `explain NAME [TYPE]`: sets the configuration up without listening, asks it, tells how. */
async function explain({ runtime, flags, loader }: Program): Promise<void> {
  const [name = '', type = 'A', ...rest] = flags.words
  const question = rest.length === 0 ? readQuestion(name, type) : undefined
  if (question === undefined) throw new UsageError('explain takes a name and a type')
  const context = makeContext(
    runtime,
    loader,
    (line) => runtime.stderr.write(line),
    () => {},
  )
  try {
    const source = sourceOf(runtime, flags)
    const corefile = await readCorefile(source, loader, runtime.env, flags.dnsPort)
    const generation = await Generation.build(corefile, context, flags.dnsPort)
    const explanation = await generation.explain(question)
    await generation.stop()
    const text = flags.json
      ? JSON.stringify(explanation, undefined, 2)
      : formatExplanation(explanation).trimEnd()
    say(runtime, text)
  } catch (error) {
    runtime.stderr.write(describeConfigError(error))
    runtime.exit(Exit.FAILED)
  }
}

function plugins({ runtime, flags, loader }: Program): void {
  const names = loader.names.map((name) => `dns.${name}`)
  say(runtime, flags.json ? JSON.stringify(names) : names.join('\n'))
}

function describeProgram({ name, version: runtimeVersion }: Runtime): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const platform = `${process.platform}/${architecture}`
  const parts = [platform, `${name}${runtimeVersion}`, commit].filter((part) => part !== '')
  return `Fingerpost-${version}\n${parts.join(', ')}`
}

function say(runtime: Runtime, text: string): void {
  runtime.stdout.write(text.trimEnd())
  runtime.exit(Exit.OK)
}
