import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Network } from '@fingerpost/sdk'
import { fakeHost } from '@fingerpost/sdk/testing'
import { expect, it } from 'vitest'
import { accessAt } from './access.ts'
import { apiSource } from './api-source.ts'

/** Streams over loopback. */
const network: Network = {
  dialStream: ({ address, port }, handlers) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, address)
      socket.on('error', reject)
      socket.on('data', (bytes) => handlers.onData(new Uint8Array(bytes)))
      socket.on('close', () => handlers.onClose())
      socket.on('connect', () =>
        resolve({
          unsentSize: 0,
          write: (bytes) => void socket.write(bytes),
          close: () => void socket.destroy(),
        }),
      )
    }),
  dialUdp: () => Promise.reject(new Error('not over UDP')),
  dialHttp2: () => Promise.reject(new Error('not over HTTP/2')),
  interfaces: () => [],
}

const namespace = (name: string, resourceVersion: string) => ({
  metadata: { name, resourceVersion, annotations: { filler: 'ü'.repeat(50_000) } },
})

it('lists and watches over HTTP', async () => {
  const urls: string[] = []
  function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    urls.push(url)
    if (url.includes('watch=1')) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(`${JSON.stringify({ type: 'ADDED', object: namespace('c', '11') })}\n`)
      response.write(`${JSON.stringify({ type: 'DELETED', object: namespace('a', '12') })}\n`)
      return
    }
    const isLast = url.includes('continue')
    const metadata = { resourceVersion: '10', continue: isLast ? '' : 'more' }
    response.end(JSON.stringify({ metadata, items: [namespace(isLast ? 'b' : 'a', '1')] }))
  }
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host = fakeHost()
  const access = accessAt(`http://127.0.0.1:${port}`, {}, host)
  const source = apiSource({ ...host, network }, { access, kinds: ['Namespace'] })
  const calls: string[] = []
  await new Promise<void>((resolve) => {
    void source.start({
      upsert: (_, { name }) => void calls.push(`upsert ${name}`),
      retain: (_, keys) => void calls.push(`retain ${[...keys]}`),
      synced: (kind) => void calls.push(`synced ${kind}`),
      remove(_, __, name) {
        calls.push(`remove ${name}`)
        resolve()
      },
    })
  })
  source.close()
  await new Promise((resolve) => server.close(resolve))
  expect(calls).toEqual([
    'upsert a',
    'upsert b',
    'retain /a,/b',
    'synced Namespace',
    'upsert c',
    'remove a',
  ])
  expect(urls).toHaveLength(3)
})
