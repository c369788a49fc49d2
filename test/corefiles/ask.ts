/** Asks the server of an example. Its upstreams say who they are: the address that was asked. */

import {
  formatRcode,
  formatRr,
  Message,
  parseIp,
  parseQuery,
  type Query,
  Type,
} from '@fingerpost/sdk'
import { fakeListener, makeQuery, replyWith, seededRandom } from '@fingerpost/sdk/testing'
import { makeDatabase } from '../../plugins/geoip/test-database.ts'
import { startWorld, type World } from '../fuzz/world.ts'
import { type Example, exampleFiles, type Question } from './example.ts'

const SOA = '. 60 IN SOA ns. nobody. 1 60 60 60 60'
const europe = { continent: { code: 'EU' } }

/** Starts the server of an example. @throws ConfigErrors */
export async function startExample({ corefile }: Example): Promise<World> {
  const database = makeDatabase({ '81.2.69.0/24': europe })
  const files = { ...exampleFiles(), '/etc/coredns/city.mmdb': database, '/etc/resolv.conf': '' }
  const environment = { DNS_PORT: '53', UPSTREAM: '192.0.2.53' }
  const world = await startWorld(corefile, seededRandom(1), files, environment)
  world.network.answer = (wire, isStream, { address }) => {
    const transport = isStream ? 'tcp' : 'udp'
    const exchange = { listener: fakeListener({ transport }), clientAddress: '', clientPort: 1 }
    const query = parseQuery(wire, exchange)
    return typeof query === 'number' ? undefined : upstreamAnswer(query, address).toBytes()
  }
  return world
}

/** What the server says: the RCODE if it is an error, then the answer without signatures. */
export async function askExample(world: World, question: Question): Promise<string[]> {
  const { name, type, client, isStream } = question
  const query = makeQuery(name, type)
  const listener = fakeListener({ transport: isStream ? 'tcp' : 'udp' })
  const exchange = { listener, clientAddress: client, clientPort: 40_000 }
  const wire = await world.serve(query.wire, exchange)
  const response = wire && Message.parse(wire)
  if (response === undefined) return ['no reply']
  const records = response.answer.map((rr) => formatRr(rr).replaceAll('\t', ' '))
  return [...(response.rcode === 0 ? [] : [formatRcode(response.rcode)]), ...records.sort()]
}

function upstreamAnswer(query: Query, address: string): Message {
  const name = query.qname.toString()
  if (name.startsWith('servfail.') && address === '192.0.2.53') {
    return replyWith({ rcode: 'SERVFAIL', flags: 'ra' })(query)
  }
  if (name.includes('cluster.local') && address !== '10.96.0.10') {
    return replyWith({ rcode: 'NXDOMAIN', flags: 'ra', authority: [SOA] })(query)
  }
  const isIpv4 = parseIp(address)?.length === 4
  const data = new Map<number, string | undefined>([
    [Type.A, isIpv4 ? `A ${address}` : undefined],
    [Type.AAAA, isIpv4 ? undefined : `AAAA ${address}`],
    [Type.PTR, `PTR asked.${address.replace(/[.:]/g, '-')}.example.`],
  ]).get(query.qtype)
  if (data === undefined) return replyWith({ flags: 'ra', authority: [SOA] })(query)
  return replyWith({ flags: 'ra', answer: [`${name} 60 IN ${data}`] })(query)
}
