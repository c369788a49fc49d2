/** *forward* sends queries to upstream resolvers. */

import { definePlugin, type Timer, type UpstreamExchange } from '@fingerpost/sdk'
import { forward } from './forward.ts'
import { makeLine, planLine, type Unclaimed } from './line-setup.ts'
import { options } from './options.ts'
import { POLL_MS } from './resolv-conf.ts'
import { Upkeep } from './upkeep.ts'

export default definePlugin({
  name: 'forward',
  options,
  traits: (lines) => ({
    answersAll: lines.some(
      ({ args: [from], block }) => from.includes('.') && block.except.length === 0,
    ),
    upstreams: lines.flatMap(({ args: [, to] }) =>
      to.map(({ value }) => ({ address: value.host, port: value.port })),
    ),
  }),
  async setup(occurrences, host) {
    host.settings.servesAllClasses = true
    // Everything that can fail comes before the first upstream is claimed.
    const plans = await Promise.all(occurrences.map((occurrence) => planLine(occurrence, host)))
    const { inherited } = host
    const unclaimed: Unclaimed = inherited instanceof Map ? inherited : new Map()
    const upkeep = new Upkeep(host.clock)
    const lives = plans.map((plan) => makeLine(plan, unclaimed, host, upkeep))
    const lines = lives.map(({ line }) => line)
    const watched = lives.filter(({ hasFiles }) => hasFiles)
    const poll = (): void => {
      for (const live of watched) void live.poll()
    }
    const timer: Timer | undefined =
      watched.length > 0 ? host.clock.every(POLL_MS, poll) : undefined
    for (const live of watched) live.watch()
    return {
      onQuery: (query) => forward(lines, query, upkeep),
      started() {
        const observers = host.offers('upstreamObserver').map(({ offer }) => offer)
        if (observers.length === 0) return
        const onExchange = (exchange: UpstreamExchange): void => {
          for (const observer of observers) observer.onExchange(exchange)
        }
        for (const line of lines) line.observer = { onExchange }
      },
      handover() {
        const upstreams: Unclaimed = new Map()
        for (const upstream of lines.flatMap((line) => line.upstreams)) {
          upstreams.set(upstream.key, [...(upstreams.get(upstream.key) ?? []), upstream])
        }
        return upstreams
      },
      shutdown() {
        timer?.cancel()
        for (const live of lives) live.release()
      },
    }
  },
})
