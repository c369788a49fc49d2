import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { askSteadily, hostsBlock, PATIENCE, replaceFile, startLive } from './live-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'

/** Makes a version of a mounted ConfigMap and points `..data` to it, as kubelet does. */
function mountConfigMap(directory: string, version: string, Corefile: string): void {
  mkdirSync(join(directory, version))
  writeFileSync(join(directory, version, 'Corefile'), Corefile)
  symlinkSync(version, join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
}

describe.each(programs)('$name takes up', (program) => {
  it("a ConfigMap's new version, and never misses a query", async () => {
    const directory = scratch()
    mountConfigMap(directory, '..2026_1', hostsBlock('a.test', '192.0.2.1'))
    symlinkSync('..data/Corefile', join(directory, 'Corefile'))
    const server = await startLive(program, { cwd: directory })
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
    const other = 'b.test:0 {\n    hosts {\n        192.0.2.9 b.test\n    }\n}\n'

    const client = askSteadily(server.port, 'a.test', '192.0.2.1')
    mountConfigMap(directory, '..2026_2', `${hostsBlock('a.test', '192.0.2.1')}${other}`)
    rmSync(join(directory, '..2026_1'), { recursive: true })
    await server.untilAnswers('b.test', '192.0.2.9')
    mountConfigMap(directory, '..2026_3', hostsBlock('a.test', '192.0.2.1'))
    rmSync(join(directory, '..2026_2'), { recursive: true })
    await expect.poll(async () => (await server.ask('b.test')).rcode, PATIENCE).toBe('REFUSED')

    expect((await client.stop()).wrong).toEqual([])
    expect((await server.status()).generation).toBe(3)
    expect(server.process.stdout).toMatch(/^\[INFO\] Reload: .*b\.test/m)
  })

  it('a file that appears under an import pattern, changes and goes', async () => {
    const directory = scratch({
      Corefile: `${hostsBlock('a.test', '192.0.2.1')}import conf.d/*.conf\n`,
    })
    mkdirSync(join(directory, 'conf.d'))
    const server = await startLive(program, { cwd: directory })
    expect((await server.ask('b.test')).rcode).toBe('REFUSED')

    replaceFile(join(directory, 'conf.d'), 'b.conf', hostsBlock('b.test', '192.0.2.2'))
    await server.untilAnswers('b.test', '192.0.2.2')
    writeFileSync(join(directory, 'conf.d/b.conf'), hostsBlock('b.test', '192.0.2.3'))
    await server.untilAnswers('b.test', '192.0.2.3')
    rmSync(join(directory, 'conf.d/b.conf'))
    await expect.poll(async () => (await server.ask('b.test')).rcode, PATIENCE).toBe('REFUSED')
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
  })

  it('what an editor renames into place, without the directive as well', async () => {
    const block = (address: string): string =>
      hostsBlock('a.test', address).replace('    reload 2s 1s\n', '')
    const directory = scratch({ Corefile: block('192.0.2.1') })
    const server = await startLive(program, { cwd: directory })
    // The old file is moved away first, as vim does with a backup.
    renameSync(join(directory, 'Corefile'), join(directory, 'Corefile~'))
    replaceFile(directory, 'Corefile', block('192.0.2.2'))
    await server.untilAnswers('a.test', '192.0.2.2')
    expect(server.process.stdout).toMatch(/^\[INFO\] Reload: /m)
  })

  it('other ports and addresses, with the ones that stay open throughout', async () => {
    const directory = scratch({ Corefile: hostsBlock('a.test', '192.0.2.1') })
    const server = await startLive(program, { cwd: directory })
    const client = askSteadily(server.port, 'a.test', '192.0.2.1')
    const bound = hostsBlock('b.test', '192.0.2.2', '    bind 127.0.0.1\n')

    replaceFile(directory, 'Corefile', `${hostsBlock('a.test', '192.0.2.1')}${bound}`)
    await expect.poll(async () => (await server.status()).generation, PATIENCE).toBe(2)
    const { listeners } = await server.status()
    expect([...new Set(listeners.map(({ label }) => label))]).toEqual([
      'dns://:0',
      'dns://127.0.0.1:0',
    ])
    expect(listeners.map(({ port }) => port)).toContain(server.port)
    replaceFile(directory, 'Corefile', hostsBlock('a.test', '192.0.2.1'))
    await expect.poll(async () => (await server.status()).generation, PATIENCE).toBe(3)
    expect((await server.status()).listeners.map(({ port }) => port)).toContain(server.port)
    expect((await client.stop()).wrong).toEqual([])
  })

  it('nothing where only comments and spaces change', async () => {
    const Corefile = hostsBlock('a.test', '192.0.2.1')
    const directory = scratch({ Corefile })
    const server = await startLive(program, { cwd: directory })
    replaceFile(directory, 'Corefile', Corefile.replace('hosts', 'hsots'))
    await server.untilRefused()
    const said = server.process.stdout
    replaceFile(directory, 'Corefile', `# a comment\n${Corefile.replace('hosts {', 'hosts   {')}\n`)
    // That it was looked at shows in that nothing is refused any more.
    const { generation } = await server.untilRefused(false)
    expect(generation).toBe(1)
    expect(server.process.stdout).toBe(said)
    expect(await server.metric('coredns_reload_failed_total')).toBe(1)
  })
})
