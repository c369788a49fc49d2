/**
 * *local*: answers for names and addresses that mean the machine itself, so that they reach no
 * other server (RFC 6761 6.3, RFC 6303 4.1 and 4.2). Hot path: names that are none of these.
 */

import {
  definePlugin,
  directive,
  equalFold,
  type Message,
  makeA,
  makeAaaa,
  makeNs,
  makePtr,
  makeSoa,
  many,
  Name,
  onOff,
  optional,
  type Query,
  Rcode,
  type Rr,
  Type,
} from '@fingerpost/sdk'

const TTL_SECONDS = 604_800
const LOCALHOST = Name.parseText('localhost.')
const LOOPBACK = Name.parseText('1.0.0.127.in-addr.arpa.')
const ZONES = [LOCALHOST, ...[0, 127, 255].map((octet) => Name.parseText(`${octet}.in-addr.arpa.`))]
const IPV4 = Uint8Array.of(127, 0, 0, 1)
const IPV6 = Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 1 : 0))
const SOA = {
  mname: LOCALHOST,
  rname: Name.parseText('root.localhost.'),
  serial: 1,
  refreshSeconds: 0,
  retrySeconds: 0,
  expireSeconds: 0,
  minimumSeconds: TTL_SECONDS,
}

export default definePlugin({
  name: 'local',
  options: many(directive({ block: { localhost_prefix: optional(onOff, true) } })),
  setup(occurrences, host) {
    const answersPrefix = occurrences.at(-1)?.block.localhost_prefix ?? true
    const prefixed = host.counter('localhost_requests_total', 'Queries for localhost.<domain>.')
    return {
      onQuery(query) {
        const { qname } = query
        if (answersPrefix && isPrefixed(qname)) {
          prefixed.add()
          return respond(query, addresses(query), qname)
        }
        for (const zone of ZONES) if (qname.isSubdomainOf(zone)) return ofZone(query, zone)
        return undefined
      },
    }
  },
})

/** Tells whether the name is `localhost` and a domain behind it. */
function isPrefixed({ wire }: Name): boolean {
  const size = LOCALHOST.wire.length - 1
  return wire.length > size + 1 && equalFold(wire, 0, LOCALHOST.wire, 0, size)
}

function ofZone(query: Query, zone: Name): Message {
  const { qname, qtype } = query
  // The names of zones are given in the spelling of the query.
  const apex = new Name(qname.wire.subarray(qname.wire.length - zone.wire.length))
  const isApex = apex.wire.length === qname.wire.length
  const answer: Rr[] = zone === LOCALHOST ? addresses(query) : []
  if (isApex && qtype === Type.NS) answer.push(makeNs(qname, TTL_SECONDS, LOCALHOST))
  if (isApex && qtype === Type.SOA) answer.push(makeSoa(qname, TTL_SECONDS, SOA))
  if (zone === LOCALHOST) return respond(query, answer, qname)
  const isLoopback = qname.equals(LOOPBACK)
  if (isLoopback && qtype === Type.PTR) answer.push(makePtr(qname, TTL_SECONDS, LOCALHOST))
  return respond(query, answer, apex, isApex || isLoopback ? Rcode.NOERROR : Rcode.NXDOMAIN)
}

function addresses({ qname, qtype }: Query): Rr[] {
  if (qtype === Type.A) return [makeA(qname, TTL_SECONDS, IPV4)]
  return qtype === Type.AAAA ? [makeAaaa(qname, TTL_SECONDS, IPV6)] : []
}

/** Without an answer the SOA of `zone` says for how long there is none. */
function respond(query: Query, answer: readonly Rr[], zone: Name, rcode = 0): Message {
  const authority = answer.length > 0 ? [] : [makeSoa(zone, TTL_SECONDS, SOA)]
  return query.reply({ rcode, isAuthoritative: false, answer, authority })
}
