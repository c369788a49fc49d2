/** Groups of SkyDNS: entries that go into one answer, so that others stay out of it. */

import type { Entry } from './entry.ts'

/**
 * The entries of the group that the shortest key names, and those of no group. All of them when
 * that key has no group, or when keys of the same depth name different ones.
 */
export function oneGroup(entries: readonly Entry[]): readonly Entry[] {
  const [first] = entries
  if (first === undefined) return entries
  let depth = depthOf(first)
  let group = first.group
  for (const entry of entries) {
    if (depthOf(entry) >= depth) continue
    if (entry.group === '') break
    depth = depthOf(entry)
    group = entry.group
  }
  if (group === '') return entries
  const hasRival = entries.some(
    (entry) => entry.group !== '' && entry.group !== group && depthOf(entry) === depth,
  )
  if (hasRival) return entries
  return entries.filter((entry) => entry.group === '' || entry.group === group)
}

const depthOf = ({ key }: Entry): number => key.split('/').length
