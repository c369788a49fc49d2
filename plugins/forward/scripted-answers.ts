/** Answers of scripted upstreams and a way to time a query: for the tests. */

import type { Query } from '@fingerpost/sdk'
import {
  type FakeHost,
  type FakeUpstream,
  formatMessage,
  type LoadedPlugin,
  replyWith,
  type UpstreamAnswer,
} from '@fingerpost/sdk/testing'
import { TICK_MS } from './upkeep.ts'

/** Answers every query with one A record. */
export const answerWith =
  (address: string): UpstreamAnswer =>
  (query) =>
    replyWith({ answer: [`${query.qname} 60 IN A ${address}`], flags: 'ra' })(query)

export const silent: UpstreamAnswer = () => undefined
export const refused: UpstreamAnswer = () => 'refused'

/** Advances the clock until the answer is there; gives it with the time it took. */
export async function timed(
  loaded: LoadedPlugin,
  host: FakeHost,
  name = 'www.example.org',
): Promise<{ rcode: string; tookMs: number; cause: unknown }> {
  const startMs = host.clock.now()
  let tookMs = -1
  const asked = loaded.ask(name, 'A').then((message) => {
    tookMs = host.clock.now() - startMs
    return message
  })
  for (let i = 0; i < 200 && tookMs < 0; i++) await host.clock.advance(TICK_MS)
  const message = await asked
  return { rcode: formatMessage(message).rcode, tookMs, cause: message.cause }
}

/** The octets of a reply with one A record. */
export function answerOctets(query: Query): Uint8Array {
  return replyWith({ answer: [`${query.qname} 60 IN A 192.0.2.80`] })(query).toBytes()
}

/** How often an upstream was asked for a name. */
export function countOf(upstream: FakeUpstream, name: string): number {
  return upstream.asked.filter(({ qname }) => `${qname}` === name).length
}
