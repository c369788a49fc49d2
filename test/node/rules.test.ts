import { describe, expect, it } from 'vitest'
import { localIps, type Running, spawnNode, startClusterDns, startNode, stop } from './processes.ts'
import { addressesOf, makeWorld, namespacesFault, rulesIn, within } from './world.ts'

const fault = namespacesFault()
/** More of them by hand: each is a start and an end. */
const { FINGERPOST_RESTARTS: RESTARTS = '5' } = process.env
const RESTART_MS = 10_000
const PATIENCE = { timeout: 20_000, interval: 50 }
/** Twelve rules of each address; the silence of closed ports bears no comment in nftables. */
const COUNT = { iptables: 13 * localIps.length, nftables: 12 * localIps.length }

describe.skipIf(fault !== undefined).each(['iptables', 'nftables'] as const)('%s', (rules) => {
  it('has each rule once after restarts and kills, and none after a clean stop', {
    timeout: 60_000 + Number(RESTARTS) * RESTART_MS,
  }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    let server: Running = await startNode(world, { rules })
    const first = rulesIn(world.node)
    expect(first).toHaveLength(COUNT[rules])
    if (rules === 'iptables') expect(new Set(first).size).toBe(first.length)
    for (let i = 0; i < Number(RESTARTS); i++) {
      if (i % 3 === 0) {
        expect(await stop(server)).toBe(0)
        expect(rulesIn(world.node)).toEqual([])
      } else {
        // Not waited for its guard: that meets the next server at work.
        server.child.kill('SIGKILL')
      }
      if (i % 3 === 2) {
        // Killed in the middle of its start as well, with some of the rules in, or none.
        const halfway = spawnNode(world, { rules })
        await halfway.until('led here')
        halfway.child.kill('SIGKILL')
      }
      server = await startNode(world, { rules })
      await expect.poll(() => rulesIn(world.node), { ...PATIENCE, message: `${i}` }).toEqual(first)
    }
    expect(addressesOf(world.node, 'nodelocaldns')).toHaveLength(localIps.length)
    expect(await stop(server)).toBe(0)
    expect(rulesIn(world.node)).toEqual([])
    expect(addressesOf(world.node, 'nodelocaldns')).toBeUndefined()
  })

  it('puts right on the interval what others have done to the rules', {
    timeout: 60_000,
  }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    const server = await startNode(world, { rules, args: ['-syncinterval', '1s'] })
    const first = rulesIn(world.node)
    for (const line of disturbances(rules)) within(world.node, 'sh', '-ec', line)
    expect(rulesIn(world.node)).not.toEqual(first)
    await expect.poll(() => rulesIn(world.node), PATIENCE).toEqual(first)
    expect(await stop(server)).toBe(0)
    expect(rulesIn(world.node)).toEqual([])
  })
})

/** A rule that is gone, one that is there twice. */
function disturbances(rules: 'iptables' | 'nftables'): string[] {
  if (rules === 'nftables') {
    return ['nft flush chain inet fingerpost raw_output']
  }
  const raw = (verb: string): string =>
    `iptables-save -t raw | sed -n '/NodeLocal/s/^-A/iptables -t raw -${verb}/p'`
  return [`${raw('D')} | head -n 1 | sh`, `${raw('A')} | tail -n 1 | sh`]
}
