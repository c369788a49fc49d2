/** Holds the start back until everything is known, for a while. */

import type { Host, Timer } from '@fingerpost/sdk'

const REMIND_MS = 500

/** A wait for the first whole delivery. */
export interface SyncWait {
  /** Resolves when it is over, one way or the other. */
  readonly done: Promise<void>
  /** Looks again. */
  check(): void
  /** Ends the wait. */
  cancel(): void
}

/** Waits until `isSynced`, `timeoutMs` at most. Nothing happens before `done` is asked for. */
export function waitForSync(host: Host, isSynced: () => boolean, timeoutMs: number): SyncWait {
  const { clock, log } = host
  let timers: Timer[] = []
  let resolve: () => void = () => {}
  const over = (): void => {
    for (const timer of timers) timer.cancel()
    timers = []
    resolve()
  }
  return {
    get done() {
      if (isSynced()) return Promise.resolve()
      return new Promise<void>((settle) => {
        resolve = settle
        const remind = clock.every(REMIND_MS, () =>
          log.info('waiting for Kubernetes API before starting server'),
        )
        const give = clock.after(timeoutMs, () => {
          log.warning('starting server with unsynced Kubernetes API')
          over()
        })
        timers = [remind, give]
      })
    },
    check() {
      if (isSynced()) over()
    },
    cancel: over,
  }
}
