/**
 * Keeps the heap of a Bun process small. JavaScriptCore lets garbage lie until it is a fair part of
 * the machine's memory; only its environment, read as a process starts, says otherwise. So the
 * program is started anew, as the same process, with that in its environment.
 */

import process from 'node:process'

/** Which memory the machine is taken to have. Set by whoever starts the program, it stays. */
export const HEAP_VARIABLE = 'BUN_JSC_forceRAMSize'
/** Measured: less saves nothing more. */
const RAM_SIZE_BYTES = 100_000_000

/** See `Runtime.collectEarly`; for a compiled executable. */
export function collectEarly(): void {
  const { env, execPath, argv0, argv, execve } = process
  // Also what keeps this from going on for ever.
  if (env[HEAP_VARIABLE] !== undefined || execve === undefined) return
  try {
    execve(execPath, [argv0, ...argv.slice(2)], { ...env, [HEAP_VARIABLE]: `${RAM_SIZE_BYTES}` })
  } catch {
    // Where that is forbidden, it runs as it is.
  }
}
