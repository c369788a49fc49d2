import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { encode } from '@leichtgewicht/dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../free-port.ts'
import { accepts, ask } from './dns-client.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { ServerProcess, startServer } from './server-process.ts'

const hosts = (address: string): string =>
  `.:0 {\n    hosts {\n        ${address} a.test\n    }\n}\n`

describe.each(programs)('$name', (program) => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const server = await startServer(program, {
      args: ['-conf', 'stdin'],
      stdin: '.:0 {\n    whoami\n}\n',
    })
    const port = server.port()
    server.signal(signal)
    expect(await server.end).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(await accepts(port)).toBe(false)
  })

  it('ends at once while it waits for a cluster', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const server = new ServerProcess(program, {
      args: ['-conf', 'stdin', '-dns.port', '0'],
      stdin:
        '. {\n    bind 127.0.0.1\n    kubernetes cluster.local {\n' +
        `        endpoint ${endpoint}\n        startup_timeout 10m\n    }\n}\n`,
    })
    await server.line(/waiting for Kubernetes API/)
    expect((await server.stop()).code).toBe(0)
  })

  it('ends with 2 on a second SIGINT while the first is still at work', async () => {
    const server = await startServer(program, {
      args: ['-conf', 'stdin'],
      stdin: '.:0 {\n    erratic {\n        drop 0\n        large\n    }\n}\n',
    })
    const port = server.port()
    // A client that reads no replies keeps the server from ending.
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    const query = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'a.test' }] })
    const framed = Buffer.concat([Buffer.of(0, query.length), query])
    socket.write(Buffer.concat(new Array(60_000).fill(framed)))
    await untilStuck(socket)
    server.signal('SIGINT')
    while (await accepts(port)) await setTimeout(10)
    server.signal('SIGINT')
    expect(await server.end).toMatchObject({ code: 2 })
  })

  it('takes no notice of SIGHUP', async () => {
    const server = await startServer(program, {
      args: ['-conf', 'stdin'],
      stdin: '.:0 {\n    whoami\n}\n',
    })
    server.signal('SIGHUP')
    expect((await ask(server.port(), 'a.test', 'A')).rcode).toBe('NOERROR')
    expect(await server.stop()).toMatchObject({ code: 0 })
  })

  it('takes up a changed file on SIGUSR1, and keeps the old one when the new is broken', async () => {
    const directory = scratch({ Corefile: hosts('192.0.2.1') })
    const file = join(directory, 'Corefile')
    const server = await startServer(program, { cwd: directory })
    const port = server.port()
    expect((await ask(port, 'a.test', 'A')).answer).toEqual(['A 192.0.2.1'])

    writeFileSync(file, hosts('192.0.2.2'))
    server.signal('SIGUSR1')
    await server.line(/^\[INFO\] Reloading complete$/m)
    expect((await ask(port, 'a.test', 'A')).answer).toEqual(['A 192.0.2.2'])

    writeFileSync(file, '.:0 {\n    hosts {\n        nonsense\n    }\n    chache\n}\n')
    server.signal('SIGUSR1')
    await server.line(/^Corefile:5:5: error: unknown directive 'chache'$/m)
    expect(server.stdout).toMatch(/^\[ERROR\] /m)
    expect((await ask(port, 'a.test', 'A')).answer).toEqual(['A 192.0.2.2'])

    writeFileSync(file, hosts('192.0.2.3'))
    server.signal('SIGUSR1')
    await server.line(/Reloading complete[\s\S]*Reloading complete/)
    expect((await ask(port, 'a.test', 'A', { transport: 'tcp' })).answer).toEqual(['A 192.0.2.3'])
    expect(await server.stop()).toMatchObject({ code: 0 })
  })
})

/** Waits until the other end has taken nothing for half a second, for its buffers are full. */
async function untilStuck(socket: Socket): Promise<void> {
  let left = -1
  for (let since = Date.now(); Date.now() - since < 500; await setTimeout(20)) {
    if (socket.bytesWritten > 0 && socket.writableLength === left) continue
    left = socket.writableLength
    since = Date.now()
  }
}
