/**
 * Answers from a hosts table. The reply to a name in lower case is composed once and copied from
 * then on; other spellings are composed each time, since owners go out in lower case whatever the
 * question's case (as CoreDNS's *hosts* does). Hot path.
 */

import { Class, HEADER_SIZE, Message, type Name, type Query, type Rr, Type } from '@fingerpost/sdk'
import type { Entry, HostsTable } from './hosts-table.ts'

/** Tells that the table knows nothing of the name. */
export const UNKNOWN = Symbol('unknown name')

/** Makes replies of one table with one TTL. */
export class HostsReplies {
  readonly #table: HostsTable
  readonly #ttlSeconds: number

  constructor(table: HostsTable, ttlSeconds: number) {
    this.#table = table
    this.#ttlSeconds = ttlSeconds
  }

  /** The reply to A, AAAA or any type but PTR; `UNKNOWN` when the name is not in the table. */
  reply(query: Query): Message | typeof UNKNOWN {
    const entry = this.#table.find(query)
    const isKnown = entry !== undefined && (entry.v4.length > 0 || entry.v6.length > 0)
    const addresses = isKnown ? addressesOf(entry, query.qtype) : none
    if (isKnown && addresses.length > 0) return this.#copy(query, entry)
    // A wildcard also gives the family that the name itself lacks.
    const wildcard = this.#table.findWildcard(query)
    if (wildcard === undefined) return isKnown ? query.reply() : UNKNOWN
    return query.reply({ answer: this.#addressRrs(query, addressesOf(wildcard, query.qtype)) })
  }

  /** The reply to PTR; `UNKNOWN` when no name has that address. */
  replyToPointer(query: Query): Message | typeof UNKNOWN {
    const entry = this.#table.find(query)
    return entry === undefined || entry.pointers.length === 0 ? UNKNOWN : this.#copy(query, entry)
  }

  #copy(query: Query, entry: Entry): Message {
    if (!isSpelled(query, entry.name)) return query.reply({ answer: this.#rrs(query, entry) })
    let stored = entry.replies.get(query.qtype)
    if (stored === undefined) {
      stored = query.reply({ answer: this.#rrs(query, entry) }).toBytes()
      entry.replies.set(query.qtype, stored)
    }
    const wire = new Uint8Array(stored.length + query.replySlack)
    wire.set(stored)
    return new Message(wire, stored.length)
  }

  #rrs(query: Query, entry: Entry): Rr[] {
    if (query.qtype !== Type.PTR) return this.#addressRrs(query, addressesOf(entry, query.qtype))
    return entry.pointers.map((name) => ({
      owner: entry.name,
      type: Type.PTR,
      class: Class.IN,
      ttlSeconds: this.#ttlSeconds,
      rdata: name.wire,
    }))
  }

  #addressRrs(query: Query, addresses: readonly Uint8Array[]): Rr[] {
    const owner = query.qname.toLowerCase()
    return addresses.map((rdata) => ({
      owner,
      type: query.qtype,
      class: Class.IN,
      ttlSeconds: this.#ttlSeconds,
      rdata,
    }))
  }
}

const none: readonly Uint8Array[] = []

function addressesOf(entry: Entry, type: number): readonly Uint8Array[] {
  if (type === Type.A) return entry.v4
  return type === Type.AAAA ? entry.v6 : none
}

/** Whether the question has the very octets of `name`. */
function isSpelled(query: Query, name: Name): boolean {
  const octets = name.wire
  for (let i = 0; i < octets.length; i++) {
    if (octets[i] !== query.wire[HEADER_SIZE + i]) return false
  }
  return true
}
