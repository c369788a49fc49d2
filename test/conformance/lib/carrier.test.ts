import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { exchangeOver } from './carrier.ts'
import { frame, unframe } from './framing.ts'
import { testCertificate } from './locations.ts'

const identity = {
  cert: readFileSync(testCertificate.certPath),
  key: readFileSync(testCertificate.keyPath),
}
const servers: Server[] = []
const query = Buffer.from('query')

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('asking', () => {
  it.each(['tcp', 'tls'] as const)(
    'sends several messages on a stream over %s',
    async (carrier) => {
      const echo = (socket: Socket) => {
        socket.on('error', () => {})
        socket.on(
          'data',
          unframe((message) => socket.write(frame(message))),
        )
      }
      const port = await listen(carrier === 'tls' ? createTls(identity, echo) : createTcp(echo))
      const second = Buffer.from('another')
      const exchange = await exchangeOver(carrier, target(port), [query, second], true)
      expect(exchange.replies).toEqual([query, second])
      expect(exchange.localPort).toBeGreaterThan(0)
    },
  )

  it('posts one message over https', async () => {
    const server = createSecureServer(identity, (request, response) => {
      const { method, url, headers } = request
      response.setHeader('content-type', headers['content-type'] ?? '')
      request.on('data', (body: Buffer) => response.end(`${method} ${url} ${body}`))
    })
    const { replies, localPort } = await exchangeOver('https', target(await listen(server)), [
      query,
    ])
    expect(replies.map(String)).toEqual(['POST /dns-query query'])
    expect(localPort).toBeGreaterThan(0)
  })

  it.each([
    ['another status', 400, 'application/dns-message'],
    ['another type', 200, 'text/plain'],
  ])('takes a response with %s over https for none', async (_, status, type) => {
    const server = createSecureServer(identity, (_, response) => {
      response.writeHead(status, { 'content-type': type }).end('reply')
    })
    const exchange = await exchangeOver('https', target(await listen(server)), [query])
    expect(exchange).toMatchObject({ replies: [], isClosed: true })
  })

  it.each(['tcp', 'tls', 'https'] as const)(
    'hears at once of a refusal over %s',
    async (carrier) => {
      const server = createTcp()
      const port = await listen(server)
      await new Promise((resolve) => server.close(resolve))
      const exchange = await exchangeOver(carrier, target(port), [query])
      expect(exchange).toMatchObject({ replies: [], isClosed: true })
    },
  )

  it.each(['tls', 'https'] as const)('hears of a server that closes over %s', async (carrier) => {
    const port = await listen(createTcp((socket) => socket.destroy()))
    const exchange = await exchangeOver(carrier, target(port), [query])
    expect(exchange).toMatchObject({ replies: [], isClosed: true })
  })
})

function target(port: number) {
  return { host: '127.0.0.1', port, timeoutMs: 10_000 }
}

function listen(server: Server): Promise<number> {
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
