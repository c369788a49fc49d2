import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { DatagramSocket, StreamSocket, TlsOptions } from '@fingerpost/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { UdpClient } from '../listen/test-peer.ts'
import { selectRuntime } from './select.ts'

const { network, clock, name } = await selectRuntime()
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
const hasIpv6 = network.interfaces().some(({ addresses }) => addresses.includes('::1'))

interface Dialled {
  readonly socket: DatagramSocket
  readonly errors: Error[]
  next(): Promise<Uint8Array>
}

async function dialUdp(address: string, port: number, localAddress?: string): Promise<Dialled> {
  const waiting: ((bytes: Uint8Array) => void)[] = []
  const errors: Error[] = []
  const socket = await network.dialUdp(
    { address, port, localAddress },
    { onMessage: (bytes) => waiting.shift()?.(bytes), onError: (error) => void errors.push(error) },
  )
  opened.push(socket)
  return { socket, errors, next: () => new Promise((resolve) => waiting.push(resolve)) }
}

async function peer(): Promise<{ udp: UdpClient; port: number }> {
  const udp = new UdpClient()
  opened.push(udp)
  return { udp, port: await udp.bind('127.0.0.1') }
}

describe('dialUdp', () => {
  it('exchanges datagrams with the peer', async () => {
    const { udp, port } = await peer()
    const { socket, next } = await dialUdp('127.0.0.1', port)
    const reply = next()
    expect(socket.send(new Uint8Array([1, 2, 3]))).toBe(true)
    const got = await udp.next()
    expect([[...got.bytes], got.port]).toEqual([[1, 2, 3], socket.localPort])
    // Deno doesn't tell.
    expect(socket.localAddress).toBe(name === 'deno' ? undefined : '127.0.0.1')
    await udp.send(new Uint8Array(3000).fill(9), got.port)
    const bytes = await reply
    expect([bytes.length, bytes.constructor]).toEqual([3000, Uint8Array])
  })

  it('hears nobody but the peer', async () => {
    const [one, other] = [await peer(), await peer()]
    const { socket, next } = await dialUdp('127.0.0.1', one.port, '127.0.0.1')
    const reply = next()
    await other.udp.send(new Uint8Array([66]), socket.localPort)
    await one.udp.send(new Uint8Array([1]), socket.localPort)
    expect([...(await reply)]).toEqual([1])
  })

  it('stays usable when nobody listens there', async () => {
    const { port } = await goneUdpPeer()
    const { socket, errors, next } = await dialUdp('127.0.0.1', port)
    // Bun and Node tell of the refusal; under Deno it only shows by the silence.
    for (let i = 0; i < 5; i++) {
      socket.send(new Uint8Array([1]))
      await new Promise((resolve) => clock.after(1, () => resolve(undefined)))
    }
    for (const error of errors) expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED')
    const again = new UdpClient()
    opened.push(again)
    await again.bind('127.0.0.1', port)
    const reply = next()
    await again.send(new Uint8Array([8]), socket.localPort)
    expect([...(await reply)]).toEqual([8])
  })

  it.skipIf(!hasIpv6)('knows the peer by any spelling of its address', async () => {
    const udp = new UdpClient('udp6')
    opened.push(udp)
    const { socket, next } = await dialUdp('0:0:0:0:0:0:0:1', await udp.bind('::1'))
    const reply = next()
    socket.send(new Uint8Array([1]))
    await udp.send(new Uint8Array([2]), (await udp.next()).port, '::1')
    expect([...(await reply)]).toEqual([2])
  })
})

/** A port of which nobody listens, freed just now. */
async function goneUdpPeer(): Promise<{ port: number }> {
  const udp = new UdpClient()
  const port = await udp.bind('127.0.0.1')
  await udp.close()
  return { port }
}

interface Stream {
  readonly socket: StreamSocket
  readonly closed: Promise<Error | undefined>
  readonly bytes: number[]
}

async function dialStream(port: number, tls?: TlsOptions, timeoutMs = 2000): Promise<Stream> {
  const bytes: number[] = []
  let close = (_: Error | undefined): void => {}
  const closed = new Promise<Error | undefined>((resolve) => (close = resolve))
  const socket = await network.dialStream(
    { address: '127.0.0.1', port, timeoutMs, tls },
    { onData: (chunk) => void bytes.push(...chunk), onClose: (error) => close(error) },
  )
  opened.push(socket)
  return { socket, closed, bytes }
}

function serveTcp(onSocket: Parameters<typeof createServer>[1]): Promise<number> {
  return new Promise((resolve) => {
    const server: Server = createServer({}, onSocket)
    opened.push(server)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

describe('dialStream', () => {
  it('exchanges octets until the peer closes', async () => {
    const port = await serveTcp((socket) => {
      socket.once('data', (chunk) => socket.end(chunk))
    })
    const { socket, closed, bytes } = await dialStream(port)
    socket.write(new Uint8Array([0, 1, 7]))
    expect(await closed).toBeUndefined()
    expect(bytes).toEqual([0, 1, 7])
  })

  it('tells once why the connection ended', async () => {
    const port = await serveTcp((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    const { socket, closed } = await dialStream(port)
    socket.write(new Uint8Array([1]))
    expect(await closed).toMatchObject({ code: 'ECONNRESET' })
  })

  it('calls onClose after its own close', async () => {
    const port = await serveTcp((socket) => {
      socket.on('error', () => {})
    })
    const { socket, closed } = await dialStream(port)
    socket.close()
    expect(await closed).toBeUndefined()
  })

  it('says how much a peer that does not read has left', async () => {
    const port = await serveTcp((socket) => {
      socket.pause()
      socket.on('error', () => {})
    })
    const { socket } = await dialStream(port)
    expect(socket.unsentSize).toBe(0)
    const octets = new Uint8Array(1 << 20)
    // More than the buffers of both ends take.
    for (let i = 0; i < 64 && socket.unsentSize === 0; i++) {
      socket.write(octets)
      await new Promise((resolve) => clock.after(1, () => resolve(undefined)))
    }
    expect(socket.unsentSize).toBeGreaterThan(0)
  })

  it('reaches a Unix socket', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'stream-')), 'peer')
    const server = createServer((socket) => socket.once('data', (chunk) => socket.end(chunk)))
    opened.push(server)
    await new Promise<void>((resolve) => void server.listen(path, resolve))
    const bytes: number[] = []
    await new Promise<void>((resolve, reject) => {
      const handlers = {
        onData: (chunk: Uint8Array) => void bytes.push(...chunk),
        onClose: () => resolve(),
      }
      const options = { path, address: '', port: 0, timeoutMs: 2000 }
      network
        .dialStream(options, handlers)
        .then((socket) => socket.write(new Uint8Array([7])), reject)
    })
    expect(bytes).toEqual([7])
    const gone = { path: `${path}.gone`, address: '', port: 0, timeoutMs: 2000 }
    const dialled = network.dialStream(gone, { onData() {}, onClose() {} })
    await expect(dialled).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('rejects when nobody listens', async () => {
    const { port } = await goneUdpPeer()
    await expect(dialStream(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('dialStream with TLS', () => {
  function serveTls(): Promise<number> {
    return new Promise((resolve) => {
      const server = createTlsServer({ key, cert, ALPNProtocols: ['dot'] }, (socket) => {
        socket.on('error', () => {})
        socket.once('data', (chunk) => socket.end(chunk))
      })
      server.on('tlsClientError', () => {})
      opened.push(server)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
  }

  it('exchanges octets with a server whose certificate it trusts', async () => {
    const tls = { ca: cert, serverName: 'server.test', alpn: ['dot'] }
    const { socket, closed, bytes } = await dialStream(await serveTls(), tls)
    socket.write(new Uint8Array([5, 6]))
    expect(await closed).toBeUndefined()
    expect(bytes).toEqual([5, 6])
  })

  it('takes any certificate when it need not be verified', async () => {
    const { socket, closed } = await dialStream(await serveTls(), { isUnverified: true })
    socket.write(new Uint8Array([5]))
    expect(await closed).toBeUndefined()
  })

  it.each([
    ['a certificate nobody vouches for', { serverName: 'server.test' }],
    ['a certificate for another name', { ca: cert, serverName: 'other.test' }],
  ])('rejects %s', async (_, tls) => {
    await expect(dialStream(await serveTls(), tls)).rejects.toThrow()
  })

  it('gives up on a server that doesn’t speak TLS', async () => {
    const port = await serveTcp((socket) => {
      socket.on('error', () => {})
    })
    await expect(dialStream(port, { serverName: 'server.test' }, 20)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
    })
  })
})

describe('interfaces', () => {
  it('knows the loopback address, and a zone for link-local ones', () => {
    const addresses = network.interfaces().flatMap((one) => one.addresses)
    expect(addresses).toContain('127.0.0.1')
    for (const one of addresses) if (one.startsWith('fe80:')) expect(one).toMatch(/%\w/)
  })
})

// Self-signed for server.test; for tests only.
const testdata = fileURLToPath(new URL('../listen/testdata/', import.meta.url))
const key = readFileSync(`${testdata}server.key`, 'utf8')
const cert = readFileSync(`${testdata}server.crt`, 'utf8')
