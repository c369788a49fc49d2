import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lookupIn, startClusterDns, startNode, stop } from './processes.ts'
import { forgetTracked, makeWorld, namespacesFault, v4, v6, within } from './world.ts'

const fault = namespacesFault()
const PRINT_METRICS =
  "fetch('http://127.0.0.1:9253/metrics').then((answer) => answer.text()).then(console.log)"

describe.skipIf(fault !== undefined).each(['iptables', 'nftables'] as const)('%s', (rules) => {
  it('leaves alone what the node itself asks elsewhere', { timeout: 60_000 }, async () => {
    const world = makeWorld()
    await startClusterDns(world)
    // A process of the node, with the resolver that its resolv.conf names, and with a Service's.
    const seen = async (turn: string) => ({
      resolver: [
        await lookupIn(world.node, 'udp', v4.cluster, `udp.${turn}.example`),
        await lookupIn(world.node, 'tcp', v4.cluster, `tcp.${turn}.example`),
        await lookupIn(world.node, 'udp', v6.cluster, `six.${turn}.example`),
      ],
      otherService: await lookupIn(world.node, 'udp', v4.upstream, `up.${turn}.example`),
    })
    const settings = () => ({
      resolvConf: readFileSync('/etc/resolv.conf', 'utf8'),
      routes: within(world.node, 'ip', 'route', 'show', 'table', 'main'),
    })
    const before = { seen: await seen('before'), settings: settings() }
    expect(before.seen.resolver).toEqual([
      { address: v4.node },
      { address: v4.node },
      { address: v6.node },
    ])
    const server = await startNode(world, { rules })
    forgetTracked(world.node)
    expect(await seen('during')).toEqual(before.seen)
    expect(settings()).toEqual(before.settings)
    // Tracked as ever: none of the rules met them.
    const tracked = within(world.node, 'conntrack', '-L', '-f', 'ipv4')
    expect(tracked).toMatch(new RegExp(`udp .*src=${v4.node} dst=${v4.cluster} .*dport=53`))
    // The server has not seen one of them.
    const metrics = within(world.node, process.execPath, '-e', PRINT_METRICS)
    expect(metrics).toMatch(/^coredns_build_info/m)
    expect(metrics).not.toMatch(/^coredns_dns_requests_total\{[^}]*zone="\."[^}]*type="A+"/m)
    expect(await stop(server)).toBe(0)
    expect(await seen('after')).toEqual(before.seen)
  })
})
