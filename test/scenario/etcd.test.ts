import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask } from './dns-client.ts'
import { etcdMissing, startEtcd } from './etcd-server.ts'
import { programs } from './program.ts'
import { scratch } from './scratch.ts'
import { startServer } from './server-process.ts'

const missing = etcdMissing()
const LIMIT_MS = 60_000

const corefile = (block: string): string =>
  `a.test:0 {\n    errors\n    etcd {\n${block}\n    }\n}\n`

describe.skipIf(missing !== '').each(programs)(`$name with etcd ${missing}`, (program) => {
  const start = async (block: string, files: Readonly<Record<string, string>> = {}) => {
    const cwd = scratch({ Corefile: corefile(block), ...files })
    const server = await startServer(program, { cwd })
    return { server, ask: (name: string, type = 'A') => ask(server.port(), name, type) }
  }

  it('serves what is there as it changes, and through a restart of etcd', {
    timeout: LIMIT_MS,
  }, async () => {
    const etcd = await startEtcd()
    const { ID: lease } = await etcd.call('lease/grant', { TTL: '600' })
    await etcd.put('/skydns/test/a/x/1', { host: '192.0.2.1', port: 80 })
    await etcd.put('/skydns/test/a/x/2', { host: '192.0.2.2', port: 81 }, { lease })
    await etcd.put('/skydns/test/a/xx', { host: '192.0.2.3' })
    await etcd.put('/skydns/test/a/text', { text: 'hello' })
    const { server, ask: asked } = await start(`endpoint ${etcd.url}`)
    expect((await asked('x.a.test')).answer).toEqual(['A 192.0.2.1', 'A 192.0.2.2'])
    expect((await asked('xx.a.test')).answer).toEqual(['A 192.0.2.3'])
    expect((await asked('x.a.test', 'SRV')).additional).toEqual(['A 192.0.2.1', 'A 192.0.2.2'])
    expect((await asked('text.a.test', 'TXT')).answer).toHaveLength(1)
    expect((await asked('nosuch.a.test')).rcode).toBe('NXDOMAIN')
    await etcd.put('/skydns/test/a/nosuch', { host: 'x.a.test' })
    expect((await asked('nosuch.a.test')).answer).toEqual([
      'CNAME x.a.test',
      'A 192.0.2.1',
      'A 192.0.2.2',
    ])
    await etcd.stop()
    expect((await asked('xx.a.test')).rcode).toBe('SERVFAIL')
    await server.line(/\[ERROR\] plugin\/errors: 2 xx\.a\.test\. A: http:\/\/127\.0\.0\.1:\d+: /)
    await etcd.start()
    expect((await asked('xx.a.test')).answer).toEqual(['A 192.0.2.3'])
  })

  it('shows its credentials, and says when they are wrong', { timeout: LIMIT_MS }, async () => {
    const etcd = await startEtcd()
    await etcd.put('/skydns/test/a/x', { host: '192.0.2.1' })
    await etcd.call('auth/user/add', { name: 'root', password: 'secret' })
    await etcd.call('auth/user/grant', { user: 'root', role: 'root' })
    await etcd.call('auth/enable', {})
    const endpoint = `endpoint ${etcd.url}`
    const right = await start(`${endpoint}\ncredentials root secret`)
    expect((await right.ask('x.a.test')).answer).toEqual(['A 192.0.2.1'])
    // Tokens are gone with a restart.
    await etcd.stop()
    await etcd.start()
    expect((await right.ask('x.a.test')).answer).toEqual(['A 192.0.2.1'])
    const wrong = await start(`${endpoint}\ncredentials root other`)
    expect((await wrong.ask('x.a.test')).rcode).toBe('SERVFAIL')
    await wrong.server.line(/user root: etcdserver: authentication failed/)
    const none = await start(endpoint)
    expect((await none.ask('x.a.test')).rcode).toBe('SERVFAIL')
    await none.server.line(/user name is empty/)
  })

  it('shows a certificate where etcd wants one', { timeout: LIMIT_MS }, async () => {
    const pem = makeCertificates()
    const etcd = await startEtcd({
      cert: join(pem, 'cert'),
      key: join(pem, 'key'),
      ca: join(pem, 'ca'),
    })
    const endpoint = `endpoint ${etcd.url}\ntls ${pem}`
    const shown = await start(`${endpoint}/cert ${pem}/key ${pem}/ca`)
    expect((await shown.ask('x.a.test')).rcode).toBe('NXDOMAIN')
    const without = await start(`${endpoint}/ca`)
    expect((await without.ask('x.a.test')).rcode).toBe('SERVFAIL')
    const unknown = await start(`endpoint ${etcd.url}`)
    expect((await unknown.ask('x.a.test')).rcode).toBe('SERVFAIL')
  })
})

/** A directory with an authority and a certificate of it, for both ends, at 127.0.0.1. */
function makeCertificates(): string {
  const cwd = scratch({
    ext: 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
  })
  const openssl = (line: string): void =>
    void execFileSync('openssl', line.split(' '), { cwd, stdio: 'pipe' })
  const curve = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  openssl(`req -x509 ${curve} -keyout ca-key -out ca -subj /CN=authority -days 2`)
  openssl(`req ${curve} -keyout key -out request -subj /CN=root`)
  openssl(
    'x509 -req -in request -CA ca -CAkey ca-key -CAcreateserial -out cert -days 2 -extfile ext',
  )
  return cwd
}
