/** Measures a hit: `bun plugins/cache/cache.bench.ts`. Prints nanoseconds per query. */

import type { Clock, Counter, Gauge, Host, Message, Query } from '@fingerpost/sdk'
import { FakeClock, fakeHost, loadPlugin, makeQuery, replyWith } from '@fingerpost/sdk/testing'
import cache from './index.ts'

const ROUNDS = 5
const HITS_PER_ROUND = 1_000_000

/** One way of asking. */
interface Case {
  readonly name: string
  readonly queries: readonly Query[]
}

const cases: readonly Case[] = [
  { name: 'one name', queries: [makeQuery('www.example.org', 'A')] },
  { name: 'one name, EDNS', queries: [makeQuery('www.example.org', 'A', { edns: 1232 })] },
  { name: '1,000 names', queries: manyNames(1000) },
  { name: '9,000 names', queries: manyNames(9000) },
]

// As cheap as those of the server: the kit's own are made for looking into.
class BareCounter implements Counter, Gauge {
  value = 0
  add(amount = 1): void {
    this.value += amount
  }
  set(value: number): void {
    this.value = value
  }
  labels(): BareCounter {
    return new BareCounter()
  }
  remove(): void {}
}
class RealClock extends FakeClock {
  override now(): number {
    return performance.now()
  }
}

const clock: Clock & FakeClock = new RealClock()
const host = {
  ...fakeHost({ plugin: 'cache', clock }),
  counter: () => new BareCounter(),
  gauge: () => new BareCounter(),
} satisfies Host
const loaded = await loadPlugin(cache, 'cache 3600', {
  host,
  next: (query) => replyWith({ answer: [`${query.qname} 300 IN A 192.0.2.1`] })(query),
})
for (const { queries } of cases) for (const query of queries) await loaded.ask(query)

for (const { name, queries } of cases) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, measure(queries))
  console.log(`${name.padEnd(20)} ${best.toFixed(0)} ns per hit`)
}

function measure(queries: readonly Query[]): number {
  const { onQuery } = loaded.handler
  const next = (): Message => {
    throw new Error('this was to be a hit')
  }
  let octets = 0
  const start = performance.now()
  for (let i = 0, at = 0; i < HITS_PER_ROUND; i++) {
    const message = onQuery?.(queries[at] as Query, next) as Message
    octets += message.size
    if (++at === queries.length) at = 0
  }
  const elapsedMs = performance.now() - start
  if (octets === 0) throw new Error('nothing was answered')
  return (elapsedMs / HITS_PER_ROUND) * 1e6
}

function manyNames(count: number): Query[] {
  return Array.from({ length: count }, (_, i) => makeQuery(`host-${i}.example.org`, 'A'))
}
