import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { catalogue } from '../../plugins/index.ts'
import { freePort } from '../free-port.ts'
import { ask } from './dns-client.ts'
import { type Program, programs } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd, ServerProcess, startServer } from './server-process.ts'

const WHOAMI = 'example.test:0 {\n    whoami\n}\n'

describe.each(programs)('the command line of $name', (program) => {
  it('-version tells version, platform and runtime', async () => {
    const { code, stdout } = await runToEnd(program, { args: ['-version'] })
    expect(stdout).toMatch(/^Fingerpost-\S+\n(linux|darwin)\/(amd64|arm64), (bun|deno|node)[\d.]+/)
    expect(stdout).toContain(`Fingerpost-${manifest.version}\n`)
    expect(code).toBe(0)
  })

  it('-plugins lists the plugins in the order of the chain', async () => {
    const { code, stdout } = await runToEnd(program, { args: ['--plugins'] })
    expect(stdout).toBe(catalogue.map(({ name }) => `dns.${name}\n`).join(''))
    expect(code).toBe(0)
  })

  it('an unknown flag and an argument too many are refused with the usage', async () => {
    const unknown = await runToEnd(program, { args: ['-bogus'] })
    expect(unknown.stderr).toMatch(/^fingerpost: flag provided but not defined: -bogus\n\nUsage: /)
    expect(unknown.code).toBe(1)
    const extra = await runToEnd(program, { args: ['-quiet', 'extra'] })
    expect(extra.stderr).toMatch(/^fingerpost: extra command line argument: extra\n\nUsage: /)
    expect(extra.code).toBe(1)
    expect(extra.stdout).toBe('')
  })

  it('-conf=FILE reads that file and greets with its zones', async () => {
    const directory = scratch({ zones: WHOAMI })
    const server = await startServer(program, { args: [`-conf=${join(directory, 'zones')}`] })
    expect(server.stdout).toMatch(/^example\.test\.:\d+\nFingerpost-/)
    const { rcode } = await ask(server.port(), 'example.test', 'A')
    expect(rcode).toBe('NOERROR')
  })

  it('-conf stdin reads standard input', async () => {
    const server = await startServer(program, { args: ['-conf', 'stdin'], stdin: WHOAMI })
    const { rcode } = await ask(server.port(), 'a.example.test', 'A')
    expect(rcode).toBe('NOERROR')
  })

  it('-pidfile of a predecessor is gone before the start, whatever becomes of that', async () => {
    const directory = scratch({ Corefile: '.:0 {\n    whomai\n}\n', pid: '1\n' })
    const { code } = await runToEnd(program, { args: ['-pidfile', 'pid'], cwd: directory })
    expect(code).toBe(1)
    expect(existsSync(join(directory, 'pid'))).toBe(false)
  })

  it('-pidfile is there while the server runs', async () => {
    const directory = scratch({ Corefile: WHOAMI })
    const pidfile = join(directory, 'pid')
    const server = await startServer(program, { args: ['-pidfile', pidfile], cwd: directory })
    expect(readFileSync(pidfile, 'utf8')).toBe(`${server.pid}\n`)
    await server.stop()
    expect(existsSync(pidfile)).toBe(false)
  })

  it('-quiet says nothing at start', async () => {
    const server = await startQuietly(program)
    const { code, stdout } = await server.stop()
    expect(stdout).toMatch(/^\[INFO\] 127\.0\.0\.1:\d+ - 4711 "A IN a\.test\. tcp .*\n$/)
    expect(code).toBe(0)
  })

  it('without a Corefile, and with an empty one, answers with whoami and logs', async () => {
    for (const files of [{}, { Corefile: '' }, { Corefile: '# nothing\n' }]) {
      const server = await startServer(program, { args: ['-dns.port=0'], cwd: scratch(files) })
      const port = server.port('\\.')
      const { rcode, additional } = await ask(port, 'anything.test', 'A')
      expect(rcode).toBe('NOERROR')
      expect(additional[0]).toBe('A 127.0.0.1')
      await server.line(/^\[INFO\] 127\.0\.0\.1:\d+ - 4711 "A IN anything\.test\. udp /m)
      await server.stop()
    }
  })
})

/**
 * Starts a server that does not say when it answers, nor on which port: one that is free may be
 * taken by somebody else until the server has it, and then another one is tried.
 */
async function startQuietly(program: Program): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const server = new ServerProcess(program, {
      args: ['-quiet', '-conf', 'stdin', '-p', String(port), '-admin', 'off'],
      stdin: '. {\n    log\n    whoami\n}\n',
    })
    if (await isAnswering(port, server)) return server
    if (attempt === 5) throw new Error(`no port of five was free: ${server.stderr}`)
  }
}

/** Waits for an answer; false when the server ends instead. */
async function isAnswering(port: number, server: ServerProcess): Promise<boolean> {
  while (!server.isGone) {
    try {
      await ask(port, 'a.test', 'A', { transport: 'tcp' })
      return true
    } catch {
      await setTimeout(20)
    }
  }
  return false
}
