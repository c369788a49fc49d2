/** Judges results in the light of the deliberate differences. */

import type { DeliberateDifference } from '../differences.ts'
import { formatDifferences } from './comparison.ts'
import type { CaseResult } from './replay.ts'

/** A case's outcome: `deliberate` is a difference that is listed, `skipped` wasn't compared. */
export interface JudgedCase extends CaseResult {
  readonly outcome: 'passed' | 'failed' | 'deliberate' | 'skipped'
}

/**
 * Judges the cases of a suite or verdict. A listed difference that isn't there, or that names no
 * case, is added as a failed case, so that the list can't rot.
 */
export function judge(
  where: string,
  cases: readonly CaseResult[],
  deliberate: readonly DeliberateDifference[],
): JudgedCase[] {
  const listed = deliberate.filter((difference) => difference.where === where)
  const judged = cases.map((result): JudgedCase => {
    if (result.skipped !== undefined) return { ...result, outcome: 'skipped' }
    if (result.differences.length === 0) return { ...result, outcome: 'passed' }
    const isListed = listed.some((difference) => covers(difference, result))
    return { ...result, outcome: isListed ? 'deliberate' : 'failed' }
  })
  const stale = listed.filter(
    (difference) => !judged.some((result) => isAccountedFor(result) && covers(difference, result)),
  )
  return [...judged, ...stale.map(staleCase)]
}

/** The failed cases as text, expected and got; empty if there are none. */
export function formatFailures(where: string, cases: readonly JudgedCase[], output = ''): string {
  const failed = cases.filter(({ outcome }) => outcome === 'failed')
  if (failed.length === 0) return ''
  const lines: string[] = []
  const labelsByText = new Map<string, string[]>()
  for (const { label, differences } of failed) {
    const text = formatDifferences(differences, '  ')
    labelsByText.set(text, [...(labelsByText.get(text) ?? []), label])
  }
  for (const [text, [label, ...others]] of labelsByText) {
    lines.push(`FAIL  ${where}  ${label}`, text)
    // Above all the cases that weren't reached because the suite stopped.
    if (others.length > 0) lines.push(`  and so in ${others.length} more: ${shorten(others)}`)
  }
  if (output !== '') lines.push('  the end of what the server wrote:', indent(output))
  return lines.join('\n')
}

/** The cases that didn't fail, a line each. */
export function formatOthers(where: string, cases: readonly JudgedCase[]): string {
  const words = { passed: 'ok  ', deliberate: 'diff', failed: 'FAIL', skipped: 'skip' }
  return cases
    .filter(({ outcome }) => outcome !== 'failed')
    .map(({ outcome, label, skipped }) => {
      const why = skipped === undefined ? '' : ` (${skipped})`
      return `${words[outcome]}  ${where}  ${label}${why}`
    })
    .join('\n')
}

function shorten(labels: readonly string[]): string {
  const shownCount = 5
  const more = labels.length > shownCount ? '; …' : ''
  return labels.slice(0, shownCount).join('; ') + more
}

/** What isn't compared can't show that a difference has gone. */
function isAccountedFor({ outcome }: JudgedCase): boolean {
  return outcome === 'deliberate' || outcome === 'skipped'
}

function covers(difference: DeliberateDifference, { label }: CaseResult): boolean {
  return difference.case === undefined || difference.case === label
}

function staleCase({ case: label = 'any case', reason }: DeliberateDifference): JudgedCase {
  const difference = {
    field: 'listed difference',
    expected: `to differ (${reason})`,
    got: 'no difference: take it off the list',
  }
  return { label, differences: [difference], outcome: 'failed' }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}
