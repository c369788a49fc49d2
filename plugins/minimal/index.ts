/**
 * *minimal*: leaves authority and additional sections out of positive responses (RFC 2181 9:
 * they are a server's to give or not).
 */

import {
  definePlugin,
  directive,
  HeaderOffset,
  type Message,
  many,
  Opcode,
  type Query,
  Type,
  writeUint16,
} from '@fingerpost/sdk'

export default definePlugin({
  name: 'minimal',
  options: many(directive({})),
  setup: () => ({
    onResponse(query, response) {
      return isPositive(query, response) ? withoutExtras(response) : response
    },
  }),
})

/** Tells apart what has nothing to lose: not errors, denials, delegations and transfers. */
function isPositive(query: Query, response: Message): boolean {
  if (response.rcode !== 0 || query.opcode !== Opcode.QUERY) return false
  if (query.qtype === Type.AXFR || query.qtype === Type.IXFR) return false
  if (response.answerCount > 0) return true
  return !response.authority.some((rr) => rr.type === Type.SOA || rr.type === Type.NS)
}

/** Cuts the octets behind the answer; an OPT goes too, and the server adds its own. */
function withoutExtras(response: Message): Message {
  if (response.authorityCount + response.additionalCount === 0) return response
  const end = response.authorityAt
  writeUint16(response.wire, HeaderOffset.NSCOUNT, 0)
  writeUint16(response.wire, HeaderOffset.ARCOUNT, 0)
  response.relaid(end)
  return response
}
