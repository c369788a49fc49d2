/** The guard as the server sees it: a process of its own session, which a pipe ties to the server. */

import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock, Logger, Timer } from '@fingerpost/sdk'
import type { NodeNetworkSettings } from './network.ts'

/** What the server says before it ends; the end of the pipe without it is a death. */
export const FAREWELL = 'bye\n'
/** What the guard says when it has taken out the rules. */
export const WITHDRAWN = 'withdrawn\n'
/** Flag of a guard whose standard input is the server. */
export const TIED_FLAG = '-tied'
/** A guard that ends by itself is started again after this. */
const RESTART_MS = 2000

export interface GuardProcessOptions {
  readonly settings: NodeNetworkSettings
  /** Command line that starts this program. */
  readonly program: readonly string[]
  readonly clock: Clock
  readonly log: Logger
  /** The guard has taken out the rules. */
  onWithdrawn(): void
}

export class GuardProcess {
  readonly #options: GuardProcessOptions
  #child: ChildProcess | undefined
  #restart: Timer | undefined
  #isEnding = false
  #hasComplained = false

  constructor(options: GuardProcessOptions) {
    this.#options = options
    this.#start()
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Lets it go; what it guards is not touched. */
  end(): void {
    this.#isEnding = true
    this.#restart?.cancel()
    this.#child?.stdin?.end(FAREWELL)
    this.#child?.unref()
  }

  #start(): void {
    const { program, settings } = this.#options
    const [file = '', ...words] = [...program, 'node', 'guard', TIED_FLAG, ...flagsOf(settings)]
    const child = spawn(file, words, {
      // Its own session: signals to the server's group, from a terminal say, are not for it.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child = child
    child.on('error', (error) => this.#gone(error.message))
    child.on('exit', (status, signal) => this.#gone(signal ?? `exit status ${status}`))
    child.stdin.on('error', () => {})
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      if (text.includes(WITHDRAWN)) this.#options.onWithdrawn()
    })
  }

  #gone(reason: string): void {
    this.#child = undefined
    if (this.#isEnding) return
    const { clock, log } = this.#options
    const text = `The guard of this node's DNS is gone (${reason}); it is started again`
    if (!this.#hasComplained) log.warning(text)
    this.#hasComplained = true
    this.#restart?.cancel()
    this.#restart = clock.after(RESTART_MS, () => this.#start())
  }
}

/** What a guard needs to know, as flags of `fingerpost node guard`. */
function flagsOf(settings: NodeNetworkSettings): string[] {
  return [
    `-localip=${settings.localIps.join()}`,
    `-interfacename=${settings.interfaceName}`,
    `-setupinterface=${settings.setsUpInterface}`,
    `-rules=${settings.rules}`,
    `-dns.port=${settings.dnsPort}`,
    `-health-port=${settings.healthPort}`,
  ]
}
