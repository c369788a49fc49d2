import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from '../runtime/select.ts'
import { type DnsListeners, openDns } from './open-dns.ts'
import { echo, framed, idOf, TcpClient, testListener, testQuery, UdpClient } from './test-peer.ts'

const runtime = await selectRuntime()
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(port = 0): Promise<DnsListeners> {
  const both = await openDns(
    runtime,
    { address: '127.0.0.1', port, udp: testListener('udp'), tcp: testListener('tcp') },
    echo,
  )
  opened.push({ close: () => both.close(0) })
  return both
}

async function askBoth(port: number): Promise<number[]> {
  const udp = new UdpClient()
  const tcp = await TcpClient.open(port)
  opened.push(udp, { close: () => tcp.socket.destroy() })
  await tcp.write(framed(testQuery(2)))
  return [idOf((await udp.ask(testQuery(1), port)).bytes), ...(await tcp.receive(1)).map(idOf)]
}

describe('openDns', () => {
  it('listens over UDP and TCP on the same free port', async () => {
    const both = await open()
    expect([both.udp.port, both.tcp.port, both.udp.listener.port]).toEqual(Array(3).fill(both.port))
    expect(await askBoth(both.port)).toEqual([1, 2])
  })

  it('opens none when one of the two is taken', async () => {
    const { server, port } = await takeBoth()
    await expect(open(port)).rejects.toThrow(`listen tcp 127.0.0.1:${port}: address already in use`)
    await new Promise((resolve) => server.close(resolve))
    await expect(open(port)).rejects.toThrow(`listen udp 127.0.0.1:${port}: address already in use`)
  })
})

/** A port that is taken for TCP and for UDP: what is free for one may be in use for the other. */
async function takeBoth(): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const server = createServer()
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const udp = new UdpClient()
    try {
      await udp.bind('127.0.0.1', port)
      opened.push(udp)
      return { server, port }
    } catch (error) {
      server.close()
      if (attempt === 10) throw error
    }
  }
}
