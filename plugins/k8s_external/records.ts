/** Records of external services: addresses, aliases of load balancers, SRV. RFC 1035, RFC 2782. */

import {
  type ExternalEntry,
  makeCname,
  makeSrv,
  type Name,
  parseNameText,
  type Query,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import type { Parts } from './answers.ts'
import { addressRecord } from './apex.ts'

/** Records of the answer and the additional section, and whether some are missing. */
export interface Records {
  readonly answer: readonly Rr[]
  readonly additional: readonly Rr[]
  readonly isCut: boolean
}

/** Load balancers with names are asked for through the server; no more of them for one answer. */
const MAX_LOOKUPS = 8

/** The addresses of the family asked for; a load balancer's name as an alias with what it has. */
export function addressAnswer(
  query: Query,
  entries: readonly ExternalEntry[],
  { host, ttlSeconds, services }: Parts,
): Records | Promise<Records> {
  const { qname, qtype } = query
  const answer: Rr[] = []
  const names: Name[] = []
  for (const text of new Set(entries.map((entry) => entry.host))) {
    const record = addressRecord(qname, ttlSeconds, text)
    if (record?.type === qtype) answer.push(record)
    const name = record === undefined ? parseNameText(text) : undefined
    if (name !== undefined && names.length < MAX_LOOKUPS) names.push(name)
  }
  if (names.length === 0) return { answer, additional: [], isCut: false }
  const lookups = names.map(async (name) => {
    const response = await host.resolve(query.with({ qname: name }))
    const alias = makeCname(qname, services().ttlSeconds, name)
    return { rrs: [alias, ...response.answer], isCut: response.isTruncated }
  })
  return Promise.all(lookups).then((found) => ({
    answer: [...answer, ...found.flatMap(({ rrs }) => rrs)],
    additional: [],
    isCut: found.some(({ isCut }) => isCut),
  }))
}

/** One SRV per target and port, with the targets' addresses. */
export function serviceAnswer(
  query: Query,
  zone: Name,
  entries: readonly ExternalEntry[],
  { host, ttlSeconds, services }: Parts,
): Records | Promise<Records> {
  // Entries, not targets, share the weight.
  const weight = Math.max(1, Math.floor(100 / Math.max(1, entries.length)))
  const answer = new Map<string, Rr>()
  const additional = new Map<string, Rr>()
  const names = new Map<string, Name>()
  for (const { labels, host: text, port } of entries) {
    if (port < 0) continue
    const own = parseNameText(labels.join('.'), zone)
    const address = own && addressRecord(own, ttlSeconds, text)
    const target = address === undefined ? parseNameText(text) : own
    if (target === undefined) continue
    if (address !== undefined) additional.set(`${target} ${text}`, address)
    else if (names.size < MAX_LOOKUPS) names.set(text, target)
    const data = { priority: 0, weight, port, target }
    answer.set(`${target} ${port}`, makeSrv(query.qname, services().ttlSeconds, data))
  }
  const made = { answer: [...answer.values()], additional: [...additional.values()], isCut: false }
  if (names.size === 0) return made
  const lookups = [...names.values()].flatMap((qname) =>
    [Type.A, Type.AAAA].map(async (qtype) => {
      const response = await host.resolve(query.with({ qname, qtype }))
      return response.answer
    }),
  )
  return Promise.all(lookups).then((found) => ({
    ...made,
    additional: [...made.additional, ...found.flat()],
  }))
}
