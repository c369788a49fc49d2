/** The other side in tests of HTTPS listeners: clients of both versions of HTTP. */

import { request as requestPlain } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { request as requestTls } from 'node:https'

/** A response, whole. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/** A request; a GET of nothing by default. */
export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly body?: Uint8Array
  readonly headers?: Record<string, string>
}

/** Sends one request over a connection of its own. */
export type Ask = (port: number, asked: Asked) => Promise<Reply>

/** Asks over HTTP/1.1, with or without TLS. */
export const overHttp1 =
  (isPlain: boolean): Ask =>
  (port, { method = 'GET', path = '/', body, headers = {} }) =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method, path, headers, agent: false }
      const request = isPlain
        ? requestPlain(options)
        : requestTls({ ...options, rejectUnauthorized: false })
      request.on('error', reject)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, body: Buffer.concat(chunks) })
        })
      })
      request.end(body)
    })

/** Asks over a connection of HTTP/2 that is there. */
export function overSession(client: ClientHttp2Session, asked: Asked): Promise<Reply> {
  const { method = 'GET', path = '/', body, headers = {} } = asked
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':method': method, ':path': path, ...headers })
    let status = 0
    let received: Record<string, unknown> = {}
    const chunks: Buffer[] = []
    stream.on('response', (got) => {
      status = Number(got[':status'])
      received = got
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', (error) => {
      // A reset after the response only says that the rest of the body isn't wanted.
      if (status === 0) reject(error)
    })
    const settle = (): void => {
      if (status === 0) reject(new Error('closed without a response'))
      else resolve({ status, headers: received, body: Buffer.concat(chunks) })
    }
    stream.on('end', settle)
    stream.on('close', settle)
    stream.end(body)
  })
}

/** Asks over HTTP/2. */
export const overHttp2: Ask = async (port, asked) => {
  const client = openSession(port)
  const reply = await overSession(client, asked)
  client.destroy()
  return reply
}

/** A connection of HTTP/2, whatever certificate the server shows. */
export function openSession(port: number): ClientHttp2Session {
  const client = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  client.on('error', () => {})
  return client
}
