/** *grpc*: sends queries to other servers over gRPC, CoreDNS's own way of talking to CoreDNS. */

import {
  createUpstreamPolicy,
  DnsError,
  definePlugin,
  type Host,
  isReplyTo,
  type Message,
  Name,
  type Query,
  Rcode,
  tlsFiles,
} from '@fingerpost/sdk'
import { type GrpcOptions, options } from './options.ts'
import { Upstream } from './upstream.ts'

/** After this time nothing is waited for. */
const MAX_QUERY_MS = 5000

export default definePlugin({
  name: 'grpc',
  options,
  async setup({ args: [from, addresses], block }, host) {
    const upstreams = await makeUpstreams({ addresses, block }, host)
    const policy = createUpstreamPolicy(block.policy, host.random)
    const zone = Name.parseText(from)
    const except = block.except?.map((one) => Name.parseText(one)) ?? []
    const through = block.fallthrough?.length === 0 ? ['.'] : (block.fallthrough ?? [])
    const passes = through.map((one) => Name.parseText(one))

    const askOne = async (query: Query): Promise<Message> => {
      const endMs = host.clock.now() + MAX_QUERY_MS
      let cause = new DnsError('no-healthy-upstream', 'no upstream answered in time')
      const { length: count } = upstreams
      for (const index of policy.order(policy.first(count), count)) {
        const upstream = upstreams[index] as Upstream
        const leftMs = endMs - host.clock.now()
        if (leftMs <= 0) break
        query.trace?.(`asks ${upstream.label} over gRPC`)
        try {
          return checked(query, await upstream.ask(query, leftMs))
        } catch (error) {
          cause = error as DnsError
          query.trace?.(`${upstream.label} failed: ${cause.message}`)
        }
      }
      return query.reply({ rcode: Rcode.SERVFAIL, cause })
    }

    return {
      async onQuery(query, next) {
        const { qname } = query
        const isExcept = except.some((one) => qname.isSubdomainOf(one))
        if (!qname.isSubdomainOf(zone) || isExcept) return undefined
        const response = await askOne(query)
        const isMissing = response.rcode === Rcode.NXDOMAIN
        return isMissing && passes.some((one) => qname.isSubdomainOf(one)) ? next(query) : response
      },
      shutdown() {
        for (const upstream of upstreams) upstream.close()
      },
    }
  },
})

async function makeUpstreams(
  { addresses, block }: Pick<GrpcOptions, 'block'> & { addresses: GrpcOptions['args'][1] },
  host: Host,
): Promise<Upstream[]> {
  const { tls_servername: serverName } = block
  const read = block.tls && (await tlsFiles(block.tls, host.files))
  const tls = read && (async () => ({ ...(await read()), serverName }))
  return addresses.map((address) => new Upstream(address, tls, host))
}

/** A reply to another question: the client learns that something is wrong, as from CoreDNS. */
function checked(query: Query, message: Message): Message {
  if (isReplyTo(query, message.wire)) {
    message.keepsQuestion = true
    return message
  }
  const cause = new DnsError('upstream-mismatch', 'reply does not match the question')
  return query.reply({ rcode: Rcode.FORMERR, cause })
}
