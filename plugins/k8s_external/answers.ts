/** Answers questions about the external names of a cluster, per name and type. RFC 1035, RFC 2308. */

import {
  type ExternalServices,
  Flag,
  type Host,
  type Message,
  makePtr,
  type Name,
  parseNameText,
  type Query,
  Rcode,
  type Rr,
  reversedAddress,
  Type,
} from '@fingerpost/sdk'
import { serverAddresses, serverRecord, soaRecord } from './apex.ts'
import { addressAnswer, type Records, serviceAnswer } from './records.ts'

/** What answers are made with. */
export interface Parts {
  readonly host: Host
  readonly zones: readonly Name[]
  /** The label below which the zone's own names are. */
  readonly apexLabel: string
  readonly ttlSeconds: number
  readonly isHeadless: boolean
  /** Zones whose unknown names are left to the next plugin. */
  readonly through: readonly Name[]
  services(): ExternalServices
}

/** Answers, or passes. */
export class Answers {
  readonly #parts: Parts
  readonly #longestFirst: readonly Name[]

  constructor(parts: Parts) {
    this.#parts = parts
    this.#longestFirst = [...parts.zones].sort((a, b) => b.labelCount - a.labelCount)
  }

  answer(query: Query): Message | undefined | Promise<Message> {
    const { qname } = query
    const zone = this.#longestFirst.find((one) => qname.isSubdomainOf(one))
    if (zone === undefined) return undefined
    const count = qname.labelCount - zone.labelCount
    if (count === 0) return this.#answerApex(query, zone)
    const below = parseNameText(this.#parts.apexLabel, zone)
    if (below !== undefined && qname.isSubdomainOf(below)) {
      return this.#answerServer(query, zone, qname.labelCount - below.labelCount)
    }
    const address = query.qtype === Type.PTR ? reversedAddress(qname) : undefined
    if (address !== undefined) return this.#answerPointer(query, zone, address)
    return this.#answerService(query, zone, labelsOf(qname, count))
  }

  #answerApex(query: Query, zone: Name): Message {
    const { qname, qtype } = query
    if (qtype === Type.SOA) return query.reply({ answer: [soaRecord(zone, this.#parts)] })
    if (qtype !== Type.NS) return this.#negative(query, zone, Rcode.NOERROR)
    const server = parseNameText(`ns1.${this.#parts.apexLabel}`, qname)
    return query.reply({
      answer: [serverRecord(qname, this.#parts)],
      additional: server === undefined ? [] : serverAddresses(server, this.#parts),
    })
  }

  /** Names below the apex label: `ns1` and nothing else. */
  #answerServer(query: Query, zone: Name, depth: number): Message {
    const [first] = labelsOf(query.qname, 1)
    if (depth > 1 || (depth === 1 && first !== 'ns1')) {
      return this.#negative(query, zone, Rcode.NXDOMAIN)
    }
    const all = depth === 0 ? [] : serverAddresses(query.qname, this.#parts)
    const answer = all.filter(({ type }) => type === query.qtype)
    return this.#positive(query, zone, { answer, additional: [], isCut: false })
  }

  #answerPointer(query: Query, zone: Name, address: string): Message | undefined {
    const { ttlSeconds, isHeadless, services, zones } = this.#parts
    const [primary] = zones
    const answer = services()
      .findAddress(address, isHeadless)
      .flatMap((labels): Rr[] => {
        const target = parseNameText(labels.join('.'), primary)
        return target === undefined ? [] : [makePtr(query.qname, ttlSeconds, target)]
      })
    if (answer.length === 0) return this.#missing(query, zone)
    return query.reply({ answer })
  }

  #answerService(
    query: Query,
    zone: Name,
    labels: readonly string[],
  ): Message | undefined | Promise<Message> {
    const finding = this.#parts.services().find(labels, this.#parts.isHeadless)
    if (finding.kind === 'missing') return this.#missing(query, zone)
    if (finding.kind === 'unknown') return this.#negative(query, zone, Rcode.SERVFAIL)
    if (finding.kind === 'empty') return this.#negative(query, zone, Rcode.NOERROR)
    const { qtype } = query
    if (qtype === Type.A || qtype === Type.AAAA) {
      const records = addressAnswer(query, finding.entries, this.#parts)
      return records instanceof Promise
        ? records.then((made) => this.#positive(query, zone, made))
        : this.#positive(query, zone, records)
    }
    if (qtype !== Type.SRV) return this.#negative(query, zone, Rcode.NOERROR)
    const records = serviceAnswer(query, zone, finding.entries, this.#parts)
    return records instanceof Promise
      ? records.then((made) => this.#positive(query, zone, made))
      : this.#positive(query, zone, records)
  }

  #positive(query: Query, zone: Name, { answer, additional, isCut }: Records): Message {
    if (answer.length === 0) return this.#negative(query, zone, Rcode.NOERROR)
    const reply = query.reply({ answer, additional })
    if (isCut) reply.flags |= Flag.TC
    return reply
  }

  #missing(query: Query, zone: Name): Message | undefined {
    const isPassed = this.#parts.through.some((one) => query.qname.isSubdomainOf(one))
    return isPassed ? undefined : this.#negative(query, zone, Rcode.NXDOMAIN)
  }

  #negative(query: Query, zone: Name, rcode: number): Message {
    const authority = [soaRecord(zone, this.#parts)]
    return query.reply({ rcode, isAuthoritative: true, authority })
  }
}

/** The leftmost labels in lower case. */
function labelsOf(name: Name, count: number): string[] {
  const decoder = new TextDecoder('latin1')
  return name
    .toLowerCase()
    .labels()
    .slice(0, count)
    .map((label) => decoder.decode(label))
}
