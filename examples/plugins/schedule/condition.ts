/** Conditions of a rule: days of the week, times of day, networks of clients. */

import { type Cidr, cidr as cidrWord, matches, parseCidr } from '@fingerpost/sdk'

/** One condition. Of several of a kind, one must hold; of each kind that there is, one. */
export type Condition =
  | { readonly kind: 'days'; readonly days: ReadonlySet<number> }
  | { readonly kind: 'time'; readonly from: number; readonly to: number }
  | { readonly kind: 'network'; readonly network: Cidr }

/** A moment on the clock of the time zone: day 0 is Sunday, minutes count from midnight. */
export interface LocalTime {
  readonly day: number
  readonly minute: number
}

/** Reads `mon-fri`, `sat,sun`, `08:00-17:30`, `22:00-06:00` or `10.0.0.0/8`. */
export function parseCondition(word: string): Condition | undefined {
  const time = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(word)
  if (time !== null) return parseTimes(time.slice(1).map(Number))
  const days = parseDays(word.toLowerCase())
  if (days !== undefined) return { kind: 'days', days }
  if (!matches(cidrWord, word)) return undefined
  const length = word.includes(':') ? 128 : 32
  const network = parseCidr(word.includes('/') ? word : `${word}/${length}`)
  return network && { kind: 'network', network }
}

/** Whether a rule's conditions hold. */
export function holds(
  conditions: readonly Condition[],
  { day, minute }: LocalTime,
  client: Uint8Array | undefined,
): boolean {
  const isMet = (one: Condition): boolean => {
    if (one.kind === 'days') return one.days.has(day)
    if (one.kind === 'network') return client !== undefined && one.network.contains(client)
    if (one.from <= one.to) return minute >= one.from && minute < one.to
    return minute >= one.from || minute < one.to
  }
  return (['days', 'time', 'network'] as const).every((kind) => {
    const same = conditions.filter((one) => one.kind === kind)
    return same.length === 0 || same.some(isMet)
  })
}

/** Minutes until one of the conditions may no longer be as it is. */
export function minutesUntilChange(conditions: readonly Condition[], minute: number): number {
  let least = DAY
  for (const one of conditions) {
    // A day of the week begins and ends at midnight.
    const edges = one.kind === 'time' ? [one.from, one.to] : one.kind === 'days' ? [0] : []
    for (const edge of edges) least = Math.min(least, (edge - minute + DAY) % DAY || DAY)
  }
  return least
}

const DAY = 24 * 60
const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function parseTimes([h1 = 0, m1 = 0, h2 = 0, m2 = 0]: readonly number[]): Condition | undefined {
  const from = h1 * 60 + m1
  const to = h2 * 60 + m2
  if (m1 > 59 || m2 > 59 || from >= DAY || to > DAY || from === to) return undefined
  return { kind: 'time', from, to }
}

function parseDays(word: string): ReadonlySet<number> | undefined {
  const days = new Set<number>()
  for (const part of word.split(',')) {
    const [first = '', last = first, ...more] = part.split('-')
    const from = NAMES.indexOf(first)
    const to = NAMES.indexOf(last)
    if (from < 0 || to < 0 || more.length > 0) return undefined
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day)
      if (day === to) break
    }
  }
  return days
}
