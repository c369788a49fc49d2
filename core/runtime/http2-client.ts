/** Connections of HTTP/2 to others, for requests that are small and whole. RFC 9113. */

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { Http2Connection, Http2Request, Http2Response, StreamOptions } from '@fingerpost/sdk'

/** Connects; rejects when that fails or takes too long. */
export function dialHttp2(options: StreamOptions): Promise<Http2Connection> {
  const { address, port, timeoutMs, tls } = options
  const host = address.includes(':') ? `[${address}]` : address
  const session = connect(`${tls === undefined ? 'http' : 'https'}://${host}:${port}`, {
    ...(tls !== undefined && {
      minVersion: 'TLSv1.2' as const,
      ALPNProtocols: ['h2'],
      ...(tls.serverName !== undefined && { servername: tls.serverName }),
      ...(tls.ca !== undefined && { ca: tls.ca }),
      ...(tls.cert !== undefined && { cert: tls.cert }),
      ...(tls.key !== undefined && { key: tls.key }),
      ...(tls.isUnverified && { rejectUnauthorized: false }),
    }),
  })
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer)
      session.destroy()
      reject(error)
    }
    const timer = setTimeout(() => {
      fail(new Error(`connecting to ${address} port ${port} took too long`))
    }, timeoutMs)
    session.on('error', fail)
    session.once('close', () => fail(new Error(`connection to ${address} port ${port} closed`)))
    session.once('connect', () => {
      clearTimeout(timer)
      resolve(new OpenConnection(session))
    })
  })
}

class OpenConnection implements Http2Connection {
  readonly #session: ClientHttp2Session

  constructor(session: ClientHttp2Session) {
    this.#session = session
    session.once('goaway', () => session.close())
  }

  get isOpen(): boolean {
    return !this.#session.closed && !this.#session.destroyed
  }

  post({ path, fields, body, timeoutMs, maxBytes }: Http2Request): Promise<Http2Response> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({ ':method': 'POST', ':path': path, ...fields })
      const timer = setTimeout(() => end(new Error('no response in time')), timeoutMs)
      const end = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
        stream.close(constants.NGHTTP2_CANCEL)
      }
      gather(stream, maxBytes, end, (response) => {
        clearTimeout(timer)
        resolve(response)
      })
      stream.end(body)
    })
  }

  close(): void {
    this.#session.close()
    // Requests under way are of no use to anyone any more.
    this.#session.destroy()
  }
}

function gather(
  stream: ClientHttp2Stream,
  maxBytes: number,
  onFault: (error: Error) => void,
  onResponse: (response: Http2Response) => void,
): void {
  const fields: Record<string, string> = {}
  const chunks: Buffer[] = []
  let size = 0
  const note = (headers: object): void => {
    for (const [name, value] of Object.entries(headers)) fields[name] = String(value)
  }
  stream.on('response', note)
  stream.on('trailers', note)
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) onFault(new Error(`the response is longer than ${maxBytes} octets`))
    else chunks.push(chunk)
  })
  stream.on('error', onFault)
  stream.once('close', () => {
    const status = Number(fields[':status'])
    if (!(status > 0) || stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
      onFault(new Error('the request was cut short'))
    } else onResponse({ status, fields, body: new Uint8Array(Buffer.concat(chunks)) })
  })
}
