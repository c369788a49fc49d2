import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { http } from './http-client.ts'
import { askSteadily, PATIENCE } from './live-server.ts'
import { planNode, setKubeDns, startNode, usualTemplate } from './node-server.ts'
import { programs } from './program.ts'

// Node 20 and Deno can't share a TCP port.
const sharing = programs.filter(({ name }) => name === 'binary' || name === 'bun')

describe.skipIf(sharing.length === 0).each(sharing)("$name's successor", (program) => {
  it('takes over on the same ports, and no query is lost', async () => {
    const plan = await planNode(usualTemplate)
    setKubeDns(plan, 'upstreamNameservers', ['127.0.0.9'])
    const old = await startNode(program, plan)
    const clients = [1, 2, 3].map((i) =>
      askSteadily(plan.port, `www${i}.cluster.local`, '192.0.2.10'),
    )
    await old.untilAnswers('www.cluster.local', '192.0.2.10')
    for (let i = 0; i < 3; i++) {
      const successor = await startNode(program, plan)
      await expect
        .poll(async () => (await http(plan.metricsPort, '/ready')).status, PATIENCE)
        .toBe(200)
      await setTimeout(200)
      await successor.process.stop()
    }
    const last = await startNode(program, plan)
    expect((await old.process.stop()).code).toBe(0)
    await last.untilAnswers('other.cluster.local', '192.0.2.10')
    for (const client of clients) expect((await client.stop()).wrong).toEqual([])
  })
})

describe.each(programs)('$name', (program) => {
  it('answers what is under way before it ends', async () => {
    const plan = await planNode(usualTemplate)
    setKubeDns(plan, 'upstreamNameservers', ['127.0.0.9'])
    const server = await startNode(program, plan)
    plan.cluster.hold()
    const reply = server.ask('www.cluster.local')
    await expect.poll(() => plan.cluster.asked.length, PATIENCE).toBe(1)
    server.process.signal('SIGTERM')
    await expect.poll(() => server.admin('/ready').then(({ status }) => status), PATIENCE).toBe(503)
    plan.cluster.release()
    expect((await reply).answer).toEqual(['A 192.0.2.10'])
    expect((await server.process.end).code).toBe(0)
  })
})
