/** Zones made up from seeded randomness: every kind of node that an answer depends on, mixed. */

import type { Random } from '@fingerpost/sdk'

/** The name of all made zones. */
export const ORIGIN = 'zone.test.'

/** A zone as text, and names worth asking for. */
export interface MadeZone {
  readonly text: string
  /** Owners, absolute. */
  readonly owners: readonly string[]
}

type Kind = 'data' | 'alias' | 'dname' | 'cut'

const LABELS = ['a', 'b', 'c', 'd', 'e', 'f', '*', 'xn--a', '_tcp', '0', 'zz']

/** Makes a zone of about `size` owners. */
export function makeZone(random: Random, size: number): MadeZone {
  const kinds = new Map<string, Kind>()
  while (kinds.size < size) {
    const labels = Array.from({ length: 1 + random.below(4) }, () => pick(random, LABELS))
    const name = `${labels.join('.')}.${ORIGIN}`
    // Nothing but glue lies below a delegation, and nothing at all below a DNAME.
    const isFree = [...kinds].every(
      ([other, kind]) => kind === 'data' || kind === 'alias' || !name.endsWith(`.${other}`),
    )
    if (isFree && !kinds.has(name)) kinds.set(name, kindOf(random, name, kinds))
  }
  const owners = [...kinds.keys()]
  const lines = [`$ORIGIN ${ORIGIN}`, '$TTL 3600', '@ SOA ns hostmaster 1 7200 3600 1209600 300']
  lines.push('@ NS ns', '@ NS ns.elsewhere.test.', 'ns 300 A 192.0.2.53', '@ MX 10 a', '@ TXT apex')
  for (const [name, kind] of kinds) lines.push(...recordsOf(random, name, kind, owners))
  return { text: `${lines.join('\n')}\n`, owners: [ORIGIN, `ns.${ORIGIN}`, ...owners] }
}

function kindOf(random: Random, name: string, kinds: ReadonlyMap<string, Kind>): Kind {
  const hasBelow = [...kinds.keys()].some((other) => other.endsWith(`.${name}`))
  const isWild = name.startsWith('*.')
  const dice = random.below(12)
  if (dice < 2) return 'alias'
  if (!hasBelow && !isWild && dice === 2) return 'dname'
  if (!hasBelow && !isWild && dice === 3) return 'cut'
  return 'data'
}

function recordsOf(
  random: Random,
  name: string,
  kind: Kind,
  owners: readonly string[],
): readonly string[] {
  const target = (): string => {
    const dice = random.below(6)
    if (dice === 0) return `www.elsewhere.test.`
    return dice === 1 ? `nowhere.${pick(random, owners)}` : pick(random, owners)
  }
  if (kind === 'alias') return [`${name} CNAME ${target()}`]
  if (kind === 'dname') return [`${name} DNAME ${target()}`]
  if (kind === 'cut') {
    const lines = [`${name} NS ns.${name}`, `ns.${name} A 192.0.2.1`]
    if (random.below(2) === 0) lines.push(`${name} NS ns.elsewhere.test.`)
    if (random.below(2) === 0) lines.push(`ns.${name} AAAA 2001:db8::1`)
    if (random.below(3) === 0) lines.push(`${name} DS 1 13 2 ${'ab'.repeat(32)}`)
    return lines
  }
  const makers = [
    () => `${name} A 192.0.2.${random.below(256)}`,
    () => `${name} AAAA 2001:db8::${random.below(256)}`,
    () => `${name} 60 TXT "${random.below(1000)}"`,
    () => `${name} MX ${random.below(9)} ${target()}`,
    () => `${name} SRV 1 2 3 ${target()}`,
    () => `${name} TYPE65280 \\# 2 abcd`,
  ]
  return Array.from({ length: 1 + random.below(4) }, () => pick(random, makers)())
}

/** Picks one of several. */
export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)] as T
}
