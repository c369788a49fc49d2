import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@fingerpost/sdk'
import { FakeClock } from '@fingerpost/sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import { openPlace, type Place, type PlaceOptions } from './open-place.ts'
import {
  echo,
  framed,
  idOf,
  TcpClient,
  testFile,
  testListener,
  testQuery,
  testTls,
  UdpClient,
} from './test-peer.ts'
import { loadTls, type TlsIdentity } from './tls-identity.ts'

const system = await selectRuntime()
const opened: { close(): unknown }[] = []
const outcomes: unknown[] = []
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'place-'))
  outcomes.length = 0
})
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
  await rm(folder, { recursive: true })
})

async function open(
  transport: 'dns' | 'tls' | 'https',
  options: Partial<PlaceOptions> = {},
  clock: Clock = system.clock,
): Promise<Place> {
  const where: PlaceOptions = {
    transport,
    address: '127.0.0.1',
    port: 0,
    listener: (one, port) => testListener(one)(port),
    onCertificate: (error) => void outcomes.push(error),
    ...options,
  }
  const place = await openPlace({ ...system, clock }, where, echo)
  opened.push({ close: () => place.close(0) })
  return place
}

/** Writes a certificate and its key into the scratch folder. */
async function install(name: 'server' | 'client'): Promise<TlsIdentity> {
  const certPath = join(folder, 'tls.crt')
  const keyPath = join(folder, 'tls.key')
  await copyFile(testFile(`${name}.crt`), certPath)
  await copyFile(testFile(`${name}.key`), keyPath)
  return loadTls(system.files(''), testTls({ certPath, keyPath }))
}

let nameCount = 0
async function shownBy({ port }: Place): Promise<string> {
  // Deno's client shows the certificate of the session it resumes, which goes by the name.
  const client = await TcpClient.openTls(port, { servername: `n${nameCount++}.test` })
  const { CN } = client.tls.getPeerCertificate().subject
  client.socket.destroy()
  return String(CN)
}

describe('openPlace', () => {
  it('opens UDP and TCP on one port for dns', async () => {
    const place = await open('dns')
    expect(place.listeners.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
    const udp = new UdpClient()
    const tcp = await TcpClient.open(place.port)
    opened.push(udp, { close: () => tcp.socket.destroy() })
    await tcp.write(framed(testQuery(2)))
    expect(idOf((await udp.ask(testQuery(1), place.port)).bytes)).toBe(1)
    expect((await tcp.receive(1)).map(idOf)).toEqual([2])
    place.serve = () => testQuery(7)
    expect(idOf((await udp.ask(testQuery(1), place.port)).bytes)).toBe(7)
  })

  it('opens one listener for tls, and one for https', async () => {
    const tls = await install('server')
    expect((await open('tls', { tls })).listeners.map((one) => one.transport)).toEqual(['tls'])
    expect((await open('https')).listeners.map((one) => one.transport)).toEqual(['https'])
  })

  it('holds connections to new limits, and to the defaults again', async () => {
    const place = await open('dns')
    const client = await TcpClient.open(place.port)
    await client.write(framed(testQuery(1)))
    await client.receive(1)
    place.configure({ limits: { maxQueries: 1 } })
    await client.write(framed(testQuery(2), testQuery(3)))
    await client.closed
    expect(client.messages().map(idOf)).toEqual([1, 2])
    place.configure({})
    const next = await TcpClient.open(place.port)
    opened.push({ close: () => next.socket.destroy() })
    await next.write(framed(testQuery(1), testQuery(2)))
    expect(await next.receive(2)).toHaveLength(2)
  })

  it('frees its port when it closes', async () => {
    const { port } = await open('https')
    await opened.pop()?.close()
    expect((await open('https', { port })).port).toBe(port)
  })
})

describe('the certificate of a place', () => {
  it('is read again on demand, and stays when the new one is not usable', async () => {
    const place = await open('tls', { tls: await install('server') })
    expect(await place.reloadCertificate()).toBe(false)
    await install('client')
    expect(await place.reloadCertificate()).toBe(true)
    expect(await shownBy(place)).toBe('client.test')
    await writeFile(join(folder, 'tls.key'), 'garbage')
    await expect(place.reloadCertificate()).rejects.toThrow('no usable private key')
    expect(await shownBy(place)).toBe('client.test')
    expect(outcomes).toEqual([undefined])
  })

  it('follows its files', async () => {
    const clock = new FakeClock()
    const place = await open('tls', { tls: await install('server') }, clock)
    await install('client')
    await expect.poll(() => clock.advance(1000).then(() => shownBy(place))).toBe('client.test')
    expect(outcomes).toEqual([undefined])
  })

  it('tells once that its files do not fit, and uses them when they do', async () => {
    const clock = new FakeClock()
    const place = await open('tls', { tls: await install('server') }, clock)
    await copyFile(testFile('client.crt'), join(folder, 'tls.crt'))
    await expect.poll(() => clock.advance(1000).then(() => outcomes.length)).toBe(1)
    await clock.advance(5000)
    expect(String(outcomes[0])).toMatch('does not belong to')
    expect(await shownBy(place)).toBe('server.test')
    await copyFile(testFile('client.key'), join(folder, 'tls.key'))
    await expect.poll(() => clock.advance(1000).then(() => shownBy(place))).toBe('client.test')
    expect(outcomes).toHaveLength(2)
  })

  it('may be another one after a reload of the configuration', async () => {
    const place = await open('tls', { tls: await install('server') })
    const other = { certPath: testFile('client.crt'), keyPath: testFile('client.key') }
    place.configure({ tls: await loadTls(system.files(''), testTls(other)) })
    expect(await shownBy(place)).toBe('client.test')
  })

  it('may come to and go from https', async () => {
    const place = await open('https')
    place.configure({ tls: await install('server') })
    expect(await shownBy(place)).toBe('server.test')
    place.configure({})
    const plain = await TcpClient.open(place.port)
    await plain.write(new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n'))
    await plain.closed
    expect(new TextDecoder().decode(plain.received())).toMatch(/^HTTP\/1.1 404/)
  })
})

describe('several sockets per address', () => {
  it('all answer, or the runtime says that there is one', async () => {
    const faults: unknown[] = []
    const onFault = (fault: unknown): void => void faults.push(fault)
    const place = await open('dns', { socketCount: 4, onFault })
    const clients = Array.from({ length: 32 }, () => new UdpClient())
    opened.push(...clients)
    const ask = async (): Promise<number[]> => {
      const replies = clients.map((client, id) => client.ask(testQuery(id), place.port))
      return (await Promise.all(replies)).map(({ bytes }) => idOf(bytes))
    }
    const ids = Array.from({ length: 32 }, (_, id) => id)
    expect(await ask()).toEqual(ids)
    await place.setSockets({ socketCount: 8 })
    expect(await ask()).toEqual(ids)
    await place.setSockets({ socketCount: 1 })
    expect(await ask()).toEqual(ids)
    if (system.spreadsDatagrams) expect(faults).toEqual([])
    else expect(String(faults[0])).toMatch("can't spread datagrams")
  })

  it('open on the wildcard address, one per processor', async () => {
    const place = await open('dns', { address: '', socketCount: 0, onFault: () => {} })
    const clients = Array.from({ length: 16 }, () => new UdpClient())
    opened.push(...clients)
    const replies = await Promise.all(clients.map((one, id) => one.ask(testQuery(id), place.port)))
    expect(replies.map(({ address }) => address)).toEqual(Array(16).fill('127.0.0.1'))
    await place.setSockets({ socketCount: 3 })
    expect(idOf((await clients[0]?.ask(testQuery(9), place.port))?.bytes)).toBe(9)
  })
})
