import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../free-port.ts'
import { holdPort, http } from './http-client.ts'
import {
  askSteadily,
  hostsBlock,
  type LiveServer,
  PATIENCE,
  replaceFile,
  startLive,
} from './live-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'

const good = hostsBlock('a.test', '192.0.2.1')

/** What is wrong, what is said about it, and where that is. */
interface Mistake {
  readonly Corefile: string
  readonly message: RegExp
  readonly line: number
}

describe.each(programs)('$name refuses', (program) => {
  it('one mistake after the other, tells each, and answers all the while', async () => {
    const directory = scratch({ Corefile: good })
    const args = ['-plugin-dir', '.']
    const server = await startLive(program, { cwd: directory, args })
    const client = askSteadily(server.port, 'a.test', '192.0.2.1')
    writeFileSync(join(directory, 'faulty.js'), faulty)
    const held = await holdPort()
    onTestFinished(() => held.release())
    const { port } = held

    const mistakes: readonly Mistake[] = [
      {
        Corefile: good.replace('hosts {', 'hots {'),
        message: /Corefile:3:5: error: unknown directive 'hots'[\s\S]*did you mean 'hosts'/,
        line: 3,
      },
      {
        Corefile: `${good}import missing.conf\n`,
        message: /Corefile:7:8: error: .*missing\.conf/,
        line: 7,
      },
      {
        Corefile: `${good}b.test:${port} {\n    bind 127.0.0.1\n    whoami\n}\n`,
        message: new RegExp(
          `Corefile:7:1: error: .*127\\.0\\.0\\.1:${port}: address already in use`,
        ),
        line: 7,
      },
      {
        Corefile: `${good}b.test:0 {\n    prometheus 127.0.0.1:${port}\n    whoami\n}\n`,
        message: new RegExp(`Corefile:8:5: error: .*127\\.0\\.0\\.1:${port}`),
        line: 8,
      },
      {
        Corefile: `${good}tls://b.test:0 {\n    tls missing.pem missing.key\n    whoami\n}\n`,
        message: /Corefile:8:9: error: .*missing\.pem/,
        line: 8,
      },
      {
        Corefile: `${good}b.test:0 {\n    faulty\n}\n`,
        message: /Corefile:8:5: error: plugin\/faulty .*faulty\.js.* failed .*: Error: no way/,
        line: 8,
      },
    ]
    for (const [i, mistake] of mistakes.entries()) {
      await refuse(server, directory, mistake)
      expect(await server.metric('coredns_reload_failed_total')).toBe(i + 1)
    }

    replaceFile(directory, 'Corefile', `${good}${hostsBlock('b.test', '192.0.2.2')}`)
    await server.untilAnswers('b.test', '192.0.2.2')
    expect(await server.status()).toMatchObject({ generation: 2, refusedReload: null })
    const { wrong, count } = await client.stop()
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(mistakes.length)
  })

  it('a port until it is free', async () => {
    const directory = scratch({ Corefile: good })
    const server = await startLive(program, { cwd: directory })
    const { port, release } = await holdPort()
    const block = `b.test:${port} {\n    bind 127.0.0.1\n    whoami\n}\n`
    writeFileSync(join(directory, 'Corefile'), `${good}${block}`)
    await server.untilRefused()
    await release()
    const { status, text } = await server.admin('/reload', { method: 'POST' })
    expect(JSON.parse(text)).toMatchObject({ reloaded: true })
    expect(status).toBe(200)
    expect(await server.status()).toMatchObject({ generation: 2, refusedReload: null })
  })

  it('a configuration, and leaves the addresses of health and metrics as they were', async () => {
    const [old, fresh] = [await freePort(), await freePort()]
    const endpoints = (port: number): string =>
      `    health 127.0.0.1:${port}\n    prometheus 127.0.0.1:${port}\n`
    const directory = scratch({ Corefile: hostsBlock('a.test', '192.0.2.1', endpoints(old)) })
    const server = await startLive(program, { cwd: directory })
    const { port, release } = await holdPort()
    onTestFinished(release)
    const busy = `b.test:${port} {\n    bind 127.0.0.1\n    whoami\n}\n`
    const Corefile = hostsBlock('a.test', '192.0.2.1', endpoints(fresh))
    replaceFile(directory, 'Corefile', `${Corefile}${busy}`)
    await server.untilRefused()
    expect((await http(old, '/health')).text).toBe('OK')
    expect((await http(old, '/metrics')).text).toContain('coredns_reload_failed_total 1')
    await expect(http(fresh, '/health')).rejects.toThrow()

    replaceFile(directory, 'Corefile', Corefile)
    await server.untilRefused(false)
    expect((await http(fresh, '/health')).text).toBe('OK')
    await expect(http(old, '/health')).rejects.toThrow()
  })
})

/** Writes a mistake, and waits until log and `/status` tell of it. */
async function refuse(
  server: LiveServer,
  directory: string,
  { Corefile, message, line }: Mistake,
): Promise<void> {
  replaceFile(directory, 'Corefile', Corefile)
  const look = async (): Promise<string> => (await server.status()).refusedReload?.reason ?? ''
  await expect.poll(look, PATIENCE).toMatch(message)
  const { generation, refusedReload } = await server.status()
  expect(generation).toBe(1)
  expect(refusedReload?.diagnostics[0]).toMatchObject({ line })
  await server.process.line(/^\[ERROR\] Reload refused/m)
  await server.process.line(message)
}

/** JavaScript for every runtime. */
const faulty = `
  import { definePlugin, directive } from '@fingerpost/sdk'
  export default definePlugin({
    name: 'faulty',
    order: { before: 'cache' },
    options: directive({}),
    setup() {
      throw new Error('no way')
    },
  })
`
