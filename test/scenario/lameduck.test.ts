import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { freePort } from '../free-port.ts'
import { ask } from './dns-client.ts'
import { http } from './http-client.ts'
import { askSteadily, hostsBlock, PATIENCE } from './live-server.ts'
import { programs } from './program.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const LAMEDUCK_MS = 700

describe.each(programs)('$name with lameduck', (program) => {
  it('says at once that it goes, answers until it is gone, and ends with 0', async () => {
    const [health, ready] = [await freePort(), await freePort()]
    const endpoints = `    health 127.0.0.1:${health} {
        lameduck ${LAMEDUCK_MS}ms
    }
    ready 127.0.0.1:${ready}
`
    const server = await startServer(program, {
      args: ['-conf', 'stdin', '-admin', 'off'],
      stdin: hostsBlock('a.test', '192.0.2.1', endpoints),
    })
    await expect.poll(async () => (await http(ready, '/ready')).status, PATIENCE).toBe(200)
    const leaver = askSteadily(server.port(), 'a.test', '192.0.2.1')

    const toldAtMs = performance.now()
    server.signal('SIGTERM')
    const lastAnswered = askUntilGone(server)
    await expect
      .poll(() => http(ready, '/ready'), { ...PATIENCE, interval: 5 })
      .toMatchObject({
        status: 503,
        text: 'Shutting down',
      })
    expect(performance.now() - toldAtMs).toBeLessThan(LAMEDUCK_MS)
    expect((await http(health, '/health')).text).toBe('OK')
    const { wrong, count } = await leaver.stop()
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(0)

    expect(await server.end).toMatchObject({ code: 0, signal: null, stderr: '' })
    // The last answer came late in the time to move away: half of it is granted to a busy machine.
    expect((await lastAnswered) - toldAtMs).toBeGreaterThan(LAMEDUCK_MS / 2)
    expect(server.stdout).toMatch(/^\[INFO\] plugin\/health: Going into lameduck mode for 700ms$/m)
  })
})

/** Asks over and over while the server runs; returns when the last answer came. */
async function askUntilGone(server: ServerProcess): Promise<number> {
  const port = server.port()
  let lastMs = 0
  for (;;) {
    try {
      // Over TCP a server that is gone shows at once.
      const { answer } = await ask(port, 'a.test', 'A', { transport: 'tcp' })
      if (answer[0] === 'A 192.0.2.1') lastMs = performance.now()
      await setTimeout(5)
    } catch {
      return lastMs
    }
  }
}
