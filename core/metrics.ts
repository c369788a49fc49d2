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
  readonly series: ReadonlyMap<string, Series>
}

/** The values of one set of labels. */
export interface Series {
  readonly labelValues: readonly string[]
  readonly value: number
  /** For histograms: counts per bucket, not cumulative; the last is `+Inf`. */
  readonly buckets?: readonly number[]
  readonly bounds?: readonly number[]
}

/** All metrics of the process. They outlive generations. */
export class Metrics {
  readonly #families = new Map<string, MetricFamily>()

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
      const family = new MetricFamily(name, kind, help, labelNames, bounds)
      this.#families.set(name, family)
      return family
    }
    if (known.kind !== kind || known.labelNames.join() !== labelNames.join()) {
      throw new TypeError(`metric ${name} is already a ${known.kind} with other labels`)
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

  labels(values: readonly string[]): NumberSeries | HistogramSeries {
    if (values.length !== this.labelNames.length) {
      throw new TypeError(`metric ${this.name} has the labels ${this.labelNames.join(', ')}`)
    }
    const key = values.join('\u0000')
    let series = this.series.get(key)
    if (series === undefined) {
      series = this.#make(values)
      this.series.set(key, series)
    }
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
}

class HistogramSeries implements Series, Histogram {
  readonly #family: MetricFamily
  readonly labelValues: readonly string[]
  readonly bounds: readonly number[]
  readonly buckets: number[]
  /** The sum of all observations. */
  value = 0

  constructor(family: MetricFamily, labelValues: readonly string[]) {
    this.#family = family
    this.labelValues = labelValues
    this.bounds = family.bounds
    this.buckets = new Array<number>(family.bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    this.value += value
    const { bounds, buckets } = this
    let i = 0
    while (i < bounds.length && value > (bounds[i] as number)) i++
    buckets[i] = (buckets[i] as number) + 1
  }

  labels(...values: readonly string[]): HistogramSeries {
    return this.#family.labels(values) as HistogramSeries
  }
}
