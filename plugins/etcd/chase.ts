/** Addresses and texts of a name, through the aliases that lead to them. RFC 1034 3.6.2. */

import {
  type Host,
  type Message,
  makeA,
  makeAaaa,
  makeCname,
  makeTxt,
  type Name,
  parseNameText,
  type Query,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import type { Entry } from './entry.ts'
import type { Store } from './store.ts'

/** What one query is answered with. */
export interface Ask {
  readonly query: Query
  readonly zone: Name
  readonly store: Store
  readonly host: Host
  /** Names that may still be looked up for this query. */
  readonly budget: { left: number }
}

/** Records of the answer and the additional section, and whether some are missing. */
export interface Records {
  readonly answer: readonly Rr[]
  readonly additional: readonly Rr[]
  readonly isCut: boolean
}

/** Names that entries may lead to, for one query. */
export const MAX_LOOKUPS = 32
/** Aliases in a row. */
const MAX_ALIASES = 8

/**
 * Records of type A, AAAA or TXT; undefined when the name isn't there. `before` are the targets of
 * the aliases that led to it.
 */
export async function chase(
  ask: Ask,
  owner: Name,
  type: number,
  before: readonly Name[] = [],
): Promise<Records | undefined> {
  const entries = await entriesOf(ask, owner, type)
  if (entries === undefined) return undefined
  const seen = new Set<string>()
  const found = entries.map((entry) => {
    if (entry.kind === 'name') return follow(ask, owner, type, entry, before)
    const record = recordOf(owner, type, entry)
    const key = record === undefined ? '' : record.rdata.join()
    if (record === undefined || seen.has(key)) return nothing
    seen.add(key)
    return { ...nothing, answer: [record] }
  })
  return joined(await Promise.all(found))
}

/** A name that is the zone's own has its addresses at `apex.dns` if there is anything. */
export async function entriesOf(
  { zone, store }: Ask,
  name: Name,
  type: number,
): Promise<readonly Entry[] | undefined> {
  const isText = type === Type.TXT
  const apex = !isText && name.equals(zone) ? parseNameText('apex.dns', zone) : undefined
  const own = apex && (await store.find(apex, {}))
  return own ?? store.find(name, { isText })
}

/** Asks the server itself; undefined when the query has asked enough. */
export async function lookUp(ask: Ask, qname: Name, qtype: number): Promise<Message | undefined> {
  if (!isAllowed(ask)) return undefined
  return ask.host.resolve(ask.query.with({ qname, qtype }))
}

/** Takes one lookup from what is left. */
export function isAllowed({ budget }: Ask): boolean {
  if (budget.left === 0) return false
  budget.left--
  return true
}

/** A or AAAA, by the size of the address. */
export function addressRecord(owner: Name, ttlSeconds: number, address: Uint8Array): Rr {
  return address.length === 4
    ? makeA(owner, ttlSeconds, address)
    : makeAaaa(owner, ttlSeconds, address)
}

export const nothing: Records = { answer: [], additional: [], isCut: false }

export function joined(all: readonly Records[]): Records {
  return {
    answer: all.flatMap(({ answer }) => answer),
    additional: all.flatMap(({ additional }) => additional),
    isCut: all.some(({ isCut }) => isCut),
  }
}

async function follow(
  ask: Ask,
  owner: Name,
  type: number,
  { target, ttlSeconds }: Entry,
  before: readonly Name[],
): Promise<Records> {
  // What is below a name counts as its own, so that an alias to below is one to itself.
  if (target === undefined || target.isSubdomainOf(owner)) return nothing
  if (before.length >= MAX_ALIASES || before.some((one) => one.equals(target))) return nothing
  const alias = makeCname(owner, ttlSeconds, target)
  if (!target.isSubdomainOf(ask.zone)) {
    const response = await lookUp(ask, target, type)
    if (response === undefined) return nothing
    return { ...nothing, answer: [alias, ...response.answer], isCut: response.isTruncated }
  }
  if (!isAllowed(ask)) return nothing
  const found = (await chase(ask, target, type, [...before, target])) ?? nothing
  return found.answer.length === 0 ? found : { ...found, answer: [alias, ...found.answer] }
}

function recordOf(owner: Name, type: number, entry: Entry): Rr | undefined {
  const { kind, address, text, ttlSeconds } = entry
  if (kind === 'text') {
    return type === Type.TXT && text !== '' ? makeTxt(owner, ttlSeconds, text) : undefined
  }
  const record = address && addressRecord(owner, ttlSeconds, address)
  return record?.type === type ? record : undefined
}
