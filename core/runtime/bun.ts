/** Bun: its own UDP sockets, which send many datagrams per system call; Node's for the rest. */

import process from 'node:process'
import { suitManyObjects } from './bun-engine.ts'
import { releaseMemory, releasePages } from './bun-memory.ts'
import { askForShortSlices } from './bun-scheduling.ts'
import { bindBunUdp } from './bun-udp.ts'
import { dialBunUdp } from './bun-udp-dial.ts'
import { nodeRuntime } from './node.ts'
import type { Runtime } from './runtime.ts'

/** The runtime for Bun. */
export function bunRuntime(): Runtime {
  const node = nodeRuntime()
  const isCompiled = Bun.main.startsWith('/$bunfs/')
  return {
    ...node,
    name: 'bun',
    version: Bun.version,
    // The script of a compiled executable is inside of it.
    command: isCompiled ? [process.execPath] : node.command,
    spreadsDatagrams: true,
    bindUdp: bindBunUdp,
    releaseMemory,
    releasePages,
    askForShortSlices,
    ...(isCompiled ? { suitManyObjects } : {}),
    network: { ...node.network, dialUdp: dialBunUdp },
  }
}
