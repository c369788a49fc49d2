import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import type { Clock, TlsSettings } from '@fingerpost/sdk'
import { FakeClock } from '@fingerpost/sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import type { Serve } from './serve.ts'
import { openTcp, type TcpListener } from './tcp.ts'
import type { TcpLimits } from './tcp-limits.ts'
import {
  echo,
  framed,
  idOf,
  TcpClient,
  type TlsClient,
  testFile,
  testListener,
  testQuery,
  testTls,
} from './test-peer.ts'
import { loadTls } from './tls-identity.ts'

const system = await selectRuntime()
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

interface Given {
  readonly settings?: Partial<TlsSettings>
  readonly limits?: Partial<TcpLimits>
  readonly clock?: Clock
  readonly serve?: Serve
}

async function open({
  settings,
  limits,
  clock = system.clock,
  serve = echo,
}: Given = {}): Promise<TcpListener> {
  const identity = await loadTls(system.files(''), testTls(settings))
  const where = { address: '127.0.0.1', port: 0, listener: testListener('tls') }
  const tls = await openTcp({ ...system, clock }, where, serve, limits, identity)
  opened.push({ close: () => tls.close(0) })
  return tls
}

async function dial({ port }: TcpListener, options: ConnectionOptions = {}): Promise<TlsClient> {
  const client = await TcpClient.openTls(port, options)
  opened.push({ close: () => client.socket.destroy() })
  return client
}

/** The id of the answer, or -1 when the connection ends instead. */
async function ask(client: TcpClient, id: number): Promise<number> {
  const before = client.messages().length
  await client.write(framed(testQuery(id)))
  return idOf((await client.receive(before + 1))[before])
}

const clientPair = async (): Promise<ConnectionOptions> => ({
  cert: await readFile(testFile('client.crt')),
  key: await readFile(testFile('client.key')),
})

describe('openTcp with an identity', () => {
  it('answers over TLS, and names the client and the transport', async () => {
    const seen: unknown[] = []
    const tls = await open({
      serve: (wire, exchange) => {
        const { listener, clientAddress, clientPort } = exchange
        seen.push([listener.transport, clientAddress, clientPort])
        return echo(wire, exchange)
      },
    })
    const client = await dial(tls)
    expect(await ask(client, 7)).toBe(7)
    expect(seen).toEqual([['tls', '127.0.0.1', client.socket.localPort]])
  })

  it('answers pipelined queries in one connection', async () => {
    const client = await dial(await open())
    await client.write(framed(...[1, 2, 3, 4].map((id) => testQuery(id))))
    expect((await client.receive(4)).map(idOf)).toEqual([1, 2, 3, 4])
  })

  it('answers what a client sent before it closed its side', async () => {
    const client = await dial(await open())
    client.socket.end(framed(testQuery(1), testQuery(2)))
    expect((await client.receive(2)).map(idOf)).toEqual([1, 2])
    await client.closed
  })

  it('carries messages of 65,535 octets', async () => {
    const client = await dial(await open())
    await client.write(framed(testQuery(9, 65_535)))
    const [reply] = await client.receive(1)
    expect([idOf(reply), reply?.length]).toEqual([9, 65_535])
  })

  it('speaks the protocol dot, and with clients that name none', async () => {
    const tls = await open()
    expect((await dial(tls, { ALPNProtocols: ['dot'] })).tls.alpnProtocol).toBe('dot')
    expect(await ask(await dial(tls), 1)).toBe(1)
    await expect(dial(tls, { ALPNProtocols: ['h2'] })).rejects.toThrow()
  })

  it.each([
    ['TLSv1.2', true],
    ['TLSv1.3', true],
    ['TLSv1.1', false],
    ['TLSv1', false],
  ] as const)('with a client that knows %s only: %s', async (version, isTaken) => {
    const tls = await open()
    // OpenSSL's clients don't offer the old ones without this; BoringSSL's don't know it.
    const ciphers = isTaken ? {} : { ciphers: 'ALL:@SECLEVEL=0' }
    const options = { minVersion: version, maxVersion: version, ...ciphers }
    const answer = dial(tls, options).then(
      (client) => ask(client, 1),
      () => -1,
    )
    expect(await answer).toBe(isTaken ? 1 : -1)
  })

  it('shows a new certificate to new connections and drops none', async () => {
    const tls = await open()
    const before = await dial(tls)
    expect(await ask(before, 1)).toBe(1)
    const settings = { certPath: testFile('client.crt'), keyPath: testFile('client.key') }
    tls.identity = await loadTls(system.files(''), testTls(settings))
    // Deno's client shows the certificate of the session it resumes, which goes by the name.
    const after = await dial(tls, { servername: 'fresh.test' })
    expect(before.tls.getPeerCertificate().subject.CN).toBe('server.test')
    expect(after.tls.getPeerCertificate().subject.CN).toBe('client.test')
    expect([await ask(before, 2), await ask(after, 3)]).toEqual([2, 3])
  })

  it.each([
    ['nocert', undefined, 1, 1],
    ['request', undefined, 1, 1],
    ['require', undefined, -1, 1],
    ['verify_if_given', 'client.crt', 1, 1],
    ['verify_if_given', 'server.crt', 1, -1],
    ['require_and_verify', 'client.crt', -1, 1],
    ['require_and_verify', 'server.crt', -1, -1],
  ] as const)('client_auth %s with CA %s: %i without, %i with a certificate', async (...row) => {
    const [clientAuth, ca, without, withCertificate] = row
    const caPath = ca && testFile(ca)
    const tls = await open({ settings: { clientAuth, caPath } })
    const outcome = (options: ConnectionOptions): Promise<number> =>
      dial(tls, options).then(
        (client) => ask(client, 1),
        () => -1,
      )
    expect(await outcome({})).toBe(without)
    expect(await outcome(await clientPair())).toBe(withCertificate)
  })

  it('closes clients that do not finish their handshake in time', async () => {
    const clock = new FakeClock()
    const tls = await open({ clock, limits: { firstQueryTimeoutMs: 3000 } })
    const silent = await TcpClient.open(tls.port)
    const good = await dial(tls)
    expect(tls.connectionCount).toBe(2)
    await clock.advance(2500)
    expect(await ask(good, 1)).toBe(1)
    await clock.advance(1000)
    await silent.closed
    expect(tls.connectionCount).toBe(1)
    expect(await ask(good, 2)).toBe(2)
  })

  it('outlives clients that speak no TLS', async () => {
    const tls = await open()
    const plain = await TcpClient.open(tls.port)
    await plain.write(framed(testQuery(1)))
    await plain.write(new Uint8Array(500).fill(0x41))
    await plain.closed
    expect(plain.messages()).toHaveLength(0)
    const reset = connect(tls.port, '127.0.0.1', () => reset.resetAndDestroy())
    reset.on('error', () => {})
    expect(await ask(await dial(tls), 1)).toBe(1)
  })

  it('gives up the longest handshake when there are too many connections', async () => {
    const tls = await open({ limits: { maxConnections: 2 } })
    const silent = await TcpClient.open(tls.port)
    const first = await dial(tls)
    expect(await ask(first, 1)).toBe(1)
    expect(await ask(await dial(tls), 2)).toBe(2)
    await silent.closed
    expect(tls.connectionCount).toBe(2)
    expect(await ask(first, 3)).toBe(3)
  })

  it('closes with clients connected and in the midst of a handshake', async () => {
    const tls = await open()
    const client = await dial(tls)
    expect(await ask(client, 1)).toBe(1)
    const silent = await TcpClient.open(tls.port)
    await tls.close(0)
    await Promise.all([client.closed, silent.closed])
    expect(tls.connectionCount).toBe(0)
  })

  it('writes secrets to the key log, or says that the runtime tells none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keylog-'))
    opened.push({ close: () => rm(folder, { recursive: true }) })
    const keylogPath = join(folder, 'keys.log')
    if (system.name === 'deno') {
      await expect(open({ settings: { keylogPath } })).rejects.toThrow('does not work under Deno')
      return
    }
    const tls = await open({ settings: { keylogPath } })
    expect(await ask(await dial(tls), 1)).toBe(1)
    await expect
      .poll(() => readFile(keylogPath, 'utf8'))
      .toMatch(/^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+$/m)
  })
})
