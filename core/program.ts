/** What every command of the program works with. */

import process from 'node:process'
import type { OpenConfigMap } from './extra/config-map.ts'
import type { Flags } from './flags.ts'
import type { Loader } from './loader.ts'
import type { Runtime } from './runtime/runtime.ts'
import { commit, version } from './version.ts'

/** The program as one command line started it. */
export interface Program {
  readonly runtime: Runtime
  readonly flags: Flags
  readonly loader: Loader
  readonly openConfigMap: OpenConfigMap
}

/** Exit codes, CoreDNS's: 1 for a start that failed, 2 for an impatient end, 4 for an unclean one. */
export const Exit = { OK: 0, FAILED: 1, IMPATIENT: 2, SHUTDOWN_FAILED: 4 } as const

/** Version, platform, runtime and commit, in two lines. */
export function describeProgram(runtime: Runtime): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const platform = `${process.platform}/${architecture}`
  const parts = [platform, describeRuntime(runtime), commit].filter((part) => part !== '')
  return `Fingerpost-${version}\n${parts.join(', ')}`
}

/** `bun1.4.5`. */
export function describeRuntime({ name, version: runtimeVersion }: Runtime): string {
  return `${name}${runtimeVersion}`
}

/** Prints a result and ends. */
export function say(runtime: Runtime, text: string): void {
  runtime.stdout.write(text.trimEnd())
  runtime.exit(Exit.OK)
}
