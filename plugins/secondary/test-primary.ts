/** A primary for tests: answers SOA, AXFR and IXFR from lists of records that the test sets. */

import { type Message, parseRrText, type Query, type Rr, Type } from '@fingerpost/sdk'
import { type FakeHost, type FakeUpstream, replyWith } from '@fingerpost/sdk/testing'

/** A primary at 192.0.2.1. */
export class TestPrimary {
  readonly upstream: FakeUpstream
  serial = 1
  refreshSeconds = 100
  /** Records but the SOA. */
  records: readonly string[] = ['www.a.test. 60 IN A 192.0.2.1']
  /** What IXFR gives; the whole zone by default. */
  changes: readonly string[] | undefined
  /** Records per message. */
  messageSize = 100
  /** Replaces an answer. */
  instead: ((query: Query) => Message | 'close' | undefined) | undefined

  constructor(host: FakeHost, address = '192.0.2.1') {
    this.upstream = host.network.streamUpstream(address, 53, (query) => this.#answer(query))
  }

  /** Questions so far, as types. */
  get asked(): number[] {
    return this.upstream.asked.map(({ qtype }) => qtype)
  }

  soa(serial: number = this.serial): string {
    return `a.test. 60 IN SOA ns.a.test. m.a.test. ${serial} ${this.refreshSeconds} 10 1000 60`
  }

  #answer(query: Query): Message | 'close' | undefined {
    const special = this.instead?.(query)
    if (special !== undefined) return special
    if (query.qtype === Type.SOA) return replyWith({ answer: [this.soa()] })(query)
    const isIncremental = query.qtype === Type.IXFR && this.changes !== undefined
    const whole = [this.soa(), ...this.records, this.soa()]
    const rrs = (isIncremental ? (this.changes ?? []) : whole).map((text) => parseRrText(text))
    const pieces: Rr[][] = []
    for (let at = 0; at < rrs.length; at += this.messageSize) {
      pieces.push(rrs.slice(at, at + this.messageSize))
    }
    const [first, ...others] = pieces.map((answer) => query.reply({ answer }))
    const socket = this.upstream.sockets.at(-1)
    // The network delivers the first message by itself, framed; the others follow.
    queueMicrotask(() => {
      for (const message of others) {
        const wire = message.toBytes()
        socket?.send(Uint8Array.of(wire.length >> 8, wire.length & 0xff, ...wire))
      }
    })
    return first
  }
}
