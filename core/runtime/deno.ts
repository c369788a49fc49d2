/** Deno: what Node has, under Deno's `node:` modules. */

import { nodeRuntime } from './node.ts'
import type { Runtime } from './runtime.ts'

/** The runtime for Deno. */
export function denoRuntime(): Runtime {
  const { Deno } = globalThis as unknown as { Deno: { version: { deno: string } } }
  const node = nodeRuntime()
  const [executable = '', ...others] = node.command
  const command = [executable, 'run', '-A', ...others]
  return { ...node, command, name: 'deno', version: Deno.version.deno }
}
