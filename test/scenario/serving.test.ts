import { copyFileSync, existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../free-port.ts'
import { ask } from './dns-client.ts'
import { type Program, programs, root } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd, startServer } from './server-process.ts'

const QUICKSTART = join(root, 'examples/quickstart/Corefile')
const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
const hasIpv6 = addresses.some(({ address }) => address === '::1')

describe.each(programs)('$name serves', (program) => {
  it('the names of the quickstart', async () => {
    const server = await startServer(program, { args: ['-conf', QUICKSTART, '-dns.port', '0'] })
    const port = server.port()
    expect(await ask(port, 'www.example.test', 'A')).toMatchObject({
      rcode: 'NOERROR',
      answer: ['A 192.0.2.10'],
    })
    expect((await ask(port, 'www.example.test', 'AAAA')).answer).toEqual(['AAAA 2001:db8::10'])
    expect((await ask(port, '10.2.0.192.in-addr.arpa', 'PTR')).answer).toEqual([
      'PTR www.example.test',
    ])
  })

  it.each(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])(
    '%s over UDP and TCP',
    async (address) => {
      const server = await startServer(program, {
        args: ['-conf', 'stdin'],
        stdin: '.:0 {\n    whoami\n}\n',
      })
      const type = address.includes(':') ? 'AAAA' : 'A'
      for (const transport of ['udp', 'tcp'] as const) {
        const { additional } = await ask(server.port(), 'a.test', 'A', { transport, address })
        expect(additional[0]).toBe(`${type} ${address}`)
      }
    },
  )

  it('two server blocks on different ports', async () => {
    const [server, one, two] = await startOnFreePorts(program)
    expect((await ask(one, 'a.one.test', 'A')).answer).toEqual(['A 192.0.2.1'])
    expect((await ask(two, 'a.two.test', 'A')).answer).toEqual(['A 192.0.2.2'])
    // Each port knows its own zones only.
    expect((await ask(one, 'a.two.test', 'A')).rcode).toBe('REFUSED')
    expect(server.stdout).toMatch(new RegExp(`^one\\.test\\.:${one}\ntwo\\.test\\.:${two}\nFinger`))
  })

  it('the address that bind names and no other', async () => {
    const server = await startServer(program, {
      args: ['-conf', 'stdin'],
      stdin: '.:0 {\n    bind 127.0.0.1\n    whoami\n}\n',
    })
    expect(server.stdout).toMatch(/^\.:\d+ on 127\.0\.0\.1$/m)
    expect((await ask(server.port(), 'a.test', 'A')).rcode).toBe('NOERROR')
    await expect(
      ask(server.port(), 'a.test', 'A', { transport: 'tcp', address: '127.0.0.2' }),
    ).rejects.toThrow()
  })
})

/** Another process may take a free port first: then the start fails, and is tried again. */
async function startOnFreePorts(
  program: Program,
): Promise<[Awaited<ReturnType<typeof startServer>>, number, number]> {
  for (let attempt = 1; ; attempt++) {
    const [one, two] = [await freePort(), await freePort()]
    const block = (zone: string, port: number, address: string): string =>
      `${zone}:${port} {\n    hosts {\n        ${address} a.${zone}\n    }\n}\n`
    const stdin = block('one.test', one, '192.0.2.1') + block('two.test', two, '192.0.2.2')
    try {
      return [await startServer(program, { args: ['-conf', 'stdin'], stdin }), one, two]
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

const binary = programs.find(({ name }) => name === 'binary')

// It is there in the run of Node only.
if (binary !== undefined) {
  it('the executable runs in a directory that has nothing else', async () => {
    const directory = scratch({ Corefile: '.:0 {\n    cache\n    forward . 192.0.2.1\n}\n' })
    const path = join(directory, 'fingerpost')
    copyFileSync(join(root, 'dist/fingerpost'), path)
    expect(existsSync(join(directory, 'node_modules'))).toBe(false)
    const moved = { name: 'moved', command: [path] }
    const env = { NODE_PATH: '', PATH: '' }
    const { code, stdout } = await runToEnd(moved, { args: ['-plugins'], cwd: directory, env })
    expect(stdout).toContain('dns.forward\n')
    expect(code).toBe(0)
    const server = await startServer(moved, { cwd: directory, env })
    expect((await ask(server.port(), 'a.test', 'ANY')).rcode).toBeDefined()
  })
}
