/** Asks an upstream that failed a query whether it is there, until it answers anything at all. */

import { type Clock, Flag, Name, type Timer, Type, writeUint16 } from '@fingerpost/sdk'
import type { Pending } from './pending.ts'
import type { CheckOptions, Upstream } from './upstream.ts'

const TIMEOUT_MS = 1000
/** `health_check 0` would ask without a pause. */
const MIN_INTERVAL_MS = 50

/** The health check of one upstream; runs only after a failure. */
export class HealthCheck implements Pending {
  options: CheckOptions
  id = 0
  expiresAt = 0
  wire: Uint8Array = new Uint8Array(0)
  readonly #upstream: Upstream
  readonly #clock: Clock
  #isRunning = false
  #timer: Timer | undefined

  constructor(upstream: Upstream, options: CheckOptions, clock: Clock) {
    this.#upstream = upstream
    this.options = options
    this.#clock = clock
  }

  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#ask()
  }

  stop(): void {
    this.#isRunning = false
    this.#timer?.cancel()
  }

  onConnected(now: number): void {
    this.expiresAt = now + TIMEOUT_MS
  }

  /** Any reply will do, SERVFAIL too: the upstream is alive. */
  onReply(): void {
    this.#isRunning = false
    this.#upstream.checked(true)
  }

  onFault(): void {
    // A fault of a check that was stopped is one of ours.
    if (!this.#isRunning) return
    this.#upstream.checked(false)
    const intervalMs = Math.max(this.options.intervalMs, MIN_INTERVAL_MS)
    this.#timer = this.#clock.after(intervalMs, () => this.#ask())
  }

  #ask(): void {
    this.wire = composeCheck(this.options)
    this.expiresAt = this.#clock.now() + TIMEOUT_MS
    this.#upstream.send(this, !this.options.overTcp)
  }
}

/** `domain NS`, without EDNS. */
function composeCheck({ domain, isRecursionDesired }: CheckOptions): Uint8Array {
  const name = Name.parseText(domain).wire
  const wire = new Uint8Array(12 + name.length + 4)
  if (isRecursionDesired) writeUint16(wire, 2, Flag.RD)
  writeUint16(wire, 4, 1)
  wire.set(name, 12)
  writeUint16(wire, 12 + name.length, Type.NS)
  writeUint16(wire, 14 + name.length, 1)
  return wire
}
