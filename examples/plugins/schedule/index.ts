/** *schedule*: answers a name by time of day, day of the week and the client's network. */

import {
  definePlugin,
  makeA,
  makeAaaa,
  type Name,
  parseIp,
  parseNameText,
  type Query,
  type Rr,
  Type,
} from '@fingerpost/sdk'
import { holds, minutesUntilChange } from './condition.ts'
import { LocalClock } from './local-clock.ts'
import { options } from './options.ts'

export default definePlugin({
  name: 'schedule',
  // Ahead of the cache, which knows neither the client nor the clock.
  order: { before: 'cache' },
  options,
  setup({ args: [texts], block }, host) {
    const names = texts.flatMap((text) => parseNameText(text) ?? [])
    const conditions = block.when.flatMap((rule) => rule.conditions)
    const otherwise = block.otherwise.map(({ bytes }) => bytes)
    const clock = new LocalClock(host.clock, block.timezone)
    const chosen = host.counter('answers_total', 'Answers by the rule that gave them.', ['rule'])
    const counters = [...block.when, 'otherwise'].map((_, i) =>
      chosen.labels(i < block.when.length ? String(i + 1) : 'otherwise'),
    )
    return {
      onQuery(query) {
        const { qname } = query
        if (!names.some((name) => name.equals(qname))) return
        const now = clock.now()
        const client = parseIp(query.clientAddress)
        const at = block.when.findIndex((rule) => holds(rule.conditions, now, client))
        const addresses = block.when[at]?.addresses ?? otherwise
        if (addresses.length === 0) return
        counters.at(at)?.add()
        // Nobody may keep the answer for longer than it holds.
        const minutes = minutesUntilChange(conditions, now.minute) - 1
        const leftSeconds = minutes * 60 + clock.secondsLeft
        const ttlSeconds = Math.min(Math.round(block.ttl / 1000), leftSeconds)
        return query.reply({ answer: rrsOf(query, addresses, ttlSeconds) })
      },
    }
  },
})

function rrsOf(
  { qname, qtype }: Query,
  addresses: readonly Uint8Array[],
  ttlSeconds: number,
): Rr[] {
  const owner: Name = qname
  if (qtype === Type.A) {
    return addresses.filter((a) => a.length === 4).map((a) => makeA(owner, ttlSeconds, a))
  }
  if (qtype === Type.AAAA) {
    return addresses.filter((a) => a.length === 16).map((a) => makeAaaa(owner, ttlSeconds, a))
  }
  return []
}
