/** What plugins that serve zones do alike: answering from one, and giving it away whole. */

import { Opcode } from '../dns/opcode.ts'
import { Rcode } from '../dns/rcode.ts'
import { Type } from '../dns/type.ts'
import { DnsError } from '../errors.ts'
import type { Host } from '../host.ts'
import type { TransferSource } from '../offers.ts'
import type { Message } from '../wire/message.ts'
import type { Name } from '../wire/name.ts'
import type { Query } from '../wire/query.ts'
import type { ZoneReplies } from './zone-replies.ts'
import { transferOut } from './zone-transfer.ts'

/** A zone as a plugin has it at the moment. */
export interface ServedZone {
  readonly origin: Name
  /** Undefined as long as nothing is known of the zone. */
  readonly replies: ZoneReplies | undefined
}

/**
 * Answers a query for a name in a zone. Hot path.
 * @throws DnsError when the zone can't say anything.
 */
export function answerQuery(
  { origin, replies }: ServedZone,
  query: Query,
  host: Pick<Host, 'resolve'>,
): Message | Promise<Message> {
  // Transfers that reach this have found no *transfer* that allows them.
  if (query.qtype === Type.AXFR || query.qtype === Type.IXFR) {
    return query.reply({ rcode: Rcode.REFUSED })
  }
  if (query.opcode === Opcode.NOTIFY) return query.drop()
  if (replies === undefined) {
    throw new DnsError('server-failure', `there is nothing to serve for zone ${origin} yet`)
  }
  return replies.reply(query, host)
}

/** Offers zones to *transfer*; `zones` gives those that there are at the moment. */
export function transferSource(zones: () => readonly ServedZone[]): TransferSource {
  return {
    transfer(name, serial) {
      const zone = zones().find(({ origin }) => origin.equals(name))
      return zone?.replies && transferOut(zone.replies.data, serial)
    },
    get zones() {
      return zones().flatMap(({ origin, replies }) => (replies === undefined ? [] : [origin]))
    },
  }
}

/** Tells the secondaries of a zone, by way of *transfer*, that it has changed. */
export function notifySecondaries(host: Pick<Host, 'offers'>, origin: Name): void {
  for (const { offer } of host.offers('notify')) offer(origin)
}
