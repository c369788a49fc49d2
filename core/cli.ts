/** The command line: finds the command that is meant and runs it. */

import { basename } from 'node:path'
import type { AbsentDirective, CatalogueEntry } from '@fingerpost/sdk'
import { CheckExit, check } from './commands/check.ts'
import { explain } from './commands/explain.ts'
import { create, plugins } from './commands/plugins.ts'
import { run } from './commands/run.ts'
import type { OpenConfigMap } from './extra/config-map.ts'
import { UsageError } from './flag-syntax.ts'
import { type Flags, formatUsage, parseFlags } from './flags.ts'
import { openThirdParty } from './loader/third-party.ts'
import { Loader } from './loader.ts'
import { describeProgram, Exit, type Program, say } from './program.ts'
import type { Runtime } from './runtime/runtime.ts'

/** A command with the flags that its words gave. */
interface Command {
  readonly flags: Flags
  run(program: Program): Promise<void>
}

/** Something that can stand in front of the flags. */
interface CommandSpec {
  /** @throws UsageError */
  read(words: readonly string[]): Command
  usage(): string
}

const withWords = (run: (program: Program) => Promise<void>): CommandSpec => ({
  read: (words) => ({ flags: parseFlags(words, true), run }),
  usage: formatUsage,
})
const runSpec: CommandSpec = {
  read: (words) => ({ flags: parseFlags(words), run }),
  usage: formatUsage,
}

/** What stands in front of the flags; without it the server runs. */
const commands: Readonly<Record<string, () => CommandSpec | Promise<CommandSpec>>> = {
  run: () => runSpec,
  check: () => withWords(check),
  explain: () => withWords(explain),
  plugins: () => withWords(plugins),
  new: () => withWords(create),
  // Loaded when it is wanted: other roles need not pay for it.
  node: async () => (await import('./commands/node.ts')).nodeCommand,
  worker: async () => (await import('./workers/command.ts')).workerCommand,
}

/** What the program is put together from besides core. */
export interface Parts {
  readonly catalogue: readonly CatalogueEntry[]
  /** Directives of CoreDNS that there is no plugin for. */
  readonly absent: ReadonlyMap<string, AbsentDirective>
  readonly openConfigMap: OpenConfigMap
}

/** Runs the program with the parts given. */
export async function main(
  runtime: Runtime,
  { catalogue, absent, openConfigMap }: Parts,
): Promise<void> {
  const words = wordsOf(runtime)
  const [first = '', ...others] = words
  const named = Object.hasOwn(commands, first) ? await commands[first]?.() : undefined
  const spec = named ?? runSpec
  try {
    const { flags, run: runCommand } = spec.read(named === undefined ? words : others)
    const loader = new Loader(
      catalogue,
      absent,
      openThirdParty({
        corefile: flags.conf,
        pluginDirectories: flags.pluginDirs,
        timeoutMs: flags.pluginTimeoutMs,
      }),
    )
    if (flags.help) return say(runtime, spec.usage())
    if (flags.version) return say(runtime, describeProgram(runtime))
    if (flags.plugins) return say(runtime, loader.names.map((name) => `dns.${name}`).join('\n'))
    await runCommand({ runtime, flags, loader, openConfigMap })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    runtime.stderr.write(`fingerpost: ${error.message}\n\n${spec.usage().trimEnd()}`)
    runtime.exit(first === 'check' ? CheckExit.UNABLE : Exit.FAILED)
  }
}

/** Called as `node-cache`, by a manifest of that, the program is what that is. */
function wordsOf({ programName, args }: Runtime): readonly string[] {
  const isNodeCache = basename(programName) === 'node-cache'
  return isNodeCache && !Object.hasOwn(commands, args[0] ?? '') ? ['node', ...args] : args
}
