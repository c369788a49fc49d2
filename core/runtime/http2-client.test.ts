import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { selectRuntime } from './select.ts'

const { network } = await selectRuntime()
const servers: Http2Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(serve: (stream: ServerHttp2Stream, body: Buffer) => void): Promise<number> {
  const server = createServer()
  servers.push(server)
  server.on('stream', (stream) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => serve(stream, Buffer.concat(chunks)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const dial = (port: number) => network.dialHttp2({ address: '127.0.0.1', port, timeoutMs: 2000 })
const request = {
  path: '/a',
  fields: { 'content-type': 'application/grpc', te: 'trailers' },
  body: Uint8Array.of(1, 2, 3),
  timeoutMs: 2000,
  maxBytes: 100,
}

describe('a connection of HTTP/2', () => {
  it('gives responses whole, with their trailers, several at a time', async () => {
    const port = await listen((stream, body) => {
      stream.respond({ ':status': 200, 'x-size': String(body.length) }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.concat([body, body]))
    })
    const connection = await dial(port)
    const responses = await Promise.all([1, 2, 3].map(() => connection.post(request)))
    for (const { status, fields, body } of responses) {
      expect([status, fields['x-size'], fields['grpc-status']]).toEqual([200, '3', '0'])
      expect([...body]).toEqual([1, 2, 3, 1, 2, 3])
    }
    expect(connection.isOpen).toBe(true)
    connection.close()
    expect(connection.isOpen).toBe(false)
  })

  it('rejects what is too long, too late or cut short, and goes on', async () => {
    const port = await listen((stream, body) => {
      if (body[0] === 1) stream.respond({ ':status': 200 })
      if (body[0] === 1) stream.end(Buffer.alloc(1000))
      if (body[0] === 2) stream.close(2)
      if (body[0] === 4) stream.respond({ ':status': 503 }, { endStream: true })
    })
    const connection = await dial(port)
    const post = (octet: number) =>
      connection.post({ ...request, body: Uint8Array.of(octet), timeoutMs: 200 })
    await expect(post(1)).rejects.toThrow('longer than 100 octets')
    await expect(post(2)).rejects.toThrow()
    await expect(post(3)).rejects.toThrow('no response in time')
    expect((await post(4)).status).toBe(503)
    connection.close()
  })

  it('rejects when nobody listens', async () => {
    const port = await listen(() => {})
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await expect(dial(port)).rejects.toThrow()
  })
})
