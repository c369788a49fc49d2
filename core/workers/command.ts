/** The command by which the first process starts a worker; people have no use for it. */

import { type Flags, formatUsage, parseFlags } from '../flags.ts'
import { keepProcessSmall, makeContext, surviveStrayFaults } from '../process.ts'
import { Exit, type Program } from '../program.ts'
import type { SignalName } from '../runtime/runtime.ts'
import { openParent } from './channel.ts'
import { SharedPlaces } from './shared-places.ts'
import { Worker } from './worker.ts'

/** The name of the command. */
export const WORKER = 'worker'
const SMALL_FLAG = '-small'

/** The command line of a worker of a process with these flags, behind the program's name. */
export function workerWords(
  { conf, dnsPort, pluginDirs, pluginTimeoutMs }: Flags,
  isSmall: boolean,
): string[] {
  return [
    WORKER,
    ...(isSmall ? [SMALL_FLAG] : []),
    `-conf=${conf}`,
    `-dns.port=${dnsPort}`,
    `-plugin-timeout=${pluginTimeoutMs}ms`,
    ...pluginDirs.map((directory) => `-plugin-dir=${directory}`),
  ]
}

export const workerCommand = {
  usage: formatUsage,
  read(words: readonly string[]) {
    const isSmall = words.includes(SMALL_FLAG)
    const flags = parseFlags(words.filter((word) => word !== SMALL_FLAG))
    return { flags, run: async (program: Program) => run(program, isSmall) }
  },
}

/** The first process says when it is over; these are for it, though all of a group may get them. */
const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1']

function run({ runtime, flags, loader }: Program, isSmall: boolean): void {
  for (const name of SIGNALS) runtime.onSignal(name, () => {})
  const write = (line: string): void => runtime.stdout.write(line)
  void runtime.askForShortSlices?.()
  const fatal = (): void => runtime.exit(Exit.FAILED)
  let places: SharedPlaces | undefined
  const context = makeContext(runtime, loader, write, fatal, (events) => {
    places = new SharedPlaces(runtime, events)
    return places.open
  })
  surviveStrayFaults(context, fatal)
  const send = openParent((request) => worker?.take(request), fatal)
  const worker =
    send &&
    places &&
    new Worker({
      context,
      places,
      dnsPort: flags.dnsPort,
      reply: send,
      exit: () => runtime.exit(Exit.OK),
    })
  if (worker === undefined) {
    runtime.stderr.write('fingerpost: a worker is started by the server itself')
    runtime.exit(Exit.FAILED)
  }
  if (isSmall) keepProcessSmall(runtime)
}
