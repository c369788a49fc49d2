/** Node: the runtime made of `node:` modules only; the other two replace parts of it. */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { systemClock } from './clock.ts'
import { openFiles } from './files.ts'
import { openLineWriter } from './line-writer.ts'
import { nodeNetwork } from './network.ts'
import { bindNodeUdp } from './node-udp.ts'
import { systemRandom } from './random.ts'
import type { Runtime, SignalName } from './runtime.ts'

/** The runtime for Node. */
export function nodeRuntime(): Runtime {
  const stdout = openLineWriter(1)
  const stderr = openLineWriter(2)
  return {
    name: 'node',
    version: process.versions.node,
    args: process.argv.slice(2),
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    programName: process.argv0,
    env: process.env,
    maxOpenFiles: readOpenFilesLimit(),
    processorCount: availableParallelism(),
    // SO_REUSEADDR, which is what there is, gives all of them to the socket that came last.
    spreadsDatagrams: false,
    clock: systemClock,
    random: systemRandom(),
    network: nodeNetwork,
    stdout,
    stderr,
    files: openFiles,
    bindUdp: bindNodeUdp,
    onSignal,
    readStdin,
    exit(code) {
      stdout.flush()
      stderr.flush()
      process.exit(code)
    },
  }
}

function onSignal(name: SignalName, run: () => void): () => void {
  process.on(name, run)
  return () => process.off(name, run)
}

async function readStdin(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  return text
}

// No runtime offers getrlimit(2); all three raise the soft limit to the hard one at their start.
function readOpenFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
