/** *dns64*: gives IPv6 addresses to names that have IPv4 addresses only (RFC 6147, RFC 6052). */

import {
  args,
  Class,
  definePlugin,
  directive,
  flag,
  type Message,
  many,
  optional,
  PerListener,
  parseCidr,
  type Query,
  Rcode,
  Type,
  type Word,
  word,
} from '@fingerpost/sdk'
import { type Prefix, synthesise } from './synthesise.ts'

const prefix: Word<Prefix> = word<Prefix>({
  expects: 'an IPv6 prefix of 32, 40, 48, 56, 64, 72, 80, 88 or 96 bits',
  name: 'PREFIX',
  example: '64:ff9b::/96',
  parse(text, refuse) {
    const network = parseCidr(text)
    if (network?.address.length !== 16) return refuse()
    const { address, prefixLength } = network
    const isLegal = prefixLength >= 32 && prefixLength <= 96 && prefixLength % 8 === 0
    return isLegal ? { address, sizeBytes: prefixLength / 8 } : refuse()
  },
})

// RFC 6052 2.1.
const WELL_KNOWN: Prefix = {
  address: Uint8Array.of(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  sizeBytes: 12,
}

export default definePlugin({
  name: 'dns64',
  options: many(
    directive({
      args: args(optional(prefix)),
      block: { prefix, translate_all: flag, allow_ipv4: flag },
    }),
  ),
  setup(occurrences, host) {
    const own = occurrences.flatMap(({ args: [first], block }) => [first, block.prefix])
    const used = own.findLast((candidate) => candidate !== undefined) ?? WELL_KNOWN
    const translatesAll = occurrences.some(({ block }) => block.translate_all)
    const allowsIpv4 = occurrences.some(({ block }) => block.allow_ipv4)
    const translated = host.counter('requests_translated_total', 'Queries translated.', ['server'])
    const translatedOf = new PerListener(({ label }) => translated.labels(label))

    const isWanted = (response: Message): boolean => {
      // RFC 6147 5.1.2: a name that does not exist has no A records either.
      if (response.isDropped || response.rcode === Rcode.NXDOMAIN) return false
      return translatesAll || !response.answer.some(({ type }) => type === Type.AAAA)
    }
    const translate = async (query: Query, response: Message): Promise<Message> => {
      const question = { qname: query.qname.toLowerCase(), qtype: Type.A }
      const addresses = await host.resolve(query.with(question))
      if (addresses.isDropped) return addresses
      translatedOf.of(query.listener).add()
      return synthesise(query, response, addresses, used)
    }
    const orTranslate = (query: Query, response: Message): Message | Promise<Message> =>
      isWanted(response) ? translate(query, response) : response

    return {
      onQuery(query, next) {
        if (query.qtype !== Type.AAAA || query.qclass !== Class.IN) return undefined
        if (!allowsIpv4 && !isOverIpv6(query)) return undefined
        const response = next(query)
        if (!(response instanceof Promise)) return orTranslate(query, response)
        return response.then((settled) => orTranslate(query, settled))
      },
    }
  },
})

/** IPv4 clients of IPv6 sockets have addresses that begin with `::ffff:`. */
function isOverIpv6({ clientAddress }: Query): boolean {
  return clientAddress.includes(':') && !/^::ffff:\d+\./i.test(clientAddress)
}
