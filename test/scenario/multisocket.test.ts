import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ask } from './dns-client.ts'
import { askSteadily, type LiveServer, PATIENCE, startLive } from './live-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'

const NAMES = Array.from({ length: 40 }, (_, i) => `name${i}.test`)

function corefile(address: string, count = 2, more = ''): string {
  return (
    `.:0 {\n    bind 127.0.0.1\n    multisocket ${count}\n    errors\n    cache\n    reload 2s 1s\n` +
    `    prometheus 127.0.0.1:0\n    template IN A {\n        answer "{{ .Name }} 60 IN A ${address}"\n` +
    `    }\n    loop\n${more}}\n`
  )
}

async function start(program: (typeof programs)[number], count = 2): Promise<Started> {
  const cwd = scratch()
  const write = (text: string): void => writeFileSync(join(cwd, 'Corefile'), text)
  write(corefile('192.0.2.1', count))
  const server = await startLive(program, { cwd })
  return { server, write }
}

interface Started {
  readonly server: LiveServer
  write(text: string): void
}

async function workers(server: LiveServer): Promise<number[]> {
  return JSON.parse((await server.admin('/status')).text).workers
}

/** Those processes that have entries in their caches, by how many. */
async function kept(server: LiveServer): Promise<number> {
  const { caches } = JSON.parse((await server.admin('/cache?limit=100')).text)
  expect(caches).toHaveLength(1)
  expect(caches[0].entries).toHaveLength(caches[0].stores[0].count)
  return caches[0].stores[0].count
}

async function askAll(server: LiveServer, address: string, prefix = ''): Promise<void> {
  for (const name of NAMES) {
    const { answer } = await server.ask(prefix + name)
    expect(answer).toEqual([`A ${address}`])
  }
}

async function untilServing(server: LiveServer, count: number): Promise<number[]> {
  await expect.poll(async () => (await workers(server)).length, PATIENCE).toBe(count)
  // A worker has to be ready as well: from then on the kernel gives it its names.
  await setTimeout(1000)
  return workers(server)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const spreads = ({ name }: (typeof programs)[number]): boolean => ['bun', 'binary'].includes(name)

for (const program of programs.filter((one) => !spreads(one))) {
  it(`is one process under ${program.name}, which says so`, async () => {
    const { server } = await start(program)
    await askAll(server, '192.0.2.1')
    expect(await workers(server)).toEqual([])
    expect(server.process.stdout).toContain("can't spread datagrams over several sockets")
  })
}

describe.each(programs.filter(spreads))('$name with two processes', (program) => {
  it('answers, counts and keeps what it is asked as one', async () => {
    const { server } = await start(program)
    const pids = await untilServing(server, 1)
    expect(pids.every(isAlive)).toBe(true)
    await askAll(server, '192.0.2.1')
    await askAll(server, '192.0.2.1')
    // The query of *loop* is counted as well, in this process.
    expect(await server.metric('coredns_dns_requests_total')).toBeGreaterThanOrEqual(80)
    expect(await server.metric('coredns_cache_hits_total')).toBe(40)
    expect(await server.metric('coredns_cache_entries')).toBe(await kept(server))
    expect(await kept(server)).toBeGreaterThanOrEqual(40)
    const flushed = await server.admin('/cache', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"flush":"all"}',
    })
    expect(JSON.parse(flushed.text).flushed).toBeGreaterThanOrEqual(40)
    expect(await kept(server)).toBe(0)
  })

  it('takes a reload in both of them, and loses nothing by it', async () => {
    const { server, write } = await start(program)
    await untilServing(server, 1)
    const clients = NAMES.slice(0, 8).map((name) => askSteadily(server.port, name, '192.0.2.1'))
    write(corefile('192.0.2.1', 2, '    minimal\n'))
    await expect.poll(async () => (await server.status()).generation, PATIENCE).toBe(2)
    await setTimeout(500)
    for (const client of clients) expect((await client.stop()).wrong).toEqual([])
    write(corefile('192.0.2.2'))
    await server.admin('/reload', { method: 'POST' })
    // What was asked before is in caches, which outlive a reload.
    await askAll(server, '192.0.2.2', 'fresh.')
  })

  it('becomes one process and three by reloads, and loses nothing by it', async () => {
    const { server, write } = await start(program)
    const [worker = 0] = await untilServing(server, 1)
    const clients = NAMES.slice(0, 8).map((name) => askSteadily(server.port, name, '192.0.2.1'))
    write(corefile('192.0.2.1', 1))
    await untilServing(server, 0)
    await expect.poll(() => isAlive(worker), PATIENCE).toBe(false)
    write(corefile('192.0.2.1', 3))
    await untilServing(server, 2)
    for (const client of clients) expect((await client.stop()).wrong).toEqual([])
  })

  it('answers all names when a process is killed, and starts it again', async () => {
    const { server } = await start(program)
    const [worker = 0] = await untilServing(server, 1)
    process.kill(worker, 'SIGKILL')
    await expect.poll(() => isAlive(worker), PATIENCE).toBe(false)
    await askAll(server, '192.0.2.1')
    expect(await server.metric('fingerpost_worker_ended_total')).toBe(1)
    const [next = 0] = await untilServing(server, 1)
    expect(next).not.toBe(worker)
    await askAll(server, '192.0.2.1')
  })

  it('leaves no process behind when it ends, or is killed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const { server } = await start(program)
      const [worker = 0] = await untilServing(server, 1)
      server.process.signal(signal)
      await server.process.end
      await expect.poll(() => isAlive(worker), PATIENCE).toBe(false)
    }
  })

  it('stays one process where a plugin has to see all queries', async () => {
    const cwd = scratch()
    writeFileSync(
      join(cwd, 'Corefile'),
      corefile('192.0.2.1', 2, '    proxyproto {\n        allow 192.0.2.0/24\n    }\n'),
    )
    const server = await startLive(program, { cwd })
    await askAll(server, '192.0.2.1')
    expect(await workers(server)).toEqual([])
    expect((await ask(server.port, 'a.test', 'A')).rcode).toBe('NOERROR')
  })
})
