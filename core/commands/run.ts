/** The server: serves what a Corefile says. */

import { stat } from 'node:fs/promises'
import { sourceOf } from '../process.ts'
import type { Program } from '../program.ts'
import { type ConfigSource, readCorefile } from '../read-corefile.ts'
import { serve } from '../serve.ts'

/** `run`, and what happens without a command. */
export async function run(program: Program): Promise<void> {
  const { runtime, flags } = program
  const source = sourceOf(runtime, flags)
  const isSmall = runtime.releaseMemory !== undefined && (await isLarge(program, source))
  if (isSmall) runtime.suitManyObjects?.()
  await serve(program, { source: () => source, isSmall })
}

/** Whether the Corefile names a plugin that keeps much. Where it has mistakes, that is told later. */
export async function isLarge(
  { runtime, loader, flags }: Program,
  source: ConfigSource,
): Promise<boolean> {
  try {
    // What is read from a pipe would be gone.
    if (!source.isFile || !(await stat(source.path)).isFile()) return false
    const { blocks } = await readCorefile(source, loader, runtime.env, flags.dnsPort)
    return blocks.some(({ directives }) => directives.some(({ name }) => loader.isLarge(name)))
  } catch {
    return false
  }
}
