/** Counts errors of one kind and tells of them once per period. */

import { formatDuration, type Host, type Timer } from '@fingerpost/sdk'
import type { Regexp } from '@fingerpost/sdk/regexp'

/** A rule of `consolidate`. */
export interface ConsolidationRule {
  readonly pattern: Regexp
  readonly periodMs: number
  readonly level: 'warning' | 'error' | 'info' | 'debug'
  /** Logs the first error of a period at once. */
  readonly showsFirst: boolean
}

/** The state of one rule: how many errors since the period began. */
export class Consolidation {
  readonly #rule: ConsolidationRule
  readonly #host: Host
  #count = 0
  #timer: Timer | undefined
  #isClosed = false

  constructor(rule: ConsolidationRule, host: Host) {
    this.#rule = rule
    this.#host = host
  }

  /** What the reason of an error must match. */
  get pattern(): Regexp {
    return this.#rule.pattern
  }

  /** Counts an error that matches; the first one starts the period. */
  take(line: string): void {
    const { periodMs, level, showsFirst } = this.#rule
    if (this.#isClosed) {
      this.#host.log.error(line)
      return
    }
    this.#count++
    if (this.#count > 1) return
    if (showsFirst) this.#host.log[level](line)
    this.#timer = this.#host.clock.after(periodMs, () => this.#flush())
  }

  /** Ends the period early; errors of queries that are still being answered are logged alone. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#flush()
  }

  #flush(): void {
    const { pattern, periodMs, level, showsFirst } = this.#rule
    const count = this.#count
    this.#count = 0
    // A single error that was shown at once needs no summary.
    if (count === 0 || (showsFirst && count === 1)) return
    this.#host.log[level](
      `${count} errors like '${pattern.source}' occurred in last ${formatGoDuration(periodMs)}`,
    )
  }
}

/** As Go prints a duration, which scripts may look for: `5m0s`, `1h0m0s`, `1.5s`. */
function formatGoDuration(durationMs: number): string {
  if (durationMs < 1000) return formatDuration(durationMs)
  const hours = Math.floor(durationMs / 3_600_000)
  const minutes = Math.floor((durationMs % 3_600_000) / 60_000)
  const seconds = `${(durationMs % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}
