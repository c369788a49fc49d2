/**
 * Counters, gauges and histograms that plugins fill and a scrape reads. Filling is an addition to
 * a field; nothing is formatted until somebody asks (DESIGN D8, STYLE 9).
 */

import type { Counter, Gauge, Histogram } from '@fingerpost/sdk'

/** The kinds of metrics, named as the exposition format names them. */
export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** A metric with all its label sets. */
export interface Family {
  readonly name: string
  readonly kind: MetricKind
  readonly help: string
  readonly labelNames: readonly string[]
  /** Upper bounds of a histogram's buckets, without `+Inf`. */
  readonly bounds: readonly number[]
  readonly series: ReadonlyMap<string, Series>
}

/** The values of one set of labels. */
export interface Series {
  readonly labelValues: readonly string[]
  readonly value: number
  /** Of histograms, whose `value` is the sum: counts per bucket, the last up to `+Inf`. */
  readonly buckets?: readonly number[]
}

/** Label sets of one metric: more share a series whose labels all say `other`. */
export const MAX_SERIES = 10_000

/** All metrics of the process. They outlive generations. */
export class Metrics {
  readonly #families = new Map<string, MetricFamily>()
  readonly #collectors = new Set<() => void>()

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return this.#family(name, 'counter', help, labelNames, []).root as NumberSeries
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return this.#family(name, 'gauge', help, labelNames, []).root as NumberSeries
  }

  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labelNames: readonly string[] = [],
  ): Histogram {
    return this.#family(name, 'histogram', help, labelNames, bounds).root as HistogramSeries
  }

  /**
   * Has `read` called before each scrape, to set what is only known by looking (memory, entries).
   * Returns how to stop that.
   */
  onCollect(read: () => void): () => void {
    this.#collectors.add(read)
    return () => void this.#collectors.delete(read)
  }

  /** Brings up to date what is read at scrapes. What can't be read keeps its last value. */
  collect(): void {
    for (const read of this.#collectors) {
      try {
        read()
      } catch {
        // A scrape that fails as a whole would hide everything else.
      }
    }
  }

  /**
   * Forgets all label sets of a metric: for what describes a configuration that is gone. Handles
   * that were kept count for nobody from then on.
   */
  clear(name: string): void {
    this.#families.get(name)?.series.clear()
  }

  /** Every metric, in the order of registration. */
  families(): Iterable<Family> {
    return this.#families.values()
  }

  /** One value, for tests and pages; undefined when nothing of that name and labels exists. */
  value(name: string, ...labelValues: string[]): number | undefined {
    return this.#families.get(name)?.series.get(labelValues.join('\u0000'))?.value
  }

  #family(
    name: string,
    kind: MetricKind,
    help: string,
    labelNames: readonly string[],
    bounds: readonly number[],
  ): MetricFamily {
    const known = this.#families.get(name)
    if (known === undefined) {
      checkNames(name, kind, labelNames)
      const family = new MetricFamily(name, kind, help, labelNames, bounds)
      this.#families.set(name, family)
      return family
    }
    const isSame =
      known.kind === kind &&
      known.labelNames.join() === labelNames.join() &&
      known.bounds.join() === bounds.join()
    if (!isSame) {
      throw new TypeError(`metric ${name} is already a ${known.kind} with other labels or buckets`)
    }
    return known
  }
}

class MetricFamily implements Family {
  readonly name: string
  readonly kind: MetricKind
  readonly help: string
  readonly labelNames: readonly string[]
  readonly bounds: readonly number[]
  readonly series = new Map<string, NumberSeries | HistogramSeries>()

  constructor(
    name: string,
    kind: MetricKind,
    help: string,
    labelNames: readonly string[],
    bounds: readonly number[],
  ) {
    this.name = name
    this.kind = kind
    this.help = help
    this.labelNames = labelNames
    this.bounds = bounds
  }

  /** The handle a plugin gets: the value itself where there are no labels. */
  get root(): NumberSeries | HistogramSeries {
    return this.labelNames.length === 0 ? this.labels([]) : this.#make([])
  }

  remove(values: readonly string[]): void {
    this.series.delete(values.join('\u0000'))
  }

  labels(values: readonly string[]): NumberSeries | HistogramSeries {
    if (values.length !== this.labelNames.length) {
      throw new TypeError(`metric ${this.name} has the labels ${this.labelNames.join(', ')}`)
    }
    const key = values.join('\u0000')
    let series = this.series.get(key)
    if (series === undefined) {
      if (this.series.size >= MAX_SERIES) return this.#others()
      series = this.#make(values)
      this.series.set(key, series)
    }
    return series
  }

  /** Stands in for label sets beyond the limit. */
  #others(): NumberSeries | HistogramSeries {
    const values = this.labelNames.map(() => 'other')
    const key = values.join('\u0000')
    const series = this.series.get(key) ?? this.#make(values)
    this.series.set(key, series)
    return series
  }

  #make(values: readonly string[]): NumberSeries | HistogramSeries {
    return this.kind === 'histogram'
      ? new HistogramSeries(this, values)
      : new NumberSeries(this, values)
  }
}

class NumberSeries implements Series, Counter, Gauge {
  readonly #family: MetricFamily
  readonly labelValues: readonly string[]
  value = 0

  constructor(family: MetricFamily, labelValues: readonly string[]) {
    this.#family = family
    this.labelValues = labelValues
  }

  add(amount = 1): void {
    this.value += amount
  }

  set(value: number): void {
    this.value = value
  }

  labels(...values: readonly string[]): NumberSeries {
    return this.#family.labels(values) as NumberSeries
  }

  remove(...values: readonly string[]): void {
    this.#family.remove(values)
  }
}

class HistogramSeries implements Series, Histogram {
  readonly #family: MetricFamily
  readonly labelValues: readonly string[]
  // The sum, then by turns a bound and its count: most observations end at the first bounds, and
  // so within one line of the processor's cache. The last bound is infinite.
  readonly #cells: Float64Array

  constructor(family: MetricFamily, labelValues: readonly string[]) {
    this.#family = family
    this.labelValues = labelValues
    this.#cells = new Float64Array(2 * family.bounds.length + 3)
    for (const [i, bound] of family.bounds.entries()) this.#cells[2 * i + 1] = bound
    this.#cells[2 * family.bounds.length + 1] = Number.POSITIVE_INFINITY
  }

  observe(value: number): void {
    const cells = this.#cells
    cells[0] = (cells[0] as number) + value
    let i = 1
    while (value > (cells[i] as number)) i += 2
    cells[i + 1] = (cells[i + 1] as number) + 1
  }

  /** The sum of all observations. */
  get value(): number {
    return this.#cells[0] as number
  }

  get bounds(): readonly number[] {
    return this.#family.bounds
  }

  get buckets(): readonly number[] {
    return Array.from(
      { length: this.bounds.length + 1 },
      (_, i) => this.#cells[2 * i + 2] as number,
    )
  }

  labels(...values: readonly string[]): HistogramSeries {
    return this.#family.labels(values) as HistogramSeries
  }
}

/** @throws TypeError for names that an exposition must not have */
function checkNames(name: string, kind: MetricKind, labelNames: readonly string[]): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw new TypeError(`'${name}' can't be the name of a metric`)
  }
  for (const label of labelNames) {
    const isReserved = label.startsWith('__') || (kind === 'histogram' && label === 'le')
    if (isReserved || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) {
      throw new TypeError(`metric ${name} can't have a label '${label}'`)
    }
  }
}
