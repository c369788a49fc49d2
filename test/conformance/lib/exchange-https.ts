/** Sends one message over HTTP/2 and TLS, by POST. RFC 8484 section 4.1, RFC 9113. */

import { type ClientHttp2Session, connect } from 'node:http2'
import { type Exchange, openTls, type Target } from './exchange.ts'

const mediaType = 'application/dns-message'

/** Asks on a connection of its own. A response other than a message counts as a closed one. */
export function exchangeHttps(target: Target, payload: Buffer): Promise<Exchange> {
  const { host, port, timeoutMs } = target
  const startedMs = performance.now()
  const socket = openTls(target, ['h2'])
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  const session = connect(url, { createConnection: () => socket })
  return new Promise((resolve) => {
    let localPort = 0
    let isDone = false
    const finish = (replies: readonly Buffer[], isClosed: boolean) => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      session.destroy()
      socket.destroy()
      resolve({ replies, localPort, tookMs: performance.now() - startedMs, isClosed })
    }
    const timer = setTimeout(finish, timeoutMs, [], false)
    socket.on('secureConnect', () => {
      localPort = socket.localPort ?? 0
    })
    for (const part of [socket, session]) {
      part.on('error', () => finish([], true))
      part.on('close', () => finish([], true))
    }
    post(session, payload, (reply) => finish(reply === undefined ? [] : [reply], true))
  })
}

function post(
  session: ClientHttp2Session,
  payload: Buffer,
  onEnd: (reply: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = []
  let isMessage = false
  const stream = session.request({
    ':method': 'POST',
    ':path': '/dns-query',
    'content-type': mediaType,
    accept: mediaType,
  })
  stream.on('response', (headers) => {
    isMessage = headers[':status'] === 200 && headers['content-type'] === mediaType
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => onEnd(isMessage ? Buffer.concat(chunks) : undefined))
  stream.on('error', () => onEnd(undefined))
  stream.end(payload)
}
