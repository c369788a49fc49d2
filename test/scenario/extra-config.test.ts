import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startConfigMapApi } from './config-map-api.ts'
import { holdPort } from './http-client.ts'
import { askSteadily, type LiveServer, PATIENCE, replaceFile, startLive } from './live-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd } from './server-process.ts'

/** `common` as a base has it, and what every extra here imports. */
const BASE = `(common) {
    errors
    bufsize 1232
}
a.test:0 {
    import common
    reload 2s 1s
    hosts {
        192.0.2.1 a.test
    }
}
`

const extra = (name: string, address: string): string => `${name}:0 {
    import common
    hosts {
        ${address} ${name}
    }
}
`

/** The state of each extra by the last part of its source. */
async function states(server: LiveServer): Promise<Record<string, string>> {
  const { extras } = await server.status()
  return Object.fromEntries(
    extras.map(({ source, state }) => [source.split('/').at(-1) ?? '', state]),
  )
}

async function untilStates(server: LiveServer, wanted: Record<string, string>): Promise<void> {
  await expect.poll(() => states(server), PATIENCE).toEqual(wanted)
}

const rcodeOf = async (server: LiveServer, name: string): Promise<string> =>
  (await server.ask(name)).rcode

describe.each(programs)('$name with extra configuration', (program) => {
  it('takes the example as it stands', async () => {
    const Corefile = '(common) {\n    errors\n    cache 30\n}\n.:0 {\n    whoami\n}\n'
    const example = 'example.com:0 {\n    import common\n    forward . 1.2.3.4\n}\n'
    const cwd = scratch({ Corefile, extra: example })
    const server = await startLive(program, { cwd, args: ['-extra-corefile', 'extra'] })
    expect(await states(server)).toEqual({ extra: 'served' })
    const { blocks } = await server.status()
    expect(blocks.at(-1)).toMatchObject({ plugins: ['errors', 'cache', 'forward'] })
  })

  it('starts with a broken one, and follows all of them, losing nothing', async () => {
    const cwd = scratch({ Corefile: BASE })
    const extras = join(cwd, 'extras')
    mkdirSync(extras)
    writeFileSync(join(extras, 'b.server'), extra('b.test', '192.0.2.2'))
    writeFileSync(join(extras, 'c.server'), extra('c.test', '192.0.2.3').replace('hosts', 'hsots'))
    const server = await startLive(program, { cwd, args: ['-extra-corefile', 'extras'] })
    expect(await states(server)).toEqual({ 'b.server': 'served', 'c.server': 'quarantined' })
    expect((await server.ask('b.test')).answer).toEqual(['A 192.0.2.2'])
    expect(await rcodeOf(server, 'c.test')).toBe('REFUSED')
    const { degraded, refusedReload, extras: shown } = await server.status()
    expect([degraded, refusedReload]).toEqual([null, null])
    expect(shown[1]?.diagnostics[0]).toMatchObject({ line: 3, column: 5 })
    expect(server.process.stdout).toMatch(/extras\/c\.server:3:5: error: unknown directive 'hsots'/)
    expect(await server.metric('fingerpost_extra_config_quarantined')).toBe(1)

    const base = askSteadily(server.port, 'a.test', '192.0.2.1')
    const other = askSteadily(server.port, 'b.test', '192.0.2.2')
    replaceFile(extras, 'c.server', extra('c.test', '192.0.2.3'))
    await server.untilAnswers('c.test', '192.0.2.3')
    replaceFile(extras, 'c.server', `(common) {\n    log\n}\n${extra('c.test', '192.0.2.3')}`)
    await untilStates(server, { 'b.server': 'served', 'c.server': 'quarantined' })
    expect(await rcodeOf(server, 'c.test')).toBe('REFUSED')
    // The zone of another extra, then of the base.
    replaceFile(extras, 'c.server', extra('b.test', '192.0.2.9'))
    replaceFile(extras, 'd.server', extra('a.test', '192.0.2.9'))
    await untilStates(server, {
      'b.server': 'served',
      'c.server': 'quarantined',
      'd.server': 'quarantined',
    })
    rmSync(join(extras, 'd.server'))
    replaceFile(extras, 'c.server', extra('c.test', '192.0.2.4'))
    await server.untilAnswers('c.test', '192.0.2.4')
    await untilStates(server, { 'b.server': 'served', 'c.server': 'served' })
    expect((await base.stop()).wrong).toEqual([])
    expect((await other.stop()).wrong).toEqual([])
    expect(await server.metric('fingerpost_extra_config_quarantined')).toBe(0)
    expect(await server.metric('coredns_reload_failed_total')).toBe(0)
  })

  it('goes without one whose ports are taken', async () => {
    const held = await holdPort()
    const other = await holdPort()
    const address = `127.0.0.1:${other.port}`
    const cwd = scratch({
      Corefile: BASE,
      dns: extra('b.test', '192.0.2.2').replace(':0', `:${held.port}`),
      http: extra('c.test', '192.0.2.3').replace('hosts', `prometheus ${address} # x\n    hosts`),
    })
    const args = ['-extra-corefile', 'dns,http']
    const server = await startLive(program, { cwd, args })
    expect(await states(server)).toEqual({ dns: 'quarantined', http: 'quarantined' })
    const reasons = (await server.status()).extras.map(({ reason }) => reason)
    for (const reason of reasons) expect(reason).toContain('address already in use')
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
    await Promise.all([held.release(), other.release()])
    expect((await server.admin('/reload', { method: 'POST' })).status).toBe(200)
    await untilStates(server, { dns: 'served', http: 'served' })
    await server.untilAnswers('c.test', '192.0.2.3')
  })

  it('follows a volume that is mounted later', async () => {
    const cwd = scratch({ Corefile: BASE })
    const volume = join(cwd, 'volume')
    const mount = (version: string, Corefile: string): void => {
      mkdirSync(join(volume, version), { recursive: true })
      writeFileSync(join(volume, version, 'Corefile'), Corefile)
      symlinkSync(version, join(volume, '..data_tmp'))
      renameSync(join(volume, '..data_tmp'), join(volume, '..data'))
    }
    const server = await startLive(program, { cwd, args: ['-extra-corefile', volume] })
    expect(await states(server)).toEqual({})
    mount('..1', extra('b.test', '192.0.2.2'))
    symlinkSync('..data/Corefile', join(volume, 'Corefile'))
    await server.untilAnswers('b.test', '192.0.2.2')
    const client = askSteadily(server.port, 'a.test', '192.0.2.1')
    mount('..2', extra('b.test', '192.0.2.3'))
    rmSync(join(volume, '..1'), { recursive: true })
    await server.untilAnswers('b.test', '192.0.2.3')
    rmSync(volume, { recursive: true })
    await expect.poll(() => rcodeOf(server, 'b.test'), PATIENCE).toBe('REFUSED')
    expect((await client.stop()).wrong).toEqual([])
  })

  it('survives a forwarding loop in one', async () => {
    const cwd = scratch({ Corefile: BASE })
    const server = await startLive(program, { cwd, args: ['-extra-corefile', 'extra'] })
    const loop = `b.test:0 {\n    loop\n    forward . 127.0.0.1:${server.port}\n}\n`
    replaceFile(cwd, 'extra', loop)
    await untilStates(server, { extra: 'quarantined' })
    expect((await server.status()).extras[0]?.reason).toMatch(/extra:2:5: error: .*[Ll]oop/)
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
  })

  it('is checked all at once', async () => {
    const cwd = scratch({
      Corefile: BASE,
      one: extra('b.test', '192.0.2.2').replace('hosts', 'hsots'),
      two: extra('a.test', '192.0.2.2'),
    })
    const args = ['check', 'Corefile', '-extra-corefile', 'one', '-extra-corefile', 'two,none']
    const { code, stdout } = await runToEnd(program, { cwd, args })
    expect(stdout).toMatch(/^one:3:5: error: unknown directive 'hsots'/m)
    expect(stdout).toMatch(/^two:1:1: error: cannot serve dns:\/\/a\.test\.:0/m)
    expect(stdout).toMatch(/^Corefile, one, two, none: 2 errors, 0 warnings/m)
    expect(code).toBe(1)
  })
})

describe.each(programs)('$name with a ConfigMap', (program) => {
  const SOURCE = 'kube-system/coredns-extra-configs'
  const args = ['-extra-configmap', SOURCE, '-kubeconfig', 'kubeconfig']

  it('serves, quarantines with an Event, mends and forgets what it holds', async () => {
    const api = await startConfigMapApi({ Corefile: extra('b.test', '192.0.2.2') })
    const cwd = scratch({ Corefile: BASE, kubeconfig: api.kubeconfig })
    const server = await startLive(program, { cwd, args })
    // What is there at the start is served from the start.
    expect((await server.ask('b.test')).answer).toEqual(['A 192.0.2.2'])
    const client = askSteadily(server.port, 'a.test', '192.0.2.1')

    api.put({ Corefile: `(common) {\n}\n${extra('b.test', '192.0.2.2')}` })
    await untilStates(server, { Corefile: 'quarantined' })
    await expect.poll(() => api.events, PATIENCE).toHaveLength(1)
    expect(api.events[0]).toMatchObject({
      type: 'Warning',
      reason: 'ExtraConfigQuarantined',
      involvedObject: { kind: 'ConfigMap', name: 'coredns-extra-configs', uid: 'u-1' },
    })
    expect(api.events[0]?.message).toContain(
      `ConfigMap/${SOURCE}/Corefile:1:1: error: redeclaration of the snippet 'common'`,
    )
    expect(await rcodeOf(server, 'b.test')).toBe('REFUSED')

    api.put({ Corefile: extra('b.test', '192.0.2.3'), 'c.server': extra('c.test', '192.0.2.4') })
    await server.untilAnswers('b.test', '192.0.2.3')
    await server.untilAnswers('c.test', '192.0.2.4')
    await expect.poll(() => api.events.at(-1)?.reason, PATIENCE).toBe('ExtraConfigServed')
    api.put(undefined)
    await untilStates(server, {})
    expect(await rcodeOf(server, 'b.test')).toBe('REFUSED')
    expect((await client.stop()).wrong).toEqual([])
  })

  it('starts while the API is away, and keeps what it knew when that is away again', async () => {
    const api = await startConfigMapApi({ Corefile: extra('b.test', '192.0.2.2') })
    api.mayWrite = false
    await api.stop()
    const cwd = scratch({ Corefile: BASE, kubeconfig: api.kubeconfig })
    const server = await startLive(program, { cwd, args })
    expect(await rcodeOf(server, 'b.test')).toBe('REFUSED')
    expect(server.process.stdout).toContain(`ConfigMap/${SOURCE} is not known yet`)
    await api.start()
    await server.untilAnswers('b.test', '192.0.2.2')

    await api.stop()
    expect((await server.admin('/reload', { method: 'POST' })).status).toBe(200)
    expect((await server.ask('b.test')).answer).toEqual(['A 192.0.2.2'])
    api.put({ Corefile: 'b.test:0 {\n    hsots\n}\n' })
    await api.start()
    await untilStates(server, { Corefile: 'quarantined' })
    await server.process.line(/no Event can be written about ConfigMap .*events is forbidden/)
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
  })

  it('serves the base without a way to the API, and says so', async () => {
    const cwd = scratch({ Corefile: BASE })
    const server = await startLive(program, { cwd, args })
    expect(await states(server)).toEqual({ 'coredns-extra-configs': 'quarantined' })
    expect((await server.status()).extras[0]?.reason).toContain('kubeconfig kubeconfig')
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
  })
})
