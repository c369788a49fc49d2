/** Finds out which runtime this is and loads what is particular to it. */

import type { Runtime } from './runtime.ts'

/** The runtime that the process runs on. */
export async function selectRuntime(): Promise<Runtime> {
  if ('Bun' in globalThis) return (await import('./bun.ts')).bunRuntime()
  if ('Deno' in globalThis) return (await import('./deno.ts')).denoRuntime()
  return (await import('./node.ts')).nodeRuntime()
}
