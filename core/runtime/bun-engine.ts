/**
 * Suits the engine of a Bun process to a program that holds many objects and starts with much to
 * read. JavaScriptCore reads its options from the environment as a process starts, and nowhere else:
 * so the program is started anew, as the same process, with them in its environment.
 */

import process from 'node:process'

/** Which memory the machine is taken to have: garbage lies until it is a fair part of that. */
export const HEAP_VARIABLE = 'BUN_JSC_forceRAMSize'

const OPTIONS: Readonly<Record<string, string>> = {
  // Measured: less saves nothing more.
  [HEAP_VARIABLE]: '100000000',
  // A second marker takes turns with the first where there is one processor, and a collection of
  // 17 MB takes 335 ms instead of 60.
  BUN_JSC_numberOfGCMarkers: '1',
  // Young objects are collected alone for longer than by default (a third): with a tenth there are 12
  // full collections in place of 65 while endpoints change, but 20 MiB more are held after a start.
  BUN_JSC_minEdenToOldGenerationRatio: '0.15',
  // The optimizing compiler takes more of a start than it gives back: 0.3 s of 1.7. What is still hot
  // after that is compiled all the same.
  BUN_JSC_thresholdForFTLOptimizeAfterWarmUp: '1000000',
  BUN_JSC_thresholdForFTLOptimizeSoon: '100000',
}

/** See `Runtime.suitManyObjects`; for a compiled executable. */
export function suitManyObjects(): void {
  const { env, execPath, argv0, argv, execve } = process
  // Also what keeps this from going on for ever.
  if (env[HEAP_VARIABLE] !== undefined || execve === undefined) return
  try {
    execve(execPath, [argv0, ...argv.slice(2)], { ...OPTIONS, ...env })
  } catch {
    // Where that is forbidden, it runs as it is.
  }
}
