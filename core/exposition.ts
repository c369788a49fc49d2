/**
 * Writes metrics as Prometheus reads them: text format 0.0.4. Labels, label sets and metrics are
 * in the order of their names, as CoreDNS's are, so that two scrapes can be compared.
 */

import type { Family, Metrics, Series } from './metrics.ts'
import { addUp } from './workers/merge-metrics.ts'
import type { FamilySnapshot } from './workers/protocol.ts'

/** The content type of {@link exposition}. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Brings the metrics up to date and writes them, one string for each metric, made when it is asked
 * for. Metrics of which nothing was counted yet are left out if they have labels. `others` are those
 * of further processes.
 */
export function* exposition(
  metrics: Metrics,
  others: readonly (readonly FamilySnapshot[])[] = [],
): Generator<string, void, undefined> {
  metrics.collect()
  const all = others.length === 0 ? metrics.families() : addUp(metrics.families(), others)
  const families = [...all].filter(({ series }) => series.size > 0)
  families.sort((a, b) => compare(a.name, b.name))
  for (const family of families) yield formatFamily(family)
}

function formatFamily(family: Family): string {
  const { name, kind, help, labelNames } = family
  const order = labelNames.map((_, i) => i)
  order.sort((a, b) => compare(labelNames[a] as string, labelNames[b] as string))
  const rows = [...family.series.values()].map((series) => ({
    series,
    values: order.map((i) => series.labelValues[i] as string),
  }))
  rows.sort((a, b) => compareLists(a.values, b.values))
  const names = order.map((i) => labelNames[i] as string)
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind}`]
  for (const { series, values } of rows) {
    const labels = names.map((label, i) => `${label}="${escapeValue(values[i] as string)}"`).join()
    if (kind === 'histogram') pushHistogram(lines, family, labels, series)
    else lines.push(`${name}${inBraces(labels)} ${formatNumber(series.value)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Buckets count all observations up to their bound; the last one counts everything. */
function pushHistogram(
  lines: string[],
  { name, bounds }: Family,
  labels: string,
  { buckets = [], value }: Series,
): void {
  const prefix = labels === '' ? '' : `${labels},`
  let count = 0
  for (const [i, observed] of buckets.entries()) {
    count += observed
    const bound = formatNumber(bounds[i] ?? Number.POSITIVE_INFINITY)
    lines.push(`${name}_bucket{${prefix}le="${bound}"} ${count}`)
  }
  lines.push(`${name}_sum${inBraces(labels)} ${formatNumber(value)}`)
  lines.push(`${name}_count${inBraces(labels)} ${count}`)
}

function inBraces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeValue(text: string): string {
  return needsEscape.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
}

const needsEscape = /["\\\n]/

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function compareLists(left: readonly string[], right: readonly string[]): number {
  for (const [i, text] of left.entries()) {
    const order = compare(text, right[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}
