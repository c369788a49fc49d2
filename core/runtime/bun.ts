/** Bun: its own UDP sockets, which send many datagrams per system call; Node's for the rest. */

import { bindBunUdp, dialBunUdp } from './bun-udp.ts'
import { nodeRuntime } from './node.ts'
import type { Runtime } from './runtime.ts'

/** The runtime for Bun. */
export function bunRuntime(): Runtime {
  const node = nodeRuntime()
  return {
    ...node,
    name: 'bun',
    version: Bun.version,
    spreadsDatagrams: true,
    bindUdp: bindBunUdp,
    network: { ...node.network, dialUdp: dialBunUdp },
  }
}
