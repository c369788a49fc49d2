/** Counts errors that match a pattern and tells of them once per period. */

import type { Host, Timer } from '@fingerpost/sdk'
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

  constructor(rule: ConsolidationRule, host: Host) {
    this.#rule = rule
    this.#host = host
  }

  /** Takes an error that matches the rule; the first one starts the period. */
  takes(reason: string, line: string): boolean {
    const { pattern, periodMs, level, showsFirst } = this.#rule
    if (!pattern.test(reason)) return false
    this.#count++
    if (this.#count === 1) {
      if (showsFirst) this.#host.log[level](line)
      this.#timer = this.#host.clock.after(periodMs, () => this.flush())
    }
    return true
  }

  /** Ends the period and logs how many errors it had. */
  flush(): void {
    const { pattern, periodMs, level, showsFirst } = this.#rule
    this.#timer?.cancel()
    this.#timer = undefined
    const count = this.#count
    this.#count = 0
    // A single error that was shown at once needs no summary.
    if (count === 0 || (showsFirst && count === 1)) return
    this.#host.log[level](
      `${count} errors like '${pattern.source}' occurred in last ${formatGoDuration(periodMs)}`,
    )
  }
}

/** As Go prints a duration: `5m0s`, `1h0m0s`, `1.5s`. */
function formatGoDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = (ms % 60_000) / 1000
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
