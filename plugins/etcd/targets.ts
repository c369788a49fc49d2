/** Records that point at names: SRV, MX, NS, with the addresses of those. RFC 1035, RFC 2782. */

import {
  DnsError,
  makeMx,
  makeNs,
  makeSrv,
  type Name,
  parseNameText,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import {
  type Ask,
  addressRecord,
  chase,
  isAllowed,
  lookUp,
  nothing,
  type Records,
} from './chase.ts'
import type { Entry } from './entry.ts'

/** SRV records; weights are shares of 100 among the entries of one priority. */
export async function serviceRecords(ask: Ask): Promise<Records | undefined> {
  const { qname } = ask.query
  const entries = await ask.store.find(qname, {})
  if (entries === undefined) return undefined
  const totals = new Map<number, number>()
  for (const { priority, weight } of entries) {
    totals.set(priority, (totals.get(priority) ?? 0) + weight)
  }
  return pointing(ask, entries, ({ port, priority, weight: own, ttlSeconds }, target) => {
    if (port < 0) return undefined
    const weight = Math.max(1, Math.floor((100 / (totals.get(priority) as number)) * own))
    return {
      key: `${target} ${port}`,
      record: makeSrv(qname, ttlSeconds, { priority, weight, port, target }),
    }
  })
}

/** MX records, of entries that are for mail. */
export async function mailRecords(ask: Ask): Promise<Records | undefined> {
  const { qname } = ask.query
  const entries = await ask.store.find(qname, {})
  return (
    entries &&
    pointing(ask, entries, ({ isMail, priority, ttlSeconds }, exchange) => {
      if (!isMail) return undefined
      const record = makeMx(qname, ttlSeconds, { preference: priority, exchange })
      return { key: `${exchange} ${priority}`, record }
    })
  )
}

/** NS records, of what is at and below `ns.dns` of the zone. */
export async function serverRecords({ query, zone, store }: Ask): Promise<Records | undefined> {
  const place = parseNameText('ns.dns', zone)
  const entries = place && (await store.find(place, {}))
  if (entries === undefined) return undefined
  const answer = new Map<string, Rr>()
  const additional: Rr[] = []
  for (const entry of entries) {
    if (entry.kind === 'name') {
      throw new DnsError('server-failure', `key ${entry.key}: a name server needs an address`)
    }
    if (entry.address === undefined) continue
    const target = stripped(entry.name, entry)
    answer.set(String(target), makeNs(query.qname, entry.ttlSeconds, target))
    additional.push(addressRecord(target, entry.ttlSeconds, entry.address))
  }
  return { ...nothing, answer: [...answer.values()], additional }
}

/** Makes the record of an entry and its target; `key` tells which are the same. */
type MakeRecord = (entry: Entry, target: Name) => { key: string; record: Rr } | undefined

/** An entry with an address points at the name that its key stands for. */
async function pointing(ask: Ask, entries: readonly Entry[], make: MakeRecord): Promise<Records> {
  const answer = new Map<string, Rr>()
  const additional = new Map<string, Rr>()
  const targets = new Map<string, Name>()
  for (const entry of entries) {
    if (entry.kind === 'text') continue
    const target = stripped(entry.target ?? entry.name, entry)
    const made = make(entry, target)
    if (made === undefined) continue
    if (!answer.has(made.key)) answer.set(made.key, made.record)
    if (entry.address === undefined) targets.set(String(target), target)
    else {
      const record = addressRecord(target, entry.ttlSeconds, entry.address)
      additional.set(`${target} ${entry.address}`, record)
    }
  }
  const found = await Promise.all([...targets.values()].map((target) => addressesOf(ask, target)))
  return {
    ...nothing,
    answer: [...answer.values()],
    additional: [...additional.values(), ...found.flat()],
  }
}

async function addressesOf(ask: Ask, target: Name): Promise<readonly Rr[]> {
  if (target.isSubdomainOf(ask.zone)) {
    if (!isAllowed(ask)) return []
    return (await chase(ask, target, Type.A))?.answer ?? []
  }
  const [v4, v6] = await Promise.all([lookUp(ask, target, Type.A), lookUp(ask, target, Type.AAAA)])
  // Both have the same aliases in front.
  const more = v6?.answer.filter(({ type }) => type !== Type.CNAME) ?? []
  return [...(v4?.answer ?? []), ...more]
}

/** A target without its leftmost labels; as it is when that would leave none. */
function stripped(name: Name, { targetStrip }: Entry): Name {
  return targetStrip < name.labelCount ? name.ancestor(targetStrip) : name
}
