/** A client of the server's HTTP addresses: Node's own, a connection for each request. */

import { type IncomingHttpHeaders, request } from 'node:http'
import { createServer } from 'node:net'

/** What to ask besides the path. */
export interface HttpOptions {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** A response, read to its end. */
export interface HttpReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

/** Asks 127.0.0.1 once. Rejects when nobody listens. */
export function http(port: number, path: string, options: HttpOptions = {}): Promise<HttpReply> {
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const octets = Buffer.concat(chunks)
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: octets,
            text: octets.toString('utf8'),
          })
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Takes a TCP port of 127.0.0.1 until `release`. */
export async function holdPort(): Promise<{ port: number; release(): Promise<void> }> {
  const holder = createServer()
  await new Promise<void>((resolve) => void holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as { port: number }
  return {
    port,
    release: () => new Promise((resolve) => void holder.close(() => resolve())),
  }
}
