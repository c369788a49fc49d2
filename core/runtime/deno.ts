/** Deno: what Node has, under Deno's `node:` modules. */

import { nodeRuntime } from './node.ts'
import type { Runtime } from './runtime.ts'

/** The runtime for Deno. */
export function denoRuntime(): Runtime {
  const { Deno } = globalThis as unknown as { Deno: { version: { deno: string } } }
  return { ...nodeRuntime(), name: 'deno', version: Deno.version.deno }
}
