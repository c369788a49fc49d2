/**
 * `fingerpost node guard`: takes out the rules of a node's DNS when nobody answers any more. The
 * server starts one of its own, tied to it by a pipe; in a container, whose processes all end with
 * its first one, the guard runs in a second container, with the server's flags.
 */

import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import { Log } from '../log.ts'
import { guard } from '../node/net/guard.ts'
import { FAREWELL, TIED_FLAG, WITHDRAWN } from '../node/net/guard-process.ts'
import { Interception } from '../node/net/interception.ts'
import { answers } from '../node/net/probe.ts'
import { runCommand } from '../node/net/run-command.ts'
import {
  formatNodeUsage,
  type NodeFlags,
  networkSettings,
  parseNodeFlags,
} from '../node/node-flags.ts'
import { Exit, type Program } from '../program.ts'

/** The command; `words` are those behind `guard`. */
export const nodeGuardCommand = {
  usage: formatNodeUsage,
  read(words: readonly string[]) {
    const isTied = words.includes(TIED_FLAG)
    const flags = parseNodeFlags(words.filter((word) => word !== TIED_FLAG))
    return { flags, run: ({ runtime }: Program) => run(runtime, flags, isTied) }
  },
}

/** The least that an unprivileged process may ask for is what it has: then it stays with that. */
const OOM_SCORE = '-998'

async function run(runtime: Program['runtime'], flags: NodeFlags, isTied: boolean): Promise<void> {
  const { clock, network } = runtime
  const log = new Log((line) => runtime.stderr.write(line)).core
  const interception = new Interception(networkSettings(flags), runCommand)
  let state: 'running' | 'ended' | 'gone' = 'running'
  if (isTied) {
    followServer((next) => {
      state = next
    })
  } else {
    log.info(`Guarding ${flags.localIps.join(', ')}`)
  }
  // Its own container ends after the server's, which has taken out the rules then, or has died.
  const end = (): void => {
    if (!isTied) state = 'gone'
  }
  for (const name of ['SIGTERM', 'SIGINT'] as const) runtime.onSignal(name, end)
  await writeFile('/proc/self/oom_score_adj', OOM_SCORE).catch(() => {})
  await guard({
    localIps: flags.localIps,
    clock,
    probe: (ip) => answers({ clock, network }, ip, flags.dnsPort),
    withdraw: () => interception.withdraw(),
    onWithdrawn() {
      if (isTied) process.stdout.write(WITHDRAWN)
      log.error(`Nobody answers at ${flags.localIps.join(', ')}: queries are led away`)
    },
    onFault: (error) => log.error(error instanceof Error ? error.message : String(error)),
    serverState: () => state,
  })
  runtime.exit(Exit.OK)
}

function followServer(tell: (state: 'ended' | 'gone') => void): void {
  let said = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (text: string) => {
    said = (said + text).slice(-FAREWELL.length)
  })
  process.stdin.on('error', () => tell('gone'))
  process.stdin.on('end', () => tell(said === FAREWELL ? 'ended' : 'gone'))
  // Nobody may be there to read it any more.
  process.stdout.on('error', () => {})
}
