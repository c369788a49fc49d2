/** Metrics whose values a test can read. */

import type { Counter, Gauge, Histogram } from '../host.ts'

/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>

interface Series {
  readonly values: readonly string[]
  value: number
  readonly observations: number[]
}

interface Family {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labelNames: readonly string[]
  readonly series: Map<string, Series>
}

/** The metrics of fake hosts; hosts that share one share their counters, as generations do. */
export class FakeMetrics {
  readonly #families = new Map<string, Family>()

  /** Full names of the metrics that were made, sorted. */
  get names(): string[] {
    return [...this.#families.keys()].sort()
  }

  /**
   * The sum of all series of `name` with these label values: 0 when there are none. For a
   * histogram, the number of observations.
   * @throws RangeError when no metric has that name or one of the labels.
   */
  value(name: string, labels: Labels = {}): number {
    const isHistogram = this.#family(name).kind === 'histogram'
    let sum = 0
    for (const series of this.#matching(name, labels)) {
      sum += isHistogram ? series.observations.length : series.value
    }
    return sum
  }

  /** What a histogram was given, in order within each series. */
  observations(name: string, labels: Labels = {}): number[] {
    return this.#matching(name, labels).flatMap((series) => series.observations)
  }

  counter(name: string, labelNames: readonly string[] = []): Counter {
    const family = this.#add(name, 'counter', labelNames)
    return handle(family, (series, labels) => ({
      add: (amount = 1) => {
        if (amount < 0) throw new RangeError(`counter ${name} was given ${amount}`)
        series().value += amount
      },
      labels,
    }))
  }

  gauge(name: string, labelNames: readonly string[] = []): Gauge {
    const family = this.#add(name, 'gauge', labelNames)
    return handle(family, (series, labels) => ({
      set: (value) => {
        series().value = value
      },
      add: (amount) => {
        series().value += amount
      },
      labels,
      remove: (...values) => void family.series.delete(values.join('\0')),
    }))
  }

  histogram(name: string, labelNames: readonly string[] = []): Histogram {
    const family = this.#add(name, 'histogram', labelNames)
    return handle(family, (series, labels) => ({
      observe: (value) => void series().observations.push(value),
      labels,
    }))
  }

  #add(name: string, kind: Family['kind'], labelNames: readonly string[]): Family {
    const known = this.#families.get(name)
    if (known === undefined) {
      const family: Family = { kind, labelNames, series: new Map() }
      this.#families.set(name, family)
      return family
    }
    if (known.kind !== kind || known.labelNames.join() !== labelNames.join()) {
      throw new RangeError(`metric ${name} was made before, as another one`)
    }
    return known
  }

  #family(name: string): Family {
    const family = this.#families.get(name)
    if (family === undefined) {
      throw new RangeError(`no metric '${name}'; there are: ${this.names.join(', ')}`)
    }
    return family
  }

  #matching(name: string, labels: Labels): Series[] {
    const { labelNames, series } = this.#family(name)
    for (const label of Object.keys(labels)) {
      if (!labelNames.includes(label)) throw new RangeError(`metric ${name} has no '${label}'`)
    }
    return [...series.values()].filter(({ values }) =>
      labelNames.every((label, i) => labels[label] === undefined || labels[label] === values[i]),
    )
  }
}

/** Makes the handle for a family, and through its `labels` those for its series. */
function handle<T>(
  family: Family,
  make: (series: () => Series, labels: (...values: readonly string[]) => T) => T,
): T {
  const withLabels = (...values: readonly string[]): T =>
    make(() => seriesOf(family, values), withLabels)
  return make(() => seriesOf(family, []), withLabels)
}

function seriesOf(family: Family, values: readonly string[]): Series {
  if (values.length !== family.labelNames.length) {
    throw new RangeError(`labels are ${family.labelNames.join(', ')}; got ${values.join(', ')}`)
  }
  const key = values.join('\0')
  let series = family.series.get(key)
  if (series === undefined) {
    series = { values, value: 0, observations: [] }
    family.series.set(key, series)
  }
  return series
}
