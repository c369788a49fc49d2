/** *erratic*: an unreliable server for testing clients: it drops, delays and truncates. */

import {
  DnsError,
  definePlugin,
  Flag,
  type Message,
  makeA,
  makeAaaa,
  makeNs,
  makeSoa,
  Name,
  type Query,
  type Rr,
  type Timer,
  Type,
} from '@fingerpost/sdk'
import { amountsOf, options } from './options.ts'

// Records of a large answer: more than 512 octets hold.
const LARGE_COUNT = 30

export default definePlugin({
  name: 'erratic',
  options,
  traits: () => ({ answersAll: true }),
  setup(occurrences, { clock }) {
    const { drop, truncate, delay, delayMs, isLarge } = amountsOf(occurrences)
    const delayed = new Map<Timer, () => void>()
    let queries = 0

    const later = (response: Message): Promise<Message> =>
      new Promise((resolve) => {
        const timer = clock.after(delayMs, () => {
          delayed.delete(timer)
          resolve(response)
        })
        delayed.set(timer, () => resolve(response))
      })

    return {
      onQuery(query) {
        const number = queries++
        if (drop > 0 && number % drop === 0) return query.drop()
        // CoreDNS compares bits here, so "every Nth" holds for N = 1 only; its clients know.
        const isTruncated = truncate > 0 && (number & truncate) === 0
        const response = respond(query, isTruncated, isLarge)
        return delay > 0 && number % delay === 0 ? later(response) : response
      },
      shutdown() {
        // What still waits is answered at once: nobody may be left without.
        for (const [timer, finish] of delayed) {
          timer.cancel()
          finish()
        }
      },
    }
  },
})

function respond(query: Query, isTruncated: boolean, isLarge: boolean): Message {
  if (query.qtype === Type.AXFR) return query.reply({ answer: zoneOf(query.qname, isTruncated) })
  const rr = addressOf(query)
  if (rr === undefined) {
    const error = new DnsError('server-failure', 'erratic has only A, AAAA and AXFR')
    return query.reply({ rcode: error.rcode, cause: error })
  }
  const answer = isLarge ? new Array<Rr>(LARGE_COUNT).fill(rr) : [rr]
  const response = query.reply({ answer })
  if (isTruncated) response.flags |= Flag.TC
  return response
}

function addressOf({ qname, qtype }: Query): Rr | undefined {
  if (qtype === Type.A) return makeA(qname, 0, '192.0.2.53')
  if (qtype === Type.AAAA) return makeAaaa(qname, 0, '2001:db8::53')
  return undefined
}

/** The records of a transfer; a truncated one lacks the SOA at its end (RFC 5936 2.2). */
function zoneOf(apex: Name, isTruncated: boolean): Rr[] {
  const child = (label: string): Name => Name.parseText(label, apex)
  const soa = makeSoa(apex, 0, {
    mname: Name.parseText('sns.dns.icann.org.'),
    rname: Name.parseText('noc.dns.icann.org.'),
    serial: 2018050825,
    refreshSeconds: 7200,
    retrySeconds: 3600,
    expireSeconds: 1209600,
    minimumSeconds: 3600,
  })
  const rrs = [
    soa,
    makeNs(apex, 0, child('b')),
    makeNs(apex, 0, child('a')),
    makeAaaa(child('a'), 0, '2001:bd8::53'),
    makeAaaa(child('b'), 0, '2001:500::54'),
  ]
  return isTruncated ? rrs : [...rrs, soa]
}
