/** What carries queries to the server under test. RFC 1035 4.2, RFC 7858, RFC 8484. */

import { type Exchange, exchangeTcp, exchangeUdp, type Target } from './exchange.ts'
import { exchangeHttps } from './exchange-https.ts'

/** All of them, as they are called on the command line. */
export const carriers = ['udp', 'tcp', 'tls', 'https'] as const

export type Carrier = (typeof carriers)[number]

/** Sends messages and collects as many replies; only a stream of octets carries several. */
export function exchangeOver(
  carrier: Carrier,
  target: Target,
  payloads: readonly [Buffer, ...Buffer[]],
  isSplit = false,
): Promise<Exchange> {
  switch (carrier) {
    case 'udp':
      return exchangeUdp(target, payloads[0])
    case 'https':
      return exchangeHttps(target, payloads[0])
    default:
      return exchangeTcp(target, payloads, { isSplit, isEncrypted: carrier === 'tls' })
  }
}

/** Whether a server block says in its keys that it is asked this way. */
export function isEncrypted(carrier: Carrier): carrier is 'tls' | 'https' {
  return carrier === 'tls' || carrier === 'https'
}
