/** Counts outcomes per group and keeps the failures. */

import type { JudgedCase } from './judgement.ts'

/** The counts of one group. */
interface Counts {
  passed: number
  failed: number
  deliberate: number
  skipped: number
}

/** A report that grows while suites are replayed. */
export class Report {
  readonly #groups = new Map<string, Counts>()
  readonly #skips = new Map<string, number>()
  readonly #failures: { where: string; label: string; differences: unknown }[] = []

  /** Adds the cases of a suite, or a verdict. */
  add(group: string, where: string, cases: readonly JudgedCase[]): void {
    const counts = this.#groups.get(group) ?? { passed: 0, failed: 0, deliberate: 0, skipped: 0 }
    this.#groups.set(group, counts)
    for (const { outcome, label, differences, skipped } of cases) {
      counts[outcome]++
      if (skipped !== undefined) this.#skips.set(skipped, (this.#skips.get(skipped) ?? 0) + 1)
      if (outcome === 'failed') this.#failures.push({ where, label, differences })
    }
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  get failedCount(): number {
    return this.#failures.length
  }

  /** The counts per group as text; the last line is `P passed, F failed`. */
  summary(): string {
    const width = Math.max(...Array.from(this.#groups.keys(), (group) => group.length), 0)
    const lines = [...this.#groups]
      .sort()
      .map(([name, { passed, failed, deliberate, skipped }]) => {
        const [left, right] = [passed, failed].map((count) => String(count).padStart(5))
        const listed = deliberate === 0 ? '' : `  ${deliberate} deliberately different`
        const others = skipped === 0 ? listed : `${listed}  ${skipped} not compared`
        return `${name.padEnd(width)}  ${left} passed  ${right} failed${others}`
      })
    const skips = [...this.#skips]
      .sort()
      .map(([reason, count]) => `${count} not compared: ${reason}`)
    const { passed, failed } = this.#totals()
    return [...lines, ...skips, `${passed} passed, ${failed} failed`].join('\n')
  }

  toJson(): object {
    const groups = Object.fromEntries(this.#groups)
    return { ...this.#totals(), groups, failures: this.#failures }
  }

  #totals(): Counts {
    const totals = { passed: 0, failed: 0, deliberate: 0, skipped: 0 }
    for (const counts of this.#groups.values()) {
      totals.passed += counts.passed
      totals.failed += counts.failed
      totals.deliberate += counts.deliberate
      totals.skipped += counts.skipped
    }
    return totals
  }
}
