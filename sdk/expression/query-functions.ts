/** What expressions can ask of a query: the functions of *view* and *template*. */

import { formatClass } from '../dns/class.ts'
import { parseIp } from '../dns/ip-address.ts'
import { formatType } from '../dns/type.ts'
import { type Cidr, parseCidr } from '../options/words/cidr.ts'
import type { Query } from '../wire/query.ts'
import type { ExpressionFunction } from './compile.ts'
import type { ExpressionType, ExpressionValue } from './value.ts'

type QueryFunction = ExpressionFunction<Query>

const ask = (result: ExpressionType, call: (query: Query) => ExpressionValue): QueryFunction => ({
  parameters: [],
  result,
  call,
})

/** By name. Names are in lower case and end in a dot; ports are strings, as in CoreDNS. */
export const queryFunctions: Readonly<Record<string, QueryFunction>> = {
  bufsize: ask('number', (query) => query.maxReplySize),
  class: ask('string', (query) => formatClass(query.qclass)),
  client_ip: ask('string', (query) => query.clientAddress),
  do: ask('bool', (query) => query.isDnssecOk),
  id: ask('number', (query) => query.id),
  name: ask('string', (query) => query.qname.toLowerCase().toString()),
  opcode: ask('number', (query) => query.opcode),
  port: ask('string', (query) => String(query.clientPort)),
  proto: ask('string', (query) => (query.isStream ? 'tcp' : 'udp')),
  server_ip: ask('string', (query) => query.listener.address || '::'),
  server_port: ask('string', (query) => String(query.listener.port)),
  size: ask('number', (query) => query.wire.length),
  type: ask('string', (query) => formatType(query.qtype)),
  incidr: {
    parameters: ['string', 'string'],
    result: 'bool',
    call: (_, [address, network]) => isWithin(address, networkOf(network)),
    prepare([, network]) {
      if (network === undefined) return undefined
      const cidr = networkOf(network)
      return (_, [address]) => isWithin(address, cidr)
    },
  },
  metadata: {
    parameters: ['string'],
    result: 'string',
    call: (query, [label]) => query.metadata?.get(String(label)) ?? '',
  },
}

function networkOf(text: ExpressionValue | undefined): Cidr {
  const cidr = parseCidr(String(text))
  if (cidr === undefined)
    throw new TypeError(`${JSON.stringify(text)} is no network like 10.0.0.0/8`)
  return cidr
}

function isWithin(text: ExpressionValue | undefined, network: Cidr): boolean {
  const address = parseIp(String(text))
  if (address === undefined) throw new TypeError(`${JSON.stringify(text)} is no IP address`)
  return network.contains(address)
}
