/**
 * The guard: a small process that outlives the server. When nobody answers any more, because the
 * server was killed, ran out of memory or hangs, it takes out the rules and leaves. It never puts
 * any in, so that two of them can't quarrel.
 */

import type { Clock } from '@fingerpost/sdk'

/** How often it asks. */
export const GUARD_INTERVAL_MS = 250
/** Answers missing in a row, each of which takes its time to be missed, until it acts. */
export const GUARD_FAILURES = 2

export interface GuardOptions {
  readonly localIps: readonly string[]
  readonly clock: Clock
  /** Whether the address answers. Never rejects. */
  probe(ip: string): Promise<boolean>
  /** Takes out the rules. */
  withdraw(): Promise<void>
  /** Hears what it did, in words. */
  onWithdrawn(): void
  onFault(error: unknown): void
  /** Whether the server has ended, and whether of its own will; a guard of its own never knows. */
  serverState(): 'running' | 'ended' | 'gone'
}

/** Guards until the server ends, if it is known when it does. */
export async function guard(options: GuardOptions): Promise<void> {
  const { localIps, probe, serverState } = options
  let failures = 0
  let isWithdrawn = false
  for (;;) {
    // As it was before anybody was asked: an answer of a server that has died since says nothing.
    const state = serverState()
    const results = await Promise.all(localIps.map((ip) => probe(ip)))
    if (serverState() === 'ended') return
    // A successor that shares the ports may answer in the place of a server that is gone.
    if (results.includes(true)) {
      if (state === 'gone') return
      failures = 0
      isWithdrawn = false
    } else {
      failures++
    }
    const limit = state === 'gone' ? 1 : GUARD_FAILURES
    if (!isWithdrawn && failures >= limit) isWithdrawn = await withdraw(options)
    if (isWithdrawn && state === 'gone') return
    // Silence is not waited for twice.
    if (failures === 0 || isWithdrawn) await pause(options, state)
  }
}

async function withdraw({ withdraw, onWithdrawn, onFault }: GuardOptions): Promise<boolean> {
  try {
    await withdraw()
    onWithdrawn()
    return true
  } catch (error) {
    onFault(error)
    return false
  }
}

const STEP_MS = 50

/** Waits for the next round; not any longer when the server is gone. */
async function pause(
  { clock, serverState }: GuardOptions,
  before: ReturnType<GuardOptions['serverState']>,
): Promise<void> {
  // By the clock: on a busy node each step may take longer than it should.
  const endMs = clock.now() + GUARD_INTERVAL_MS
  while (clock.now() < endMs && serverState() === before) {
    await new Promise<void>((resolve) => {
      clock.after(STEP_MS, resolve)
    })
  }
}
