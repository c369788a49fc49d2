import { describe, expect, it } from 'vitest'
import { localIps, lookup, startClusterDns, startNode, stop } from './processes.ts'
import {
  addressesOf,
  forgetTracked,
  makeWorld,
  namespacesFault,
  rulesIn,
  trackedTo,
  v4,
  v6,
} from './world.ts'

const fault = namespacesFault()
if (fault !== undefined) console.log(`test/node is skipped: ${fault}`)

describe.skipIf(fault !== undefined).each(['iptables', 'nftables'] as const)('%s', (rules) => {
  it('leads queries to the node and to the Service here, untracked', {
    timeout: 60_000,
  }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    expect(await lookup(world, 'udp', v4.service, 'before.cluster.local')).toEqual({
      address: v4.pod,
    })
    forgetTracked(world.node)
    const server = await startNode(world, { rules })
    for (const protocol of ['udp', 'tcp'] as const) {
      for (const [server, node] of [
        [v4.local, v4.node],
        [v4.service, v4.node],
        [v6.local, v4.node],
        [v6.service, v4.node],
      ] as const) {
        const name = `${protocol}-${server}.cluster.local`
        expect(await lookup(world, protocol, server, name), name).toEqual({ address: node })
      }
    }
    for (const ip of localIps) expect(trackedTo(world.node, ip), ip).toEqual([])
    expect(await stop(server)).toBe(0)
    expect(rulesIn(world.node)).toEqual([])
    expect(addressesOf(world.node, 'nodelocaldns')).toBeUndefined()
    expect(await lookup(world, 'udp', v4.service, 'after.cluster.local')).toEqual({
      address: v4.pod,
    })
    expect(trackedTo(world.node, v4.service)).not.toEqual([])
    expect(await lookup(world, 'udp', v6.service, 'after.cluster.local')).toEqual({
      address: v6.pod,
    })
  })
})
