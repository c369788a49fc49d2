/** The server: serves what a Corefile says. */

import { sourceOf } from '../process.ts'
import type { Program } from '../program.ts'
import { serve } from '../serve.ts'

/** `run`, and what happens without a command. */
export async function run(program: Program): Promise<void> {
  const source = sourceOf(program.runtime, program.flags)
  await serve(program, { source: () => source })
}
