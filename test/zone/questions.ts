/** Questions about a made zone: names that exist, that don't, below delegations, in any case. */

import type { Random } from '@fingerpost/sdk'
import { type MadeZone, pick } from './made-zone.ts'

/** One question. */
export interface Question {
  readonly name: string
  readonly type: string
  readonly isDnssecOk: boolean
}

const TYPES = [
  'A',
  'A',
  'A',
  'AAAA',
  'TXT',
  'MX',
  'SRV',
  'NS',
  'SOA',
  'DS',
  'CNAME',
  'DNAME',
  'NSEC',
]

/** Makes `count` questions. */
export function makeQuestions(random: Random, { owners }: MadeZone, count: number): Question[] {
  return Array.from({ length: count }, () => {
    const owner = pick(random, owners)
    const [, ...above] = owner.split('.')
    const names = [
      () => owner,
      () => owner,
      () => `${pick(random, ['a', 'q', 'x.y', '*'])}.${owner}`,
      // Often an empty non-terminal, or a sibling that is not there.
      () => above.join('.'),
      () => `q.${above.join('.')}`,
      () => owner.toUpperCase(),
    ]
    const name = pick(random, names)()
    return {
      name: name.toLowerCase().endsWith('zone.test.') ? name : owner,
      type: pick(random, TYPES),
      isDnssecOk: random.below(2) === 0,
    }
  })
}
