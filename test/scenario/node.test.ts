import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startResolver } from './answering-server.ts'
import { http } from './http-client.ts'
import { askSteadily, PATIENCE, replaceFile } from './live-server.ts'
import { type NodePlan, planNode, setKubeDns, startNode, usualTemplate } from './node-server.ts'
import { programs, root } from './program.ts'
import { scratch } from './scratch.ts'
import { runToEnd } from './server-process.ts'

const written = (directory: string): string => readFileSync(join(directory, 'Corefile'), 'utf8')
/** The file is written once what it says runs. */
const untilWritten = ({ directory }: NodePlan, text: string): Promise<void> =>
  expect.poll(() => written(directory), PATIENCE).toContain(text)

describe.each(programs)('$name as the DNS of a node', (program) => {
  it('asks the cluster for its names over TCP, and the host resolvers for others', async () => {
    const plan = await planNode(usualTemplate)
    const outside = await startResolver('192.0.2.20')
    setKubeDns(plan, 'upstreamNameservers', [`127.0.0.1:${outside.port}`])
    const server = await startNode(program, plan)

    expect((await server.ask('www.cluster.local')).answer).toEqual(['A 192.0.2.10'])
    expect((await server.ask('www.example.org')).answer).toEqual(['A 192.0.2.20'])
    expect((await server.ask('www.cluster.local')).answer).toEqual(['A 192.0.2.10'])
    expect(plan.cluster.asked).toEqual([{ name: 'www.cluster.local', transport: 'tcp' }])
    expect(outside.asked).toEqual([{ name: 'www.example.org', transport: 'udp' }])
    const corefile = written(plan.directory)
    expect(corefile).toContain(`cluster.local:${plan.port} {`)
    expect(corefile).toContain('    bind 127.0.0.1 \n')
    expect(corefile).not.toContain('__PILLAR__')

    const { text } = await http(plan.metricsPort, '/metrics')
    expect(text).toContain('coredns_nodecache_setup_errors_total{errortype="configmap"} 0')
    expect((await http(plan.metricsPort, '/ready')).status).toBe(200)
    const { code } = await server.process.stop()
    expect(code).toBe(0)
  })

  it('takes stub domains as they come and go, and never misses a query', async () => {
    const plan = await planNode(usualTemplate)
    const acme = await startResolver('192.0.2.30')
    setKubeDns(plan, 'upstreamNameservers', ['127.0.0.9'])
    const server = await startNode(program, plan)
    const client = askSteadily(plan.port, 'steady.cluster.local', '192.0.2.10')

    setKubeDns(plan, 'stubDomains', {
      'acme.local': [`127.0.0.1:${acme.port}`],
      'cluster.local': ['127.0.0.9'],
    })
    await server.untilAnswers('www.acme.local', '192.0.2.30')
    // One that the template serves already is left out by itself.
    const { extras } = await server.status()
    expect(extras.map(({ source, state }) => `${source}: ${state}`)).toEqual([
      'kube-dns/stubDomains "acme.local": served',
      'kube-dns/stubDomains "cluster.local": quarantined',
    ])
    await untilWritten(
      plan,
      `\nacme.local:${plan.port} {\n    errors\n    cache 30\n    bind 127.0.0.1\n` +
        `    forward . 127.0.0.1:${acme.port}\n}\n`,
    )
    expect(written(plan.directory)).not.toContain('bind 127.0.0.1\n    forward . 127.0.0.9')
    setKubeDns(plan, 'stubDomains', {})
    await expect.poll(async () => (await server.status()).extras.length, PATIENCE).toBe(0)
    expect((await client.stop()).wrong).toEqual([])
  })

  it('keeps what the ConfigMap said while that is broken, and says why', async () => {
    const plan = await planNode(usualTemplate)
    const first = await startResolver('192.0.2.21')
    const second = await startResolver('192.0.2.22')
    setKubeDns(plan, 'upstreamNameservers', [`127.0.0.1:${first.port}`])
    const server = await startNode(program, plan)
    await server.untilAnswers('www.example.org', '192.0.2.21')

    setKubeDns(plan, 'upstreamNameservers', '["dns.example.org"]')
    const reasons = async (): Promise<string> =>
      (await server.status()).extras.map(({ reason }) => reason ?? '').join()
    await expect.poll(reasons, PATIENCE).toContain('"dns.example.org" is no server')
    expect((await server.ask('other.example.org')).answer).toEqual(['A 192.0.2.21'])
    expect(await server.metric('coredns_nodecache_setup_errors_total')).toBe(1)
    expect(server.process.stdout).toMatch(/^\[ERROR\] .*kube-dns is quarantined/m)

    setKubeDns(plan, 'upstreamNameservers', [`127.0.0.1:${second.port}`])
    await server.untilAnswers('third.example.org', '192.0.2.22')
    expect(await reasons()).toBe('')
  })

  it("takes the template's new version as kubelet swaps it in, and refuses a broken one", async () => {
    const plan = await planNode(usualTemplate)
    const base = join(plan.directory, 'base')
    const swapIn = (version: string, text: string): void => {
      mkdirSync(join(base, version))
      writeFileSync(join(base, version, 'Corefile.base'), text)
      symlinkSync(version, join(base, '..data_tmp'))
      renameSync(join(base, '..data_tmp'), join(base, '..data'))
    }
    rmSync(join(base, 'Corefile.base'))
    setKubeDns(plan, 'upstreamNameservers', ['127.0.0.9'])
    const block = (address: string): string =>
      `a.test:${plan.port} {\n    import common\n    hosts {\n        ${address} a.test\n    }\n}\n`
    swapIn('..1', usualTemplate(plan) + block('192.0.2.1'))
    symlinkSync('..data/Corefile.base', join(base, 'Corefile.base'))
    const server = await startNode(program, plan)
    await server.untilAnswers('a.test', '192.0.2.1')
    const corefile = written(plan.directory)

    swapIn('..2', usualTemplate(plan) + block('192.0.2.2').replace('hosts', 'hots'))
    const { refusedReload } = await server.untilRefused()
    expect(refusedReload?.reason).toContain('base/Corefile.base:')
    expect(refusedReload?.reason).toContain("unknown directive 'hots'")
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
    expect(written(plan.directory)).toBe(corefile)

    swapIn('..3', usualTemplate(plan) + block('192.0.2.3'))
    await server.untilAnswers('a.test', '192.0.2.3')
    await server.untilRefused(false)
    await untilWritten(plan, '192.0.2.3 a.test')
  })

  it('serves extra configuration, a broken one quarantined', async () => {
    const plan = await planNode(usualTemplate)
    setKubeDns(plan, 'upstreamNameservers', ['127.0.0.9'])
    const example = await startResolver('192.0.2.40')
    const server = await startNode(program, plan)
    const extra = (forward: string): string =>
      `example.com:${plan.port} {\n    import common\n    ${forward} . 127.0.0.1:${example.port}\n}\n`
    const put = (text: string): void => replaceFile(join(plan.directory, 'extra'), 'Corefile', text)

    put(extra('forwrad'))
    const states = async (): Promise<string> =>
      (await server.status()).extras.map(({ state }) => state).join()
    await expect.poll(states, PATIENCE).toBe('quarantined')
    expect((await server.ask('www.cluster.local')).answer).toEqual(['A 192.0.2.10'])
    put(extra('forward'))
    await server.untilAnswers('www.example.com', '192.0.2.40')
    expect(await states()).toBe('served')
  })

  it("follows the host's resolvers, whichever file names them", async () => {
    const plan = await planNode(usualTemplate)
    const put = (name: string, text: string): void => replaceFile(plan.directory, name, text)
    put('resolv.conf', 'nameserver 127.0.0.9\n')
    put('resolved.conf', 'nameserver 127.0.0.10\n')
    const server = await startNode(program, plan)
    await untilWritten(plan, 'forward . resolv.conf\n')

    put('resolv.conf', 'nameserver 127.0.0.11\n')
    await server.process.line(/resolv\.conf changed; upstreams: 127\.0\.0\.11/)
    // A stub of systemd-resolved may be running here: only what is not asked may be relied on.
    put('resolv.conf', 'nameserver 127.0.0.1\n')
    await server.process.line(/names only this server itself: resolved\.conf is used/)
    await untilWritten(plan, 'forward . resolved.conf\n')
    put('resolved.conf', 'nameserver 127.0.0.12\n')
    await server.process.line(/resolved\.conf changed; upstreams: 127\.0\.0\.12/)
  })

  it('runs a Corefile that somebody else rendered where there is no template', async () => {
    const plan = await planNode(usualTemplate)
    rmSync(join(plan.directory, 'base'), { recursive: true })
    const block = (address: string): string =>
      `.:${plan.port} {\n    reload\n    bind 127.0.0.1\n    hosts {\n        ${address} a.test\n    }\n}\n`
    replaceFile(plan.directory, 'Corefile', block('192.0.2.1'))
    const server = await startNode(program, plan)
    expect((await server.ask('a.test')).answer).toEqual(['A 192.0.2.1'])
    replaceFile(plan.directory, 'Corefile', block('192.0.2.2'))
    await server.untilAnswers('a.test', '192.0.2.2')
  })

  it.each<[string, Readonly<Record<string, string>>, readonly string[], RegExp]>([
    [
      'without the address of the cluster DNS',
      { KUBE_DNS_UPSTREAM_SERVICE_HOST: '' },
      [],
      /nothing tells where that is[\s\S]*KUBE_DNS_UPSTREAM_SERVICE_HOST is "", which is no IP[\s\S]*-upstreamsvc/,
    ],
    [
      'with a Service that does not exist',
      {},
      ['-upstreamsvc', 'no-such'],
      /NO_SUCH_SERVICE_HOST is not set: create the Service "no-such"/,
    ],
    [
      'without a template and without a Corefile',
      {},
      ['-basecorefile', 'none/Corefile.base'],
      /there is no template none\/Corefile\.base, and no Corefile Corefile[\s\S]*-basecorefile/,
    ],
    ['with an address that is none', {}, ['-localip', '127.0.0.1,x'], /invalid localip .*"x"/],
  ])('ends at once, and says what to do, %s', async (_, env, args, message) => {
    const plan = await planNode(usualTemplate)
    const all = { ...plan.env, ...env }
    const words = ['node', '-admin', 'off', ...plan.args, ...args]
    const end = await runToEnd(program, { cwd: plan.directory, args: words, env: all })
    expect(end.stderr).toMatch(message)
    expect(end.stderr).not.toContain('<nil>')
    expect(end.code).toBe(1)
  })

  it('needs no cluster DNS where the template does not ask it', async () => {
    const plan = await planNode(
      ({ port }) => `.:${port} {\n    bind __PILLAR__LOCAL__DNS__\n    whoami\n}\n`,
    )
    const bare = { ...plan, env: { KUBE_DNS_UPSTREAM_SERVICE_HOST: 'None' } }
    const server = await startNode(program, bare)
    expect((await server.ask('a.test')).rcode).toBe('NOERROR')
  })
})

describe.each(programs.filter(({ name }) => name === 'binary'))('$name', (program) => {
  it('is node-cache to those who call it so', async () => {
    const directory = scratch()
    const link = join(directory, 'node-cache')
    symlinkSync(program.command[0] as string, link)
    const end = await runToEnd({ name: 'node-cache', command: [link] }, { args: ['-localip', 'x'] })
    expect(end.stderr).toContain('invalid localip specified - "x"')
    expect(end.code).toBe(1)
  })

  it.each(['Corefile.base', 'serve-through-trouble/Corefile.base'])(
    'runs examples/node/%s as it is',
    async (file) => {
      const stock = readFileSync(join(root, 'examples/node', file), 'utf8')
      // Only ports change: those of DNS and of HTTP are taken on most machines.
      const plan = await planNode(({ port }) =>
        stock.replaceAll(':53 {', `:${port} {`).replaceAll(/:(9253|8080)$/gm, ':0'),
      )
      replaceFile(plan.directory, 'resolv.conf', 'nameserver 127.0.0.9\n')
      const server = await startNode(program, plan)
      expect(server.process.stdout).toMatch(/^cluster\.local\.:\d+ on 127\.0\.0\.1$/m)
      expect((await server.status()).blocks.map(({ keys }) => keys.join())).toEqual(
        ['cluster.local', 'in-addr.arpa', 'ip6.arpa', '.'].map((zone) => `${zone}:${plan.port}`),
      )
    },
  )
})
