/** What *rewrite* does to responses: the rules' changes taken back, the last one first. */

import {
  compose,
  type EdnsOptionData,
  HEADER_SIZE,
  type Message,
  Name,
  type Query,
  type Rr,
  Type,
  withEdns,
} from '@fingerpost/sdk'
import type { NameRewriter } from './names.ts'

/** One change to responses. */
export interface Undo {
  rr?(rr: Rr): Rr
  rcode?(rcode: number): number
  options?(options: readonly EdnsOptionData[]): readonly EdnsOptionData[]
  /** Runs when all else is done; gives another answer section, or undefined for the same. */
  follow?(asked: Query, answer: readonly Rr[]): Promise<readonly Rr[]> | undefined
}

type Sections = Readonly<Record<'answer' | 'authority' | 'additional', readonly Rr[]>>

// The payload size in the OPT record of who sends none.
const UDP_SIZE = 4096

/** Makes the response to `query` from that to `asked`, which was made of it. */
export function undoAll(
  query: Query,
  asked: Query,
  response: Message,
  undos: readonly Undo[],
): Message | Promise<Message> {
  if (response.isDropped) return response
  const change = (rr: Rr): Rr => undos.reduceRight((sum, undo) => undo.rr?.(sum) ?? sum, rr)
  const sections = {
    answer: response.answer.map(change),
    authority: response.authority.map(change),
    additional: response.additional.map(change),
  }
  for (const { follow } of undos) {
    const followed = follow?.(asked, sections.answer)
    if (followed === undefined) continue
    return followed.then((answer) =>
      rebuilt(query, asked, response, { ...sections, answer }, undos),
    )
  }
  return rebuilt(query, asked, response, sections, undos)
}

function rebuilt(
  query: Query,
  asked: Query,
  response: Message,
  sections: Sections,
  undos: readonly Undo[],
): Message {
  const rcode = undos.reduceRight((sum, undo) => undo.rcode?.(sum) ?? sum, response.rcode)
  const question = query.wire.subarray(HEADER_SIZE, query.questionEnd)
  const { id, flags, edns } = response
  const message = response.successor(compose({ id, flags, question, ...sections }).wire)
  message.keepsQuestion = false
  message.withRcode(rcode)
  if (edns === undefined && (query.hasEdns || !asked.hasEdns)) return message
  const none = { udpSize: UDP_SIZE, extendedRcode: 0, version: 0, flags: 0, options: [] }
  // Who sent none gets the size that a rule gave the query.
  const own = { ...(edns ?? none), ...(query.hasEdns ? {} : { udpSize: UDP_SIZE }) }
  const options = undos.reduceRight((sum, undo) => undo.options?.(sum) ?? sum, own.options)
  return withEdns(message, { ...own, extendedRcode: rcode >> 4, options })
}

/** Rewrites owners (`name`), or the names that records have in their data (`value`). */
export function undoNames({ rewrite }: NameRewriter, where: 'name' | 'value'): Undo {
  const change = (name: Name): Name => {
    try {
      return rewrite(name) ?? name
    } catch {
      // A record whose name can't be taken back stays as it is.
      return name
    }
  }
  if (where === 'name') return { rr: (rr) => ({ ...rr, owner: change(rr.owner) }) }
  return { rr: (rr) => withName(rr, change) }
}

const NAME_AT: ReadonlyMap<number, number> = new Map([
  [Type.CNAME, 0],
  [Type.DNAME, 0],
  [Type.NS, 0],
  [Type.PTR, 0],
  [Type.SOA, 0],
  [Type.MX, 2],
  [Type.SRV, 6],
  [Type.NAPTR, 4],
])

/** Changes the (first) name in the RDATA of the types that have one. */
function withName(rr: Rr, change: (name: Name) => Name): Rr {
  const { type, rdata } = rr
  let start = NAME_AT.get(type)
  if (start === undefined) return rr
  if (type === Type.NAPTR) for (let i = 0; i < 3; i++) start += 1 + (rdata[start] ?? 0)
  let end = start
  while (end < rdata.length && rdata[end] !== 0) end += 1 + (rdata[end] as number)
  if (end >= rdata.length) return rr
  const name = change(new Name(rdata.slice(start, end + 1))).wire
  const changed = new Uint8Array(start + name.length + rdata.length - end - 1)
  changed.set(rdata.subarray(0, start))
  changed.set(name, start)
  changed.set(rdata.subarray(end + 1), start + name.length)
  return { ...rr, rdata: changed }
}
