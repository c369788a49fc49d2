/** The metrics of several processes as those of one. */

import type { Family, Metrics, Series } from '../metrics.ts'
import type { FamilySnapshot, SeriesSnapshot } from './protocol.ts'

/** Gauges that tell what each process has; of all others the first process's value counts. */
const PER_PROCESS =
  /^(process_(resident_memory|virtual_memory)_bytes|process_open_fds|fingerpost_runtime_\w+|coredns_(cache|dnssec_cache)_entries)$/

/** What a process tells the first one. */
export function snapshot(metrics: Metrics): FamilySnapshot[] {
  metrics.collect()
  return [...metrics.families()].map((family) => ({
    name: family.name,
    kind: family.kind,
    help: family.help,
    labelNames: family.labelNames,
    bounds: family.bounds,
    series: [...family.series.values()].map(({ labelValues, value, buckets }) =>
      buckets === undefined ? { labelValues, value } : { labelValues, value, buckets },
    ),
  }))
}

/** Adds what others counted to the metrics of this process, which stay as they are. */
export function addUp(
  own: Iterable<Family>,
  others: readonly (readonly FamilySnapshot[])[],
): Family[] {
  const sums = new Map<string, Sum>()
  for (const family of own) {
    sums.set(family.name, { ...family, series: new Map(family.series) })
  }
  for (const family of others.flat()) {
    const sum = sums.get(family.name) ?? { ...family, series: new Map() }
    sums.set(family.name, sum)
    // Versions of a plugin may differ for a moment.
    if (sum.kind === family.kind && sum.labelNames.join() === family.labelNames.join()) {
      addSeries(sum, family.series)
    }
  }
  return [...sums.values()]
}

/** What is kept of a process that is gone: what it counted goes on counting. */
export function withoutGauges(families: readonly FamilySnapshot[]): FamilySnapshot[] {
  return families.filter(({ kind }) => kind !== 'gauge')
}

interface Sum extends Omit<Family, 'series'> {
  readonly series: Map<string, Series>
}

function addSeries({ name, kind, series }: Sum, others: readonly SeriesSnapshot[]): void {
  for (const other of others) {
    const key = other.labelValues.join('\u0000')
    const known = series.get(key)
    if (known === undefined) series.set(key, other)
    else if (kind !== 'gauge' || PER_PROCESS.test(name)) series.set(key, sumOf(known, other))
  }
}

function sumOf({ labelValues, value, buckets }: Series, other: SeriesSnapshot): Series {
  const sum = { labelValues, value: value + other.value }
  if (buckets === undefined) return sum
  return { ...sum, buckets: buckets.map((count, i) => count + (other.buckets?.[i] ?? 0)) }
}
