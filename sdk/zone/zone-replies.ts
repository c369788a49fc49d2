/**
 * Replies from one zone. What is the same for whoever asks is composed once and copied from then
 * on; where an alias leads out of what the zone can say, the server itself is asked. Hot path:
 * `reply`.
 */

import { Rcode } from '../dns/rcode.ts'
import { Type } from '../dns/type.ts'
import { DnsError } from '../errors.ts'
import type { Host } from '../host.ts'
import { MAX_MESSAGE_SIZE } from '../wire/compose.ts'
import { Flag, HEADER_SIZE } from '../wire/header.ts'
import { Message } from '../wire/message.ts'
import type { Name } from '../wire/name.ts'
import type { Query } from '../wire/query.ts'
import { directReply, isPlainType } from './direct-reply.ts'
import { NodeFlag } from './name-tree.ts'
import { SectionTemplate } from './section-template.ts'
import type { ZoneData } from './zone-data.ts'
import { distinct, type Finding, ZoneLookup } from './zone-lookup.ts'
import { Ending, type ZoneWalk } from './zone-walk.ts'

/** Replies that are kept composed, for one zone. */
export const MAX_STORED_REPLIES = 32_768
/** Octets of the replies that are kept composed, for one zone. */
export const MAX_STORED_SIZE: number = 16 * 2 ** 20
// As CoreDNS: lookups that aliases lead to, one from another.
const MAX_DEPTH = 8

/** Answers for one version of a zone. */
export class ZoneReplies {
  readonly data: ZoneData
  readonly #lookup: ZoneLookup
  readonly #soa: SectionTemplate
  readonly #ns: SectionTemplate
  readonly #signedNs: SectionTemplate
  readonly #stored = new Map<number, Uint8Array>()
  #storedSize = 0

  constructor(data: ZoneData) {
    this.data = data
    this.#lookup = new ZoneLookup(data)
    this.#soa = new SectionTemplate(data.origin, this.#lookup.soa(false))
    this.#ns = new SectionTemplate(data.origin, this.#lookup.ns(false))
    this.#signedNs = new SectionTemplate(data.origin, this.#lookup.ns(true))
  }

  /**
   * Answers a query for a name in the zone; the host is asked where an alias leads.
   * @throws DnsError when aliases lead from zone to zone without an end.
   */
  reply(query: Query, host: Pick<Host, 'resolve'>): Message | Promise<Message> {
    const { qtype } = query
    const walk = this.#lookup.walk(query.wire, HEADER_SIZE, qtype)
    const isSigned = this.data.isSigned && query.isDnssecOk
    // A pointer to the question shows its spelling, and owners go out in lower case.
    const isPlain = isLowerCase(query.wire, query.questionEnd - 4)
    const direct = isPlain ? this.#direct(query, walk, isSigned) : undefined
    if (direct !== undefined) return direct
    const isKept = isPlain && walk.ending === Ending.EXACT
    const key = isKept ? (walk.node * 0x10000 + qtype) * 2 + (isSigned ? 1 : 0) : -1
    const stored = isKept ? this.#stored.get(key) : undefined
    if (stored !== undefined && stored.length <= query.maxReplySize) return copy(stored, query)
    if (query.depth > MAX_DEPTH) {
      throw new DnsError('lookup-depth', `aliases nest more than ${MAX_DEPTH} deep`)
    }
    const finding = this.#lookup.find(query.qname.toLowerCase(), qtype, isSigned)
    if (finding.target !== undefined) return this.#follow(query, finding, finding.target, host)
    const reply = query.reply(finding)
    if (isKept && finding.isOfNode && stored === undefined) this.#store(key, reply)
    return reply
  }

  /** Writes the replies that need no more than an RRset and a section that all have. */
  #direct(query: Query, { ending, node }: ZoneWalk, isSigned: boolean): Message | undefined {
    const { records, names, origin } = this.data
    const { qtype } = query
    const originAt = query.questionEnd - 4 - origin.wire.length
    if (ending === Ending.MISSING) {
      if (isSigned) return undefined
      return directReply(query, Rcode.NXDOMAIN, records, -1, -1, this.#soa, originAt)
    }
    if (ending !== Ending.EXACT && (ending !== Ending.WILDCARD || isSigned)) return undefined
    if ((names.flags(node) & NodeFlag.CNAME) !== 0 || !isPlainType(qtype)) return undefined
    const set = records.find(node, qtype)
    if (set < 0) {
      if (isSigned) return undefined
      return directReply(query, Rcode.NOERROR, records, -1, -1, this.#soa, originAt)
    }
    const signatures = isSigned ? records.find(node, Type.RRSIG) : -1
    const ns = isSigned ? this.#signedNs : this.#ns
    return directReply(query, Rcode.NOERROR, records, set, signatures, ns, originAt)
  }

  #store(key: number, reply: Message): void {
    if (reply.size > MAX_MESSAGE_SIZE || reply.isTruncated) return
    if (this.#stored.size >= MAX_STORED_REPLIES || this.#storedSize >= MAX_STORED_SIZE) {
      this.#stored.clear()
      this.#storedSize = 0
    }
    const wire = reply.toBytes()
    this.#stored.set(key, wire)
    this.#storedSize += wire.length
  }

  /** Puts behind the aliases what the server says of where they lead. */
  async #follow(
    query: Query,
    finding: Finding,
    target: Name,
    host: Pick<Host, 'resolve'>,
  ): Promise<Message> {
    const response = await host.resolve(query.with({ qname: target }))
    const found = response.isDropped ? [] : response.answer
    const answer = [...finding.answer, ...found]
    const isSigned = this.data.isSigned && query.isDnssecOk
    const rcode = response.isDropped ? Rcode.SERVFAIL : response.rcode
    const isNegative = rcode === Rcode.NXDOMAIN || (rcode === Rcode.NOERROR && found.length === 0)
    let { authority } = finding
    if (isNegative) {
      // A name of this zone is denied, or delegated, as if it had been asked for.
      const own = target.isSubdomainOf(this.data.origin) ? response.authority : []
      const negative = own.length > 0 ? own : this.#lookup.soa(isSigned)
      authority = isSigned ? distinct([...finding.denial, ...negative]) : negative
    }
    const reply = query.reply({
      // RFC 6604 3; what else went wrong elsewhere is not this zone's to tell.
      rcode: rcode === Rcode.NXDOMAIN || rcode === Rcode.SERVFAIL ? rcode : Rcode.NOERROR,
      isAuthoritative: true,
      answer,
      authority,
      cause: response.cause,
    })
    if (response.isTruncated) reply.flags |= Flag.TC
    return reply
  }
}

function copy(stored: Uint8Array, query: Query): Message {
  const wire = new Uint8Array(stored.length + query.replySlack)
  wire.set(stored)
  return new Message(wire, stored.length)
}

/** Whether no octet of the question's name is an upper-case letter; lengths never are. */
function isLowerCase(wire: Uint8Array, end: number): boolean {
  for (let i = HEADER_SIZE; i < end; i++) {
    const octet = wire[i] as number
    if (octet >= 0x41 && octet <= 0x5a) return false
  }
  return true
}
