import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  type LoadSeen,
  lookup,
  type RepeatSeen,
  startClient,
  startClientIn,
  startClusterDns,
  startNode,
  stop,
} from './processes.ts'
import { addressesOf, makeWorld, namespacesFault, rulesIn, v4, v6 } from './world.ts'

const fault = namespacesFault()
/** Rules of four addresses: twelve each, and ours. */
const RULES = 4 * 13
/** A benchmark asks more often; here it has to work on a machine that has other things to do. */
const {
  FINGERPOST_UPGRADE_QPS: QUERIES_PER_SECOND = '300',
  FINGERPOST_UPGRADES: UPGRADES = '2',
  FINGERPOST_UPGRADE_REPORT: report,
} = process.env
const UPGRADE_MS = 20_000
/** Of the administration. */
const READY = 'http://127.0.0.1:8053/ready'

describe.skipIf(fault !== undefined)('a successor', () => {
  it.each(['iptables', 'nftables'] as const)(
    'takes over under load, and no query is lost: %s',
    {
      timeout: 60_000 + Number(UPGRADES) * UPGRADE_MS,
    },
    async (rules) => {
      const world = makeWorld()
      await startClusterDns(world)
      let old = await startNode(world, { rules })
      const halfPerSecond = Number(QUERIES_PER_SECOND) / 2
      const loads = await Promise.all(
        [v4.service, v6.service].map((ip) =>
          startClient<LoadSeen>(world, 'load', ip, halfPerSecond),
        ),
      )
      await setTimeout(500)
      for (let i = 0; i < Number(UPGRADES); i++) {
        const next = await startNode(world, { rules })
        await old.until('Another process has taken over')
        expect(await stop(old)).toBe(0)
        await setTimeout(300)
        old = next
      }
      const seen = await Promise.all(loads.map((end) => end()))
      if (report !== undefined) appendFileSync(report, `${JSON.stringify({ rules, seen })}\n`)
      for (const { queries, answered, lost, lostAtMs, refused } of seen) {
        expect({ lost, refused, lostAtMs }).toEqual({ lost: 0, refused: 0, lostAtMs: [] })
        expect(answered).toBe(queries)
      }
      expect(addressesOf(world.node, 'nodelocaldns')).toHaveLength(4)
      if (rules === 'iptables') expect(rulesIn(world.node)).toHaveLength(RULES)
      expect(await stop(old)).toBe(0)
      expect(rulesIn(world.node)).toEqual([])
    },
  )

  it('answers over TCP and HTTP all the while', { timeout: 90_000 }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    let old = await startNode(world, { rules: 'iptables' })
    const urls = [`http://${v4.local}:8080/health`, 'http://127.0.0.1:9253/metrics', READY]
    const ends = await Promise.all([
      startClientIn<RepeatSeen>(world.pod, ['tcp', v4.service, '20']),
      startClientIn<RepeatSeen>(world.pod, ['tcp', v6.local, '20']),
      startClientIn<RepeatSeen>(world.node, ['reach', '10', ...urls]),
    ])
    for (let i = 0; i < 2; i++) {
      await setTimeout(500)
      const next = await startNode(world, { rules: 'iptables' })
      await old.until('Another process has taken over')
      expect(await stop(old)).toBe(0)
      old = next
    }
    for (const { rounds, failed } of await Promise.all(ends.map((end) => end()))) {
      // The one that ends is not ready, and says so to whoever happens to ask it.
      expect(failed.filter((one) => !one.endsWith(`${READY}: 503`))).toEqual([])
      expect(rounds).toBeGreaterThan(10)
    }
    expect(await stop(old)).toBe(0)
  })

  it('that dies gives interface and rules back', { timeout: 60_000 }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    const old = await startNode(world, { rules: 'iptables' })
    const next = await startNode(world, { rules: 'iptables' })
    next.child.kill('SIGKILL')
    await old.until('back to this one')
    expect((await lookup(world, 'udp', v4.service, 'a.cluster.local')).address).toBe(v4.node)
    expect(await stop(old)).toBe(0)
    expect(rulesIn(world.node)).toEqual([])
    expect(addressesOf(world.node, 'nodelocaldns')).toBeUndefined()
  })
})
