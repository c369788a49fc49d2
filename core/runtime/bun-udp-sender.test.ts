import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { selectRuntime } from './select.ts'

const runtime = await selectRuntime()
const nothing = (): void => {}

/** A socket, and what it gets, as `port: text`. */
async function open(address: string) {
  const got: string[] = []
  const socket = await runtime.bindUdp(
    { address, port: 0, isShared: false },
    {
      onDatagram: (bytes, port) => got.push(`${port}: ${new TextDecoder().decode(bytes)}`),
      onDrain: nothing,
      onLongTurn: nothing,
      onDropped: nothing,
      onError: nothing,
    },
  )
  return { socket, got }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

// The other runtimes send by themselves; udp.test.ts is for all of them.
describe.skipIf(process.versions.bun === undefined)('sending many datagrams at once', () => {
  it.each(['127.0.0.1', '::1'])('reaches each client at %s', async (address) => {
    const clients = await Promise.all([open(address), open(address), open(address)])
    const server = await open(address)
    const datagrams = clients.flatMap(({ socket }, i) => [
      ...[bytes(`first ${i}`), socket.port, address],
      ...[bytes(`second ${i} ${'x'.repeat(2000)}`), socket.port, address],
    ])
    await expect.poll(() => server.socket.sendMany(datagrams)).toBe(6)
    for (const [i, { got, socket }] of clients.entries()) {
      await expect.poll(() => got.length).toBe(2)
      expect(got[0]).toBe(`${server.socket.port}: first ${i}`)
      expect(got[1]).toBe(`${server.socket.port}: second ${i} ${'x'.repeat(2000)}`)
      await socket.close()
    }
    await server.socket.close()
  })

  it('goes on by Bun where an address is of another family, or none', async () => {
    const client = await open('127.0.0.1')
    const server = await open('127.0.0.1')
    const one = [bytes('one'), client.socket.port, '127.0.0.1']
    const odd = [bytes('two'), client.socket.port, '::1']
    await expect.poll(() => server.socket.sendMany([...one, ...odd])).toBe(1)
    await expect.poll(() => client.got.length).toBe(1)
    await client.socket.close()
    await server.socket.close()
  })

  it('sends more than fit into one call', async () => {
    const client = await open('127.0.0.1')
    const server = await open('127.0.0.1')
    const all = Array.from({ length: 1500 }, (_, i) => [
      ...[bytes(String(i)), client.socket.port, '127.0.0.1'],
    ]).flat()
    // The first calls may still be Bun's.
    await expect.poll(() => server.socket.sendMany(all)).toBe(1024)
    await client.socket.close()
    await server.socket.close()
  })
})
