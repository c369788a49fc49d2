/** Compares what a server replied with what was recorded, field by field. */

import { sectionNames } from './message.ts'
import type { Observation } from './observation.ts'
import type { Reply, ReplyFields } from './suite.ts'

/** One field that differs; of record sections only the records that found no partner. */
export interface Difference {
  readonly field: string
  readonly expected: unknown
  readonly got: unknown
}

/** What a suite and a step allow to differ. */
export interface Tolerance {
  /** Seconds by which TTLs may differ. */
  readonly ttl: number
  /** Field names, `tc-content`, or names of flags. */
  readonly names: readonly string[]
  /** The order of answer records counts. */
  readonly isOrdered: boolean
}

/** Returns the differences between a recorded reply and an observed one. */
export function compareReplies(
  expected: Reply,
  got: Observation,
  tolerance: Tolerance,
): Difference[] {
  if ('silence' in expected && 'silence' in got) return []
  if ('silence' in expected || 'silence' in got || 'malformed' in got) {
    return [{ field: 'reply', expected: summarize(expected), got: summarize(got) }]
  }
  const { names } = tolerance
  // What a truncated reply still carries depends on the order of records and on compression.
  const isContentFree = names.includes('tc-content') && expected.flags.split(' ').includes('tc')
  const differences = [
    ...compareValues(plainFields(expected, names), plainFields(got, names)),
    ...(isContentFree ? [] : compareSections(expected, got, tolerance)),
  ]
  if (!isContentFree && !names.includes('size') && got.size > expected.size) {
    differences.push({ field: 'size', expected: `at most ${expected.size}`, got: got.size })
  }
  if (differences.length === 0 && tolerance.isOrdered) {
    return compareValues({ 'answer order': expected.answer }, { 'answer order': got.answer })
  }
  return differences
}

/** Returns the keys whose values differ, in depth. */
export function compareValues(expected: object, got: object): Difference[] {
  const left = new Map<string, unknown>(Object.entries(expected))
  const right = new Map<string, unknown>(Object.entries(got))
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((field) => ({ field, expected: left.get(field), got: right.get(field) }))
    .filter(({ expected, got }) => stableJson(expected) !== stableJson(got))
}

/** Differences as lines: expected and got below each other, lists an item per line. */
export function formatDifferences(differences: readonly Difference[], indent = ''): string {
  const show = (word: string, value: unknown) => {
    const items = Array.isArray(value) ? value : [value ?? '(nothing)']
    return items.map((item) => {
      const text = typeof item === 'string' ? item : stableJson(item)
      return `${indent}  ${word} ${text.replaceAll('\n', `\n${indent}           `)}`
    })
  }
  return differences
    .flatMap(({ field, expected, got }) => [
      `${indent}${field}:`,
      ...show('expected', expected),
      ...show('     got', got),
    ])
    .join('\n')
}

/** The fields that compare as they are, without the tolerated ones. */
function plainFields(reply: ReplyFields, tolerated: readonly string[]): object {
  const { answer: _, authority: __, additional: ___, size: ____, ...plain } = reply
  const flags = plain.flags.split(' ').filter((flag) => !tolerated.includes(flag))
  const fields = Object.entries({ ...plain, flags: flags.join(' ') })
  return Object.fromEntries(fields.filter(([field]) => !tolerated.includes(field)))
}

function compareSections(
  expected: ReplyFields,
  got: ReplyFields,
  { names, ttl }: Tolerance,
): Difference[] {
  return sectionNames
    .filter((section) => !names.includes(section))
    .map((section) => {
      const unexpected = [...(got[section] ?? [])]
      const missing = (expected[section] ?? []).filter((record) => {
        const index = unexpected.findIndex((candidate) => isSameRecord(record, candidate, ttl))
        if (index !== -1) unexpected.splice(index, 1)
        return index === -1
      })
      return { field: section, expected: missing, got: unexpected }
    })
    .filter((difference) => difference.expected.length + difference.got.length > 0)
}

function isSameRecord(a: string, b: string, ttlTolerance: number): boolean {
  if (a === b) return true
  const [ownerA, ttlA, ...restA] = a.split(' ')
  const [ownerB, ttlB, ...restB] = b.split(' ')
  if (ownerA !== ownerB || restA.join(' ') !== restB.join(' ')) return false
  return Math.abs(Number(ttlA) - Number(ttlB)) <= ttlTolerance
}

function summarize(reply: Observation): string {
  if ('silence' in reply) return reply.closed ? 'no reply, connection closed' : 'no reply'
  if ('malformed' in reply) return `malformed reply (${reply.malformed}): ${reply.hex}`
  const counts = sectionNames.map((section) => reply[section]?.length ?? 0)
  return `${reply.rcode} [${reply.flags}] ${counts.join('/')} records`
}

/** JSON with sorted keys, so that the order in which fields were written doesn't count. */
function stableJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? '(nothing)'
  )
}
