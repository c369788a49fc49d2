import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  ALONE,
  commandOf,
  lookup,
  type Seen,
  startClient,
  startClusterDns,
  startGuard,
  startNode,
} from './processes.ts'
import { makeWorld, namespacesFault, rulesIn, v4 } from './world.ts'

const fault = namespacesFault()
const PATIENCE = { timeout: 20_000, interval: 20 }
const LOOKUPS_PER_SECOND = 20

/** Processes below one, as the host sees them. */
function descendants(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

describe.skipIf(fault !== undefined).each(['iptables', 'nftables'] as const)('%s', (rules) => {
  it('a guard of its own takes the rules out when the server dies with all its processes', {
    timeout: 90_000,
  }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    await startGuard(world, rules)
    const client = await startClient<Seen>(world, 'steady', v4.service, LOOKUPS_PER_SECOND)
    // Twice: one that has acted goes on guarding the next server. The client's second attempt of the
    // first time would fall into the second.
    for (let i = 0; i < 2; i++) {
      const server = await startNode(world, { rules, wrapper: ALONE })
      expect(rulesIn(world.node)).not.toEqual([])
      const inside = descendants(server.child.pid as number)
      // The server, and the guard that it started.
      expect(inside.filter((pid) => commandOf(pid).includes(' guard '))).toHaveLength(1)
      // Time for lookups that it answers.
      await setTimeout(500)
      server.child.kill('SIGKILL')
      await expect.poll(() => inside.map(commandOf).join(''), PATIENCE).toBe('')
      await expect.poll(() => rulesIn(world.node), PATIENCE).toEqual([])
      if (i === 0) {
        const { failed, addresses } = await client()
        expect(failed).toEqual([])
        expect(Object.keys(addresses).sort()).toEqual([v4.node, v4.pod].sort())
      }
      expect((await lookup(world, 'udp', v4.service, `n${i}.cluster.local`)).address).toBe(v4.pod)
    }
  })
})
