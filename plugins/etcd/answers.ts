/** Answers questions about names in etcd, per type. RFC 1035, RFC 2308. */

import {
  Flag,
  type Host,
  type Message,
  makeCname,
  makePtr,
  makeSoa,
  Name,
  type Query,
  Rcode,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import { type Ask, chase, entriesOf, MAX_LOOKUPS, nothing, type Records } from './chase.ts'
import type { Store } from './store.ts'
import { mailRecords, serverRecords, serviceRecords } from './targets.ts'

export interface AnswersParts {
  readonly host: Host
  readonly store: Store
  readonly zones: readonly Name[]
  /** Zones whose unknown names are left to the next plugin. */
  readonly through: readonly Name[]
}

/** TTL of the SOA, and of negative responses. */
const SOA_SECONDS = 30

export class Answers {
  readonly #parts: AnswersParts
  readonly #longestFirst: readonly Name[]

  constructor(parts: AnswersParts) {
    this.#parts = parts
    this.#longestFirst = [...parts.zones].sort((a, b) => b.labelCount - a.labelCount)
  }

  answer(query: Query): Promise<Message | undefined> | undefined {
    const { qname } = query
    const zone = this.#longestFirst.find((one) => qname.isSubdomainOf(one))
    if (zone === undefined) return undefined
    const { host, store } = this.#parts
    return this.#answerIn({ query, zone, host, store, budget: { left: MAX_LOOKUPS } })
  }

  async #answerIn(ask: Ask): Promise<Message | undefined> {
    const { query, zone } = ask
    const isApex = query.qname.equals(zone)
    if (isApex && query.qtype === Type.SOA) return query.reply({ answer: [this.#soa(zone)] })
    let found: Records | undefined
    try {
      found = await recordsOf(ask, isApex)
    } catch (cause) {
      return this.#negative(ask, Rcode.SERVFAIL, cause)
    }
    if (found === undefined) {
      if (this.#parts.through.some((one) => query.qname.isSubdomainOf(one))) return undefined
      // The zone itself is there, whatever is in it.
      return this.#negative(ask, isApex ? Rcode.NOERROR : Rcode.NXDOMAIN)
    }
    const { answer, additional, isCut } = found
    if (answer.length === 0) return this.#negative(ask, Rcode.NOERROR)
    const reply = query.reply({ answer, additional })
    if (isCut) reply.flags |= Flag.TC
    return reply
  }

  #negative({ query, zone }: Ask, rcode: number, cause?: unknown): Message {
    return query.reply({ rcode, isAuthoritative: true, authority: [this.#soa(zone)], cause })
  }

  #soa(zone: Name): Rr {
    return makeSoa(zone, SOA_SECONDS, {
      mname: Name.parseText('ns.dns', zone),
      rname: Name.parseText('hostmaster', zone),
      serial: Math.floor(this.#parts.host.clock.wallNow() / 1000) >>> 0,
      refreshSeconds: 7200,
      retrySeconds: 1800,
      expireSeconds: 86_400,
      minimumSeconds: SOA_SECONDS,
    })
  }
}

/** Undefined for a name that isn't there. */
async function recordsOf(ask: Ask, isApex: boolean): Promise<Records | undefined> {
  const { qname, qtype } = ask.query
  if (qtype === Type.NS && isApex) return serverRecords(ask)
  switch (qtype) {
    case Type.A:
    case Type.AAAA:
    case Type.TXT:
      return chase(ask, qname, qtype)
    case Type.SRV:
      return serviceRecords(ask)
    case Type.MX:
      return mailRecords(ask)
    case Type.CNAME:
      return aliasRecord(ask)
    case Type.PTR:
      return pointerRecords(ask)
    default:
      return (await entriesOf(ask, qname, qtype)) && nothing
  }
}

/** Of the name's own entry only: what is below has no say in whether it is an alias. */
async function aliasRecord({ query, store }: Ask): Promise<Records | undefined> {
  const entries = await store.find(query.qname, { isExact: true })
  if (entries === undefined) return undefined
  const [first] = entries
  if (first?.target === undefined) return nothing
  return { ...nothing, answer: [makeCname(query.qname, first.ttlSeconds, first.target)] }
}

async function pointerRecords({ query, store }: Ask): Promise<Records | undefined> {
  const entries = await store.find(query.qname, { isExact: true })
  const answer = entries?.flatMap(({ target, ttlSeconds }) =>
    target === undefined ? [] : [makePtr(query.qname, ttlSeconds, target)],
  )
  return answer && { ...nothing, answer }
}
