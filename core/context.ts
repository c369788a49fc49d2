/** What all generations of one process share. */

import type { Clock, Files, Identity, Network, Random, Token } from '@fingerpost/sdk'
import type { Loader } from './loader.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { SocketPool } from './sockets.ts'

/** The process around a generation; tests put their own together. */
export interface Context {
  readonly loader: Loader
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly sockets: SocketPool
  readonly identity: Identity
  /** The variables of the process's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Files whose relative paths start from `root`; empty for the working directory. */
  files(root: string): Files
  /** Ends the process with exit code 1 after a fault that can't be lived with, of what is `at`. */
  fatal(message: string, at?: Token): void
}
