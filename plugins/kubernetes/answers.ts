/**
 * Answers the questions about one cluster, as the reference server does per type.
 * Kubernetes DNS-Based Service Discovery 1.1.0, RFC 1035, RFC 2308, RFC 2782.
 */

import {
  Flag,
  HEADER_SIZE,
  type Host,
  isReverse,
  type Message,
  makeCname,
  makeTxt,
  type Name,
  parseNameText,
  type Query,
  Rcode,
  type Rr,
  reversedAddress,
  Type,
} from '@fingerpost/sdk'
import { askOutside, followAliases } from './external-name.ts'
import type { Finding, Lookup } from './lookup.ts'
import { readSubject, type Subject } from './names.ts'
import { replyToPointer } from './pointers.ts'
import {
  addressRecords,
  type Records,
  serverRecords,
  serviceRecords,
  soaRecord,
} from './records.ts'
import type { Replies } from './replies.ts'
import type { ServerNames } from './server-names.ts'
import type { ServiceIndex } from './service-index.ts'
import type { Store } from './store.ts'
import type { Version } from './versions.ts'

/** TTL of `dns-version`. */
const VERSION_TTL_SECONDS = 28800
const SCHEMA_VERSION = '1.1.0'

/** What answers are made with. */
export interface AnswerParts {
  readonly host: Host
  readonly store: Store
  readonly lookup: Lookup
  readonly replies: Replies
  readonly servers: ServerNames
  readonly ttlSeconds: number
  /** Names of pointers end in it. */
  readonly primaryZone: Name
  readonly isZonal: boolean
  isMulticluster(zone: Name): boolean
  isSynced(): boolean
  fallsThrough(query: Query): boolean
}

/** One question at work. */
interface Question {
  readonly query: Query
  /** The zone in the question's spelling. */
  readonly zone: Name
  readonly subject: Subject
  readonly index: ServiceIndex
}

/** Answers questions that no kept reply fits. */
export class Answers {
  readonly #parts: AnswerParts

  constructor(parts: AnswerParts) {
    this.#parts = parts
  }

  /** Answers, or passes: `zone` is the one of ours that the name is in. */
  answer(query: Query, zone: Name): Message | undefined | Promise<Message | undefined> {
    const { qname, qtype } = query
    if (qtype === Type.AXFR || qtype === Type.IXFR) return query.reply({ rcode: Rcode.REFUSED })
    const count = qname.labelCount - zone.labelCount
    const isMulticluster = this.#parts.isMulticluster(zone)
    const { store, isZonal } = this.#parts
    const question: Question = {
      query,
      zone: qname.ancestor(count),
      subject: readSubject(query.wire, HEADER_SIZE, count, { isMulticluster, isZonal }),
      index: isMulticluster ? store.imported : store.own,
    }
    return this.#dispatch(question)
  }

  #dispatch(question: Question): Message | undefined | Promise<Message | undefined> {
    const { query, zone, subject } = question
    const isApex = subject.kind === 'fixed' && subject.isApex
    switch (query.qtype) {
      case Type.SOA: {
        if (!isApex) return this.#negative(question, Rcode.NOERROR)
        const soa = soaRecord(zone, question.index.serial, this.#parts.ttlSeconds)
        return query.reply({ answer: [soa] })
      }
      case Type.NS:
        return isApex ? this.#answerServers(question) : this.#answerExistence(question)
      case Type.TXT:
        return this.#answerText(question)
      case Type.PTR: {
        const address = reversedAddress(query.qname)
        return address === undefined
          ? this.#answerExistence(question)
          : this.#answerPointer(question, address)
      }
      case Type.A:
      case Type.AAAA:
      case Type.CNAME:
      case Type.SRV:
        if (subject.kind === 'server') return this.#answerServer(question)
        return this.#answerFinding(question, this.#find(question))
      default:
        return this.#answerExistence(question)
    }
  }

  #find({ query, subject, index }: Question): Finding {
    // Reverse zones have nothing below their apex but pointers.
    const isApex = subject.kind === 'fixed' && subject.isApex
    if (!isApex && isReverse(query.qname)) return { kind: 'missing' }
    return this.#parts.lookup.find(subject, index)
  }

  #answerFinding(
    question: Question,
    finding: Finding,
  ): Message | undefined | Promise<Message | undefined> {
    const { query, zone } = question
    const { ttlSeconds } = this.#parts
    if (finding.kind === 'missing') return this.#missing(question, finding.basis)
    if (finding.kind === 'external') return this.#answerExternal(question, finding.target)
    const { entries, basis } = finding
    if (query.qtype === Type.SRV) {
      return this.#positive(question, serviceRecords(query.qname, zone, ttlSeconds, entries), basis)
    }
    const isAddress = query.qtype === Type.A || query.qtype === Type.AAAA
    const answer = isAddress ? addressRecords(query.qname, query.qtype, ttlSeconds, entries) : []
    return this.#positive(question, { answer, additional: [] }, basis)
  }

  /** Types that no name has: only whether the name is there is told. */
  #answerExistence(question: Question): Message | undefined {
    if (question.subject.kind === 'server') return this.#negative(question, Rcode.NOERROR)
    const finding = this.#find(question)
    if (finding.kind === 'missing') return this.#missing(question, finding.basis)
    const basis = finding.kind === 'entries' ? finding.basis : undefined
    return this.#negative(question, Rcode.NOERROR, basis)
  }

  #answerText(question: Question): Message | undefined {
    const { query, subject } = question
    if (subject.kind === 'version') {
      return query.reply({ answer: [makeTxt(query.qname, VERSION_TTL_SECONDS, SCHEMA_VERSION)] })
    }
    // Names without records of their own do not exist for TXT: as CoreDNS has it.
    const hasRecords = subject.kind === 'service' || subject.kind === 'pod'
    return hasRecords ? this.#answerExistence(question) : this.#missing(question, undefined)
  }

  #answerPointer(question: Question, address: string): Message | undefined {
    const { query } = question
    const { store, lookup, primaryZone, ttlSeconds } = this.#parts
    const answer = replyToPointer(query.qname, address, {
      store,
      lookup,
      primaryZone,
      ttlSeconds,
    })
    const basis = store.own.whatIsAt(address)
    if (answer.length === 0) return this.#missing(question, basis)
    return this.#positive(question, { answer, additional: [] }, basis)
  }

  #answerExternal(
    question: Question,
    target: string,
  ): Message | undefined | Promise<Message | undefined> {
    const { query, zone } = question
    const { ttlSeconds, host } = this.#parts
    const { qname, qtype } = query
    if (qtype === Type.SRV) return this.#negative(question, Rcode.NOERROR)
    if (qtype === Type.CNAME) {
      const to = parseNameText(target)
      const answer = to === undefined ? [] : [makeCname(qname, ttlSeconds, to)]
      return this.#positive(question, { answer, additional: [] })
    }
    const { answer, outside } = followAliases(qname, target, qtype, zone, ttlSeconds, (name) =>
      this.#findName(question, name),
    )
    if (outside === undefined) return this.#positive(question, { answer, additional: [] })
    return askOutside(query, outside, host).then((response) => {
      // No reply at all: nor is there an alias to it.
      const kept = response === undefined ? answer.slice(0, -1) : answer
      const reply = this.#positive(question, {
        answer: [...kept, ...(response?.answer ?? [])],
        additional: [],
      })
      if (response?.isTruncated) reply.flags |= Flag.TC
      return reply
    })
  }

  /** Finds what a name inside the question's zone stands for. */
  #findName({ zone, index }: Question, name: Name): Finding {
    const { isZonal, lookup } = this.#parts
    const count = name.labelCount - zone.labelCount
    const grammar = { isMulticluster: this.#parts.isMulticluster(zone), isZonal }
    return lookup.find(readSubject(name.wire, 0, count, grammar), index)
  }

  #answerServers(question: Question): Message {
    const { query, zone } = question
    // CoreDNS knows its own name servers only by a zone in lower case.
    if (!isLowerCase(zone)) return this.#negative(question, Rcode.NOERROR)
    const entries = this.#parts.servers.entries()
    return this.#positive(question, serverRecords(query.qname, this.#parts.ttlSeconds, entries))
  }

  #answerServer(question: Question): Message | undefined {
    const { query, zone } = question
    if (!isLowerCase(zone)) return this.#missing(question, undefined)
    const isAddress = query.qtype === Type.A || query.qtype === Type.AAAA
    const entries = isAddress ? this.#parts.servers.localEntries() : []
    const answer = addressRecords(query.qname, query.qtype, this.#parts.ttlSeconds, entries)
    return this.#positive(question, { answer, additional: [] })
  }

  #positive(question: Question, { answer, additional }: Records, basis?: Version): Message {
    if (answer.length === 0) return this.#negative(question, Rcode.NOERROR, basis)
    const { query, subject } = question
    const reply = query.reply({ answer, additional })
    // With *pods insecure* any address makes a name.
    const isMadeUp = subject.kind === 'pod'
    if (basis !== undefined) this.#parts.replies.keep(query, reply, { basis, isMadeUp })
    return reply
  }

  #missing(question: Question, basis: Version | undefined): Message | undefined {
    const { query, subject } = question
    const { isSynced, fallsThrough } = this.#parts
    const passes = fallsThrough(query)
    if (!isSynced()) {
      // What may yet turn up must not be asked for elsewhere; what can't be, may.
      return passes && subject.kind === 'impossible' && !isReverse(query.qname)
        ? undefined
        : this.#negative(question, Rcode.SERVFAIL)
    }
    return passes ? undefined : this.#negative(question, Rcode.NXDOMAIN, basis)
  }

  #negative(question: Question, rcode: number, basis?: Version): Message {
    const { query, zone, index, subject } = question
    const authority: Rr[] = [soaRecord(zone, index.serial, this.#parts.ttlSeconds)]
    const reply = query.reply({ rcode, isAuthoritative: true, authority })
    if (basis === undefined) return reply
    // What a service has no address of is asked for as often as what it has.
    const isAddress = query.qtype === Type.A || query.qtype === Type.AAAA
    const isOfService = subject.kind === 'service' && subject.zonal === undefined
    const isMadeUp = rcode !== Rcode.NOERROR || !isAddress || !isOfService
    this.#parts.replies.keep(query, reply, { basis, serialOf: index, isMadeUp })
    return reply
  }
}

function isLowerCase(name: Name): boolean {
  return name.wire.every((octet) => octet < 0x41 || octet > 0x5a)
}
