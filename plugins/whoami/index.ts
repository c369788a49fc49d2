/** *whoami*: answers every query with the address and port it came from. */

import {
  definePlugin,
  directive,
  makeA,
  makeAaaa,
  makeRr,
  many,
  Name,
  parseIp,
  type Query,
  type Rr,
  Type,
} from '@fingerpost/sdk'

export default definePlugin({
  name: 'whoami',
  options: many(directive({})),
  traits: () => ({ answersAll: true }),
  setup: () => ({
    onQuery: (query) => query.reply({ additional: clientRrs(query) }),
  }),
})

/** The client's address under the name asked for, and its port under `_udp` or `_tcp` of it. */
function clientRrs(query: Query): Rr[] {
  const { qname, qclass } = query
  const address = parseIp(query.clientAddress)
  const rrs: Rr[] = []
  if (address?.length === 4) rrs.push(makeA(qname, 0, address, qclass))
  if (address?.length === 16) rrs.push(makeAaaa(qname, 0, address, qclass))
  const owner = Name.join(query.isStream ? TCP : UDP, qname)
  // A name of 255 octets has no room for the label.
  if (owner !== undefined) {
    const target = { priority: 0, weight: 0, port: query.clientPort, target: Name.root }
    rrs.push(makeRr(owner, Type.SRV, 0, target, qclass))
  }
  return rrs
}

const UDP = Name.parseText('_udp')
const TCP = Name.parseText('_tcp')
