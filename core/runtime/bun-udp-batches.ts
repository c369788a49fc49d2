/** What moves many datagrams by one call: one of each for all sockets of the process. */

import { type Libc, openLibc } from './bun-libc.ts'
import { BatchReceiver } from './bun-udp-receiver.ts'
import { BatchSender } from './bun-udp-sender.ts'

/** How many datagrams Bun reads by one call: after so many there may be more. */
const BUN_BATCH = 8

/** To be called for each datagram that Bun has read: reads on after as many as it reads at once. */
export function readOnBy(read: () => void): () => void {
  let left = BUN_BATCH
  return () => {
    if (--left > 0) return
    left = BUN_BATCH
    read()
  }
}

export interface Batches {
  readonly libc: Libc
  readonly sender: BatchSender
  readonly receiver: BatchReceiver
}

/** Undefined where the system is another one. */
export function openBatches(): Promise<Batches | undefined> {
  opened ??= openLibc().then(
    (libc) => libc && { libc, sender: new BatchSender(libc), receiver: new BatchReceiver(libc) },
  )
  return opened
}

let opened: Promise<Batches | undefined> | undefined
