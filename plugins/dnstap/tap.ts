/** One line of *dnstap*: what is said to one collector. */

import {
  type Counter,
  type FormattedExchange,
  type Host,
  parseQueryFormat,
  type QueryFormat,
} from '@fingerpost/sdk'
import { Collector } from './collector.ts'
import type { LineOptions } from './options.ts'
import { TapMessages, type Tapped } from './tap-message.ts'

/** Tells a collector of queries and responses. */
export class Tap {
  readonly collector: Collector
  readonly #messages: TapMessages
  readonly #extra: QueryFormat | undefined

  constructor({ args: [endpoint, full, mebibytes, queueUnits], block }: LineOptions, host: Host) {
    const { identity = host.identity.hostname, version = host.identity.program, extra } = block
    this.#messages = new TapMessages(identity, version, full !== undefined)
    this.#extra = extra === undefined ? undefined : parseQueryFormat(extra)
    const collector = {
      endpoint,
      isUnverified: block.skipverify,
      maxUnsentSize: mebibytes * 2 ** 20,
      queueUnits,
    }
    const { clock, network, log } = host
    const dropped = droppedBy(host).labels(endpoint.name)
    this.collector = new Collector(collector, { clock, network, log, dropped })
  }

  /** The octets of the response, if any, are used up when this returns. */
  tell(tapped: Omit<Tapped, 'extra'>, exchange: FormattedExchange): void {
    const extra = this.#extra?.(exchange) ?? ''
    this.collector.send(this.#messages.compose({ ...tapped, extra }))
  }
}

function droppedBy(host: Host): Counter {
  return host.counter(
    'fingerpost_dnstap_dropped_total',
    'Messages that a collector of dnstap did not get: it was away or slow for too long.',
    ['endpoint'],
  )
}
