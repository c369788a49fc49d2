import { appendFileSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  guardsOf,
  lookup,
  type Running,
  type Seen,
  scratch,
  startClient,
  startClusterDns,
  startNode,
} from './processes.ts'
import { makeWorld, namespacesFault, rulesIn, v4, v6, type World } from './world.ts'

const fault = namespacesFault()
const PATIENCE = { timeout: 20_000, interval: 20 }
const LOOKUPS_PER_SECOND = 40
/** Where figures go that nothing is asserted of. */
const report = process.env.FINGERPOST_SURVIVAL_REPORT

/** Memory cgroups of version 1 or 2; undefined where none can be made. */
const memoryGroups = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find(
  (path) =>
    existsSync(`${path}/memory.limit_in_bytes`) || existsSync(`${path}/cgroup.subtree_control`),
)

/** Puts a process into a memory cgroup of its own; its path. */
function limitMemory(name: string, pid: number): string {
  const group = `${memoryGroups}/${name}`
  mkdirSync(group)
  const isFirst = existsSync(`${group}/memory.limit_in_bytes`)
  const limit = isFirst ? 'memory.limit_in_bytes' : 'memory.max'
  writeFileSync(`${group}/${limit}`, String(8 << 20))
  writeFileSync(`${group}/cgroup.procs`, String(pid))
  return group
}

/** What a client saw while something happened to the server. */
async function during(
  world: World,
  service: string,
  event: () => Promise<void> | void,
): Promise<Seen> {
  const seen = await startClient<Seen>(world, 'steady', service, LOOKUPS_PER_SECOND)
  await setTimeout(500)
  await event()
  const startMs = performance.now()
  await expect.poll(() => rulesIn(world.node), PATIENCE).toEqual([])
  const outAfterMs = Math.round(performance.now() - startMs)
  await setTimeout(500)
  const result = await seen()
  if (report !== undefined) {
    const { longestMs, failed } = result
    const test = expect.getState().currentTestName
    appendFileSync(report, `${JSON.stringify({ test, outAfterMs, longestMs, failed })}\n`)
  }
  return result
}

describe.skipIf(fault !== undefined)('a client of the Service, as glibc asks,', () => {
  const rules = 'iptables'
  const begin = async (
    args: readonly string[] = [],
  ): Promise<{ world: World; server: Running; pid: number }> => {
    const world = makeWorld()
    await startClusterDns(world)
    const server = await startNode(world, { rules, args })
    return { world, server, pid: server.child.pid as number }
  }
  const check = ({ failed, addresses }: Seen, node: string, pod: string): void => {
    expect(failed).toEqual([])
    // Answered by the node before, and by the cluster's DNS afterwards.
    expect(Object.keys(addresses).sort()).toEqual([node, pod].sort())
  }

  it('fails no lookup when the server ends', { timeout: 60_000 }, async () => {
    const { world, server } = await begin()
    const seen = await during(world, v4.service, () => void server.child.kill('SIGTERM'))
    check(seen, v4.node, v4.pod)
    expect(await server.end).toBe(0)
  })

  it('fails no lookup when the server is killed', { timeout: 60_000 }, async () => {
    const { world, server, pid } = await begin()
    const [guard] = guardsOf(pid)
    expect(guard).toBeDefined()
    const seen = await during(world, v6.service, () => void server.child.kill('SIGKILL'))
    check(seen, v4.node, v6.pod)
    await expect.poll(() => existsSync(`/proc/${guard}`), PATIENCE).toBe(false)
  })

  it('fails no lookup when the server hangs, and has it back later', {
    timeout: 60_000,
  }, async () => {
    const { world, server } = await begin()
    const seen = await during(world, v4.service, () => void server.child.kill('SIGSTOP'))
    check(seen, v4.node, v4.pod)
    server.child.kill('SIGCONT')
    const address = async (): Promise<unknown> =>
      (await lookup(world, 'udp', v4.service, `n${Math.random()}.cluster.local`)).address
    await expect.poll(address, PATIENCE).toBe(v4.node)
  })

  it.skipIf(memoryGroups === undefined)(
    'fails no lookup when the server has no memory left',
    { timeout: 60_000 },
    async () => {
      const extra = join(scratch(), 'Corefile')
      writeFileSync(extra, '')
      const { world, server, pid } = await begin(['-extra-corefile', extra])
      // Only what is asked for from now on counts, and that is soon too much. The guard's memory is
      // its own, as in a container of its own: a group that is full may cost any of its members.
      const group = limitMemory(`fingerpost-${pid}`, pid)
      onTestFinished(() => rmdirSync(group))
      const seen = await during(world, v4.service, () => {
        const lines = Array.from({ length: 200_000 }, (_, i) => `192.0.2.1 n${i}.example.org`)
        writeFileSync(extra, `example.org {\n hosts {\n${lines.join('\n')}\n}\n}\n`)
      })
      check(seen, v4.node, v4.pod)
      expect(await server.end).toBe('SIGKILL')
    },
  )
})
