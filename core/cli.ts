/** The command line: finds the command that is meant and runs it. */

import type { CatalogueEntry } from '@fingerpost/sdk'
import { CheckExit, check } from './commands/check.ts'
import { explain } from './commands/explain.ts'
import { create, plugins } from './commands/plugins.ts'
import { run } from './commands/run.ts'
import { UsageError } from './flag-syntax.ts'
import { formatUsage, parseFlags } from './flags.ts'
import { openThirdParty } from './loader/third-party.ts'
import { Loader } from './loader.ts'
import { describeProgram, Exit, type Program, say } from './program.ts'
import type { Runtime } from './runtime/runtime.ts'

/** What stands in front of the flags; without it the server runs. */
const commands: Readonly<Record<string, (program: Program) => Promise<void>>> = {
  run,
  check,
  explain,
  plugins,
  new: create,
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
    const loader = new Loader(
      catalogue,
      absent,
      openThirdParty({
        corefile: flags.conf,
        pluginDirectories: flags.pluginDirs,
        timeoutMs: flags.pluginTimeoutMs,
      }),
    )
    if (flags.help) return say(runtime, formatUsage())
    if (flags.version) return say(runtime, describeProgram(runtime))
    if (flags.plugins) return say(runtime, loader.names.map((name) => `dns.${name}`).join('\n'))
    await (command ?? run)({ runtime, flags, loader })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    runtime.stderr.write(`fingerpost: ${error.message}\n\n${formatUsage().trimEnd()}`)
    runtime.exit(first === 'check' ? CheckExit.UNABLE : Exit.FAILED)
  }
}
