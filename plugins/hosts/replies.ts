/**
 * Answers from a hosts table. The reply to a name in lower case is composed once and copied from
 * then on; other spellings are composed each time, since owners go out in lower case whatever the
 * question's case (as CoreDNS's *hosts* does). RFC 1035, RFC 3596. Hot path.
 */

import { Class, HEADER_SIZE, MAX_MESSAGE_SIZE, Message, type Query, Type } from '@fingerpost/sdk'
import { type HostsTable, List, type ListCode } from './hosts-table.ts'
import type { NameTable } from './name-table.ts'

// A pointer as owner, and the fixed fields: no RR is shorter.
const MIN_RR_SIZE = 12
const LIST_COUNT = 3

/** Makes replies of one table with one TTL. */
export class HostsReplies {
  readonly #table: HostsTable
  readonly #ttlSeconds: number
  // By number of the name times 3 plus list. There can't be more of them than the file has names.
  readonly #stored = new Map<number, Uint8Array>()

  constructor(table: HostsTable, ttlSeconds: number) {
    this.#table = table
    this.#ttlSeconds = ttlSeconds
  }

  /** The reply to any type but PTR; undefined when the name is not in the table. */
  reply(query: Query): Message | undefined {
    const { names } = this.#table
    const index = this.#table.find(query)
    const isKnown = index >= 0 && (names.has(index, List.V4) || names.has(index, List.V6))
    const list = addressList(query.qtype)
    if (isKnown && list !== undefined && names.has(index, list)) {
      return this.#copy(query, index, list)
    }
    // A wildcard also gives the family that the name itself lacks.
    const wildcard = this.#table.findWildcard(query)
    if (list === undefined) return isKnown || wildcard >= 0 ? query.reply() : undefined
    if (wildcard >= 0) {
      return this.#compose(query, this.#table.wildcards, wildcard, list, query.maxReplySize)
    }
    return isKnown ? this.#copy(query, index, list) : undefined
  }

  /** The reply to PTR; undefined when no name has that address. */
  replyToPointer(query: Query): Message | undefined {
    const index = this.#table.find(query)
    if (index < 0 || !this.#table.names.has(index, List.POINTERS)) return undefined
    return this.#copy(query, index, List.POINTERS)
  }

  #copy(query: Query, index: number, list: ListCode): Message {
    const { names } = this.#table
    if (!names.isSpelled(index, query.wire, HEADER_SIZE)) {
      return this.#compose(query, names, index, list, query.maxReplySize)
    }
    const key = index * LIST_COUNT + list
    let stored = this.#stored.get(key)
    if (stored === undefined) {
      stored = this.#compose(query, names, index, list, MAX_MESSAGE_SIZE).toBytes()
      this.#stored.set(key, stored)
    }
    // Core takes what it has to cut apart: thousands of RRs, for a few dozen that are sent.
    if (stored.length > query.maxReplySize) {
      return this.#compose(query, names, index, list, query.maxReplySize)
    }
    const wire = new Uint8Array(stored.length + query.replySlack)
    wire.set(stored)
    return new Message(wire, stored.length)
  }

  /** Composes a reply with all RRs, or with so many that it is longer than `limit` octets. */
  #compose(query: Query, names: NameTable, index: number, list: ListCode, limit: number): Message {
    const owner = query.qname.toLowerCase()
    const maxCount = Math.floor(limit / MIN_RR_SIZE) + 1
    const answer = this.#table.rdata(names, index, list, maxCount).map((rdata) => ({
      owner,
      type: query.qtype,
      class: Class.IN,
      ttlSeconds: this.#ttlSeconds,
      rdata,
    }))
    return query.reply({ answer })
  }
}

function addressList(type: number): ListCode | undefined {
  if (type === Type.A) return List.V4
  return type === Type.AAAA ? List.V6 : undefined
}
